import type { Browser, BrowserContext, Page } from 'playwright-core';
import type { Avopay } from '../support/avopay.ts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startAvopay } from '../support/avopay.ts';
import { browserMissing, openBrowser, qrTextFromScreenshot } from '../support/browser.ts';
import { hostileTexts } from '../support/hostile-texts.ts';
import { ensureWebBuilt } from '../support/web-build.ts';

/** `HOSTILE=300` and `QRS=500` are the published figures; the suite plays a few. */
const HOSTILE = Number(process.env['HOSTILE'] ?? 8);
const QRS = Number(process.env['QRS'] ?? 3);
const IS_WHOLE = process.env['HOSTILE'] !== undefined;
/** Stands in metadata, which no page shows. */
const MARK = 'seen-by-nobody-but-the-shop';
const RUN_TIMEOUT_MS = 3_600_000;

describe.skipIf(browserMissing() !== null)('what others write, on pages that hold money', () => {
  let browser: Browser;
  let avopay: Avopay;
  let context: BrowserContext;
  let page: Page;
  /** Everything that must never happen: a dialog, a request to elsewhere, an error, something that the policy refused. */
  const strange: string[] = [];

  beforeAll(async () => {
    await ensureWebBuilt();
    [browser, avopay] = await Promise.all([openBrowser(), startAvopay()]);
    context = await browser.newContext({ viewport: { width: 390, height: 844 } });
    page = await context.newPage();
    const host = new URL(avopay.url).host;
    page.on('dialog', (dialog) => {
      strange.push(`dialog: ${dialog.message()}`);
      void dialog.dismiss();
    });
    page.on('pageerror', (error) => strange.push(String(error)));
    page.on('request', (request) => {
      if (new URL(request.url()).host !== host) strange.push(`request: ${request.url()}`);
    });
    page.on('console', (message) => {
      if (/content security policy|refused to|trusted type/i.test(message.text())) strange.push(message.text());
    });
  });
  afterAll(async () => {
    await browser?.close();
    await avopay?.stop();
  });

  /** The page shows what the API says, in its links and its text, and with `pixels` in its codes. Then the address is paid, so that the next one is free. */
  const codesAreTrue = async (id: string, pixels: boolean) => {
    const { body } = await avopay.call('GET', `/api/v1/payments/${id}`);
    const pay = (method: string) => page.locator(`#panel-${method} a.open`).getAttribute('href');
    const read = async (method: string) => {
      await page.locator(`#tab-${method}`).click();
      return qrTextFromScreenshot(page, page.locator(`#panel-${method} .qr`));
    };
    expect(await pay('lightning')).toBe(`lightning:${body.lightning_invoice}`);
    expect(await pay('liquid')).toBe(body.liquid_uri);
    expect(await page.locator('.groups').textContent()).toBe(body.liquid_address);
    if (pixels) {
      expect((await read('lightning'))?.toLowerCase()).toBe(`lightning:${body.lightning_invoice}`);
      expect(await read('liquid')).toBe(body.liquid_uri);
    }
    await page.goto('about:blank'); // once paid, the page would go to the shop, as it should
    await avopay.call('POST', '/sandbox/send', { body: { address: body.liquid_address, amount_sats: body.amount_sats }, key: null });
  };

  test(`C-2: both codes of ${QRS} payments, read from the screen, are what the API says`, { timeout: RUN_TIMEOUT_MS }, async () => {
    for (let number = 0; number < QRS; number++) {
      const currency = ['EUR', 'USD', 'JPY', 'BRL'][number % 4];
      const { body } = await avopay.call('POST', '/api/v1/payments', { body: { amount: 1_000 + number * 7, currency } });
      await page.emulateMedia({ colorScheme: number % 2 === 0 ? 'light' : 'dark' });
      await page.goto(`${avopay.url}/pay/${body.payment_id}`);
      await codesAreTrue(body.payment_id, true);
    }
    expect(strange).toEqual([]);
  });

  test(`${HOSTILE} hostile texts as title, description, metadata, way back and name of the shop stay texts`, {
    timeout: RUN_TIMEOUT_MS,
  }, async () => {
    for (const [at, text] of hostileTexts(HOSTILE).entries()) {
      const named = await rename(text);
      const refusedBack = await avopay.call('POST', '/api/v1/payments', { body: { amount: 5, currency: 'EUR', redirect_url: text } });
      expect([400, 422], text).toContain(refusedBack.status);
      const redirect_url = `https://shop.example/?q=${encodeURIComponent(text)}`;
      const made = await avopay.call('POST', '/api/v1/payment-links', {
        body: { title: text.trim(), description: text, amount_fiat: 5, currency: 'EUR', redirect_url },
      });
      expect([made.status, text]).toEqual([201, text]);
      await page.goto(`${avopay.url}/pay/${made.body.id}`);
      if (named) expect(await page.locator('.name').textContent()).toBe(named);
      await page.locator('button.primary').click();
      await page.waitForURL(/\/pay\/pmt_/);
      await codesAreTrue(/pmt_[0-9a-z]{26}/.exec(page.url())?.[0] ?? '', IS_WHOLE || at % 5 === 0);
      const { body } = await avopay.call('POST', '/api/v1/payments', { body: { amount: 5, currency: 'EUR', metadata: { [MARK]: text } } });
      expect(await (await fetch(`${avopay.url}/pay/${body.payment_id}`)).text()).not.toContain(MARK);
      expect(strange, text).toEqual([]);
    }
  });

  /** The name as the shop bears it now; null where the API refused it. */
  const rename = async (name: string): Promise<string | null> => {
    const query = `mutation ($name: String!) { updateAccount(input: { name: $name }) { __typename ... on Account { merchant { name } } } }`;
    const { body } = await avopay.call('POST', '/graphql', { body: { query, variables: { name } } });
    return body.data?.updateAccount?.merchant?.name ?? null;
  };
});
