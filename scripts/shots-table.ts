import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import type { Call } from './shots-shop.ts';
import { newPayment } from './shots-shop.ts';

const WIDE: BrowserContextOptions = { viewport: { width: 1280, height: 800 }, locale: 'en-GB' };
const PHONE: BrowserContextOptions = {
  viewport: { width: 390, height: 844 },
  deviceScaleFactor: 1.5,
  isMobile: true,
  hasTouch: true,
  locale: 'en-GB',
};

export type Stage = { readonly browser: Browser; readonly url: string; readonly call: Call; readonly linkId: string };
export type Picture = (stage: Stage, open: (look: BrowserContextOptions, path: string) => Promise<Page>) => Promise<Page>;

/** TABLE: the pictures, by the names of their files. */
export const PICTURES: { readonly [name: string]: Picture } = {
  checkout: async ({ call }, open) => pending(await open(WIDE, `/pay/${await newPayment(call, 49.99)}`)),
  'checkout-phone': async ({ call }, open) => pending(await open(PHONE, `/pay/${await newPayment(call, 49.99)}`)),
  'checkout-dark': async ({ call }, open) =>
    pending(await open({ ...PHONE, colorScheme: 'dark' }, `/pay/${await newPayment(call, 49.99)}`)),
  paid: async ({ call }, open) => {
    const page = await pending(await open(PHONE, `/pay/${await newPayment(call, 49.99)}`));
    await page.getByRole('button', { name: 'Pay as the shopper' }).click();
    await page.getByRole('heading', { name: 'Payment received' }).waitFor();
    return page;
  },
  'payment-link': async ({ linkId }, open) => open(PHONE, `/pay/${linkId}`),
  dashboard: (stage, open) => section(stage, open, '/app'),
  setup: async (_stage, open) => {
    const page = await open(WIDE, '/app');
    await page.getByRole('link', { name: 'Create an account' }).click();
    await page.getByLabel('Shop name').fill('Café Aurora');
    await page.getByLabel('E-mail').fill('aurora@shop.example');
    await page.getByLabel('Password').fill('correct horse battery');
    const terms = page.getByLabel('I accept the terms');
    if (await terms.isVisible()) await terms.check();
    await page.getByRole('button', { name: 'Create account', exact: true }).click();
    await page.getByRole('navigation', { name: 'Sections' }).getByRole('link', { name: 'Setup', exact: true }).click();
    await page.getByRole('img', { name: 'QR code that connects AQUA' }).waitFor();
    return page;
  },
  webhooks: async (stage, open) => {
    const page = await section(stage, open, '/app/webhooks');
    await page.getByText('payment.confirmed').first().waitFor();
    return page;
  },
  docs: (_stage, open) => open(WIDE, '/docs'),
};

async function pending(page: Page): Promise<Page> {
  await page.getByText('Waiting for your payment').waitFor();
  await page.getByRole('button', { name: 'Pay as the shopper' }).waitFor();
  return page;
}

/** A page of the dashboard of the sandbox's own shop. */
async function section({ call }: Stage, open: (look: BrowserContextOptions, path: string) => Promise<Page>, path: string): Promise<Page> {
  const { demo } = (await call('GET', '/sandbox')) as unknown as { readonly demo: { readonly email: string; readonly password: string } }; // as docs/sandbox.md says
  const page = await open(WIDE, path);
  await page.getByLabel('E-mail').fill(demo.email);
  await page.getByLabel('Password').fill(demo.password);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await page.getByRole('navigation', { name: 'Sections' }).waitFor();
  if (new URL(page.url()).pathname !== path) await page.goto(new URL(path, page.url()).href);
  await page.locator('main h1').waitFor();
  await page.waitForFunction(() => document.querySelector('.skeleton') === null);
  await page.getByText('Alba Coffee Roasters').first().waitFor();
  return page;
}
