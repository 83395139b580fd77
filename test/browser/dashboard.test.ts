import type { Browser, Page } from 'playwright-core';
import type { Avopay } from '../support/avopay.ts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { TOTP } from 'otpauth';
import { embedHtml } from '../../src/links/link.ts';
import { startAvopay } from '../support/avopay.ts';
import { axeFaults, browserMissing, horizontalOverflow, openBrowser, qrTextFromScreenshot, takeShot, visit } from '../support/browser.ts';
import { freshDescriptor } from '../support/merchants.ts';
import { pass, tokenFor } from '../support/person.ts';
import { ensureWebBuilt } from '../support/web-build.ts';

/** Every section in a picture, at every width and in both themes: `LOOKS=all`. */
const ALL_LOOKS = process.env['LOOKS'] === 'all';
const WIDTHS = ALL_LOOKS ? [320, 390, 768, 1280] : [320, 1280];
const JUDGED = ALL_LOOKS
  ? ([
      [320, 'dark'],
      [1280, 'light'],
    ] as const)
  : ([[320, 'dark']] as const);
const SECTIONS = ['', '/setup', '/integration', '/webhooks', '/payment-links', '/subscribe', '/settings'];
/** Signs in it mean something to HTML. */
const TERMS = 'https://terms.example/?shop="a"&copy=2';
const PATIENCE = { timeout: 90_000 };
/** Less than a test has, so that it says which step it waited for. */
const STEP_MS = 30_000;

describe.skipIf(browserMissing() !== null)('the dashboard', () => {
  let browser: Browser;
  let avopay: Avopay;
  let page: Page;
  let site: string;
  let close: () => Promise<void>;
  let seen: { readonly violations: readonly string[]; readonly errors: readonly string[] };
  const email = 'merchant@shop.example';
  let password = 'correct horse battery';
  let recoveryCodes: readonly string[] = [];
  beforeAll(async () => {
    await ensureWebBuilt();
    [browser, avopay] = await Promise.all([openBrowser(), startAvopay({ TERMS_URL: TERMS })]);
    site = avopay.url.replace('127.0.0.1', 'localhost');
    const opened = await visit(browser, `${site}/app`, { context: { bypassCSP: false } });
    ({ page, close } = opened);
    seen = opened;
    page.setDefaultTimeout(STEP_MS);
  });
  afterAll(async () => {
    await close?.();
    await Promise.all([browser?.close(), avopay?.stop()]);
  });
  const button = (name: string) => page.getByRole('button', { name, exact: true });
  const signInAs = async () => {
    await page.getByLabel('E-mail').fill(email);
    await page.getByLabel('Password').fill(password);
    await button('Sign in').click();
  };
  const faultsHere = async (name: string) => {
    const faults: unknown[] = [];
    for (const width of WIDTHS) {
      await page.setViewportSize({ width, height: 800 });
      const overflow = await horizontalOverflow(page);
      if (overflow !== 0) faults.push(`${name} is ${overflow} pixels too wide at ${width}`);
      for (const colorScheme of ALL_LOOKS || width === 320 ? (['light', 'dark'] as const) : (['light'] as const)) {
        await page.emulateMedia({ colorScheme });
        await takeShot(page, `dashboard-${name}-${width}-${colorScheme}`);
      }
      await page.emulateMedia({ colorScheme: 'light' });
    }
    return faults;
  };

  test(
    'X-9: signing up leads in, after the operator’s terms are accepted; the mail that comes confirms the address',
    PATIENCE,
    async () => {
      await page.getByRole('link', { name: 'Create an account' }).click();
      await page.getByLabel('Shop name').fill('Café Aurora');
      await page.getByLabel('E-mail').fill(email);
      await page.getByLabel('Password').fill(password);
      await button('Create account').click();
      await page.getByText('Please accept the terms first.').waitFor();
      expect(await page.getByRole('link', { name: 'terms' }).getAttribute('href')).toBe(new URL(TERMS).href);
      expect(await faultsHere('sign-up')).toEqual([]);
      await page.getByLabel('I accept the terms').check();
      await button('Create account').click();
      await page.getByRole('heading', { name: 'First steps' }).waitFor();
      const confirm = page.getByRole('link', { name: 'Confirm your e-mail address' });
      await confirm.waitFor();
      const token = await tokenFor(avopay, email, 'verify_email');
      const mailed = await page.context().newPage();
      await mailed.goto(`${site}/verify-email#token=${token}`);
      await mailed.getByText('your address is confirmed').waitFor(PATIENCE);
      expect(new URL(mailed.url()).hash).toBe('');
      await mailed.close();
      await page.reload();
      await page.getByText('Confirm your e-mail address done').waitFor();
      expect(await confirm.count()).toBe(0);
    },
  );

  test('X-8: the sections have the documented names, and each leads to its page', PATIENCE, async () => {
    const sections = page.getByRole('navigation', { name: 'Sections' });
    expect(await sections.locator('.group').allTextContents()).toEqual(['Developer', 'Account']);
    const names = ['Setup', 'Integration', 'Webhooks', 'Payment Links', 'Subscribe'];
    for (const name of names) {
      await sections.getByRole('link', { name, exact: true }).click();
      await page.getByRole('heading', { level: 1, name }).waitFor();
    }
    expect(await sections.locator('div', { hasText: 'Developer' }).getByRole('link').allTextContents()).toEqual(names.slice(1, 4));
  });

  test('Setup shows a code that AQUA can scan, and follows by itself when a wallet answers it', PATIENCE, async () => {
    await page.goto(`${site}/app/setup`);
    const code = page.getByRole('img', { name: 'QR code that connects AQUA' });
    await code.waitFor();
    const url = new URL((await qrTextFromScreenshot(page, code)) ?? '');
    expect(url.pathname).toMatch(/^\/samrock\//);
    expect(await faultsHere('setup-code')).toEqual([]);
    const LBTC = { Descriptor: freshDescriptor() };
    const body = JSON.stringify({ version: '1.0', LBTC, 'BTC-LN': { Type: 'boltz', LBTC } });
    const headers = { 'content-type': 'application/json' };
    const reply = await fetch(`${avopay.url}${url.pathname}${url.search}`, { method: 'POST', headers, body });
    expect(reply.status).toBe(200);
    await page.getByRole('heading', { name: 'Your AQUA wallet is connected' }).waitFor();
  });

  test('A key is shown once, and works', PATIENCE, async () => {
    await page.getByRole('link', { name: 'Integration' }).click();
    await button('New key').click();
    await page.getByLabel('What it is for').fill('Web shop');
    await button('Make key').click();
    const key = page.locator('dialog .code');
    await key.waitFor();
    const plaintext = (await key.textContent()) ?? '';
    expect((await avopay.call('GET', '/api/v1/payments', { key: plaintext })).status).toBe(200);
    await button('I have saved it').click();
    await page.getByRole('heading', { name: 'Web shop' }).waitFor();
    expect(await page.content()).not.toContain(plaintext);
    await page.reload();
    await page.getByRole('heading', { name: 'Web shop' }).waitFor();
    expect(await page.content()).not.toContain(plaintext);
  });

  test('A payment paid elsewhere shows as paid in the open list without a reload; its filter stands in the address', PATIENCE, async () => {
    await page.getByRole('link', { name: 'Payment Links' }).click();
    await button('New payment link').click();
    await page.getByLabel('What is paid for').fill('Coffee beans');
    await page.getByLabel('Amount').fill('6,50');
    await button('Create link').click();
    const url = (await page.locator('dialog .code').first().textContent()) ?? '';
    expect(await qrTextFromScreenshot(page, page.getByRole('img', { name: /QR code of the link/ }))).toBe(url);
    await button('Close').click();
    await page.getByRole('link', { name: 'Payments', exact: true }).click();
    await page.getByText('Your first payment will show here').waitFor();
    const shopper = await page.context().newPage();
    await shopper.goto(url);
    await shopper.getByRole('button', { name: /Pay/ }).click();
    const row = page.locator('tr[data-id]');
    await row.getByText('Waiting').waitFor();
    await shopper.getByRole('button', { name: 'Pay as the shopper' }).click();
    await row.getByText('Paid', { exact: true }).waitFor();
    await page.getByRole('img', { name: /^€6.50 in 1 payment / }).waitFor();
    await shopper.close();
    expect(await row.textContent()).toContain('Coffee beans');
    await page.getByRole('radio', { name: 'Timed out' }).click();
    await page.getByText('No payments match.').waitFor();
    expect(new URL(page.url()).search).toBe('?status=expired');
    await page.goBack();
    await row.getByRole('link').click();
    await page.getByRole('heading', { name: 'What happened' }).waitFor();
    expect(new URL(page.url()).search).toMatch(/payment=pmt_/);
    expect(await faultsHere('payment')).toEqual([]);
    await page.keyboard.press('Escape');
    await row.waitFor();
    expect(new URL(page.url()).search).toBe('');
  });

  test('the list comes as a file with what was filtered', PATIENCE, async () => {
    const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('link', { name: 'Download CSV' }).click()]);
    const lines = (await (await download.createReadStream()).toArray()).join('').trim().split(/\r?\n/);
    expect([lines.length, lines[0]?.includes('net_sats')]).toEqual([2, true]);
  });

  test(
    'what came in is drawn day by day for each currency, said in a sentence and in a table; a day leads to its payments',
    PATIENCE,
    async () => {
      // One that was paid stands for many: on other days, and one in dollars.
      await avopay.db.query('SET session_replication_role = replica'); // copies have no events of their own
      await avopay.db.query(`INSERT INTO "Payment" SELECT (jsonb_populate_record(p, jsonb_build_object(
      'id', left(p.id, 28) || lpad(n::text, 2, '0'), 'currency', CASE n WHEN 4 THEN 'USD' ELSE 'EUR' END, 'fiatMinor', 100 * n,
      'createdAt', p."createdAt" - n * interval '1 day', 'paidAt', p."paidAt" - n * interval '1 day'))).*
      FROM "Payment" p, unnest(ARRAY[2, 4, 10, 11, 12, 15, 18, 19]) AS n`);
      await avopay.db.query('RESET session_replication_role');
      await page.goto(`${site}/app`);
      const chart = page.getByRole('img', { name: /in the last/ });
      const says = (words: string) => page.getByRole('img', { name: words }).waitFor();
      await says('€93.50 in 8 payments in the last 30 days');
      expect(await page.locator('.numbers div').nth(1).locator('b').allTextContents()).toEqual(['€93.50', '$4.00']);
      expect(await page.locator('.numbers div').nth(2).textContent()).toContain('100%9 of 9');
      expect(await chart.locator('.bar:not([height="0"])').count()).toBe(8);
      expect(await faultsHere('volume')).toEqual([]);
      await page.getByRole('radio', { name: '7 days' }).click();
      await says('€8.50 in 2 payments in the last 7 days');
      await page.getByRole('radio', { name: 'USD' }).click();
      await says('$4.00 in 1 payment in the last 7 days');
      expect(new URL(page.url()).search).toBe('?days=7&currency=USD');
      await page.getByText('Show as table').click();
      await page.locator('.narrow').getByRole('button').click();
      const of = page.getByRole('button', { name: /^Made on .*show every day$/ });
      await of.waitFor();
      await page.locator('tr[data-id]').nth(1).waitFor({ state: 'detached' });
      expect(await page.locator('tr[data-id]').textContent()).toContain('$4.00');
      const day = new URL(page.url()).searchParams.get('day');
      expect(await page.getByRole('link', { name: 'Download CSV' }).getAttribute('href')).toContain(`from=${day}T00%3A00%3A00.000Z&to=`);
      await of.click();
      await page.locator('tr[data-id]').nth(8).waitFor();
    },
  );

  test(
    'the words of a link are edited, its price is not; its button is pasted into a page as it was chosen, and leads to it',
    PATIENCE,
    async () => {
      await page.getByRole('link', { name: 'Payment Links' }).click();
      await button('Edit Coffee beans').click();
      const dialog = page.getByRole('dialog');
      await dialog.getByText('The price is €6.50.').waitFor();
      expect(await dialog.getByLabel('Amount').count()).toBe(0);
      expect(await faultsHere('link-edit')).toEqual([]);
      await dialog.getByLabel('What is paid for').fill('Coffee beans, 1 kg');
      await dialog.getByLabel('More about it').fill('Roasted on Monday.\nSent on Tuesday.');
      await button('Save').click();
      await button('Edit Coffee beans, 1 kg').click();
      expect(await dialog.getByLabel('More about it').inputValue()).toBe('Roasted on Monday.\nSent on Tuesday.');
      await button('Close').click();
      await button('Share Coffee beans, 1 kg').click();
      const code = dialog.locator('pre.code');
      const { rows } = await avopay.db.query(`SELECT id FROM "PaymentLink" WHERE title = 'Coffee beans, 1 kg'`);
      const url = `${site}/pay/${rows[0].id}`;
      expect(await code.textContent()).toBe(embedHtml(url));
      await dialog.getByLabel('Words on it').fill('Beans & <b>more');
      await dialog.getByLabel('Colour').fill('#ffee00');
      const preview = dialog.locator('.preview span');
      expect(await preview.textContent()).toBe('Beans & <b>more');
      expect(await preview.evaluate((button) => [getComputedStyle(button).backgroundColor, getComputedStyle(button).color])).toEqual([
        'rgb(255, 238, 0)',
        'rgb(0, 0, 0)',
      ]);
      expect(await faultsHere('link-share')).toEqual([]);
      const shop = await page.context().newPage();
      await shop.setContent((await code.textContent()) ?? '');
      await shop.getByRole('link', { name: 'Beans & <b>more' }).click();
      await shop.getByRole('heading', { name: 'Coffee beans, 1 kg' }).waitFor();
      expect(shop.url()).toBe(url);
      await shop.close();
      await button('Close').click();
    },
  );

  test('an endpoint is added with its secret shown once, and Send test says at once what became of it', PATIENCE, async () => {
    await page.getByRole('link', { name: 'Webhooks' }).click();
    await button('Add endpoint').click();
    await page.getByLabel('Address').fill('https://shop.sandbox.test/hook');
    await button('Add').click();
    expect(await page.locator('dialog .code').textContent()).toMatch(/^whsec_/);
    await button('Close').click();
    await button('Send test').click();
    await page
      .locator('.said')
      .getByText(/Your server answered|No answer/)
      .waitFor();
    await page.getByText('payment.test').first().waitFor();
  });

  test('a plan is chosen by an invoice to scan', PATIENCE, async () => {
    await page.getByRole('link', { name: 'Subscribe' }).click();
    await page.getByText('1 of 5 free payments used.').waitFor();
    await button('Choose yearly').click();
    const code = page.getByRole('img', { name: 'QR code of the invoice' });
    await code.waitFor();
    expect(await qrTextFromScreenshot(page, code)).toMatch(/^LIGHTNING:LN/);
  });

  test('a second factor is switched on, and signing in asks for it', PATIENCE, async () => {
    await page.getByRole('link', { name: 'Settings' }).click();
    await button('Use an authenticator app').click();
    const secret = (await page.locator('section:has(#factor) .code').textContent()) ?? '';
    await page.getByRole('textbox', { name: 'Code' }).fill(new TOTP({ secret }).generate());
    await button('Turn on').click();
    await page.getByText('Each of these codes works once').waitFor();
    const codes = ((await page.locator('section:has(#factor) .code').textContent()) ?? '').split(' ');
    expect(codes).toHaveLength(10);
    await button('Sign out').first().click();
    await signInAs();
    await page.getByRole('textbox', { name: 'Code' }).fill('000000');
    await button('Continue').click();
    await page.getByRole('alert').getByText(/\w/).waitFor();
    await page.getByRole('textbox', { name: 'Code' }).fill(codes[0] ?? '');
    await button('Continue').click();
    await page.getByRole('heading', { level: 1, name: 'Payments' }).waitFor();
    recoveryCodes = codes.slice(1);
  });

  test('a passkey is added after the password was asked again, signs its owner in, and is removed', PATIENCE, async () => {
    const device = await page.context().newCDPSession(page);
    await device.send('WebAuthn.enable');
    const kind = { protocol: 'ctap2', transport: 'internal', hasResidentKey: true, hasUserVerification: true } as const;
    await device.send('WebAuthn.addVirtualAuthenticator', {
      options: { ...kind, isUserVerified: true, automaticPresenceSimulation: true },
    });
    await page.getByRole('link', { name: 'Settings' }).click();
    await button('Add a passkey').click();
    await page.getByLabel('What you call it').fill('Laptop in the shop');
    await pass(avopay, 11 * 60);
    await button('Make it now').click();
    const again = page.getByRole('dialog', { name: 'Sign in again' });
    await again.getByText('This needs your password from the last 10 minutes.').waitFor();
    await again.getByRole('button', { name: 'Close' }).click();
    await page.locator('section:has(#passkeys)').getByRole('alert').getByText(/\w/).waitFor();
    await button('Make it now').click();
    await again.getByLabel('E-mail').fill(email);
    await again.getByLabel('Password').fill('a wrong password');
    await again.getByRole('button', { name: 'Continue' }).click();
    await again.getByRole('alert').getByText(/\w/).waitFor();
    expect(await faultsHere('sign-in-again')).toEqual([]);
    await again.getByLabel('Password').fill(password);
    await again.getByRole('button', { name: 'Continue' }).click();
    await again.getByLabel('Code').fill(recoveryCodes[0] ?? '');
    await again.getByRole('button', { name: 'Continue' }).click();
    await button('Remove Laptop in the shop').waitFor();
    expect(await faultsHere('passkey')).toEqual([]);
    await button('Sign out').first().click();
    await signInAs();
    await button('Use a passkey').click();
    await page.getByRole('heading', { level: 1, name: 'Payments' }).waitFor();
    await page.getByRole('link', { name: 'Settings' }).click();
    await button('Remove Laptop in the shop').click();
    await button('Remove this passkey').click();
    await page.getByText('passkey removed').waitFor();
    expect(await button('Remove Laptop in the shop').count()).toBe(0);
    await device.detach();
  });

  test.each(SECTIONS)('/app%s fits every width, has no fault of accessibility and breaks no policy', PATIENCE, async (section) => {
    await page.goto(`${site}/app${section}`);
    await page.locator('main h1').waitFor();
    await page.waitForFunction(() => document.querySelector('.skeleton') === null);
    expect(await faultsHere(section === '' ? 'payments' : section.slice(1))).toEqual([]);
    expect([...seen.violations, ...seen.errors]).toEqual([]);
    const looked = await browser.newContext({ bypassCSP: true, storageState: await page.context().storageState() });
    const judged = await looked.newPage();
    for (const [width, colorScheme] of JUDGED) {
      await judged.setViewportSize({ width, height: 800 });
      await judged.emulateMedia({ colorScheme });
      await judged.goto(`${site}/app${section}`);
      await judged.locator('main h1').waitFor();
      await judged.waitForFunction(() => document.querySelector('.skeleton') === null);
      expect(await axeFaults(judged), `${width} ${colorScheme}`).toEqual([]);
    }
    await looked.close();
  });

  test('a forgotten password is replaced by the mail that comes, and every browser is signed out', PATIENCE, async () => {
    const elsewhere = await visit(browser, `${site}/app/forgot`);
    await elsewhere.page.getByLabel('E-mail').fill(email);
    await elsewhere.page.getByRole('button', { name: 'Send the mail' }).click();
    await elsewhere.page.getByRole('status').waitFor(PATIENCE);
    const token = await tokenFor(avopay, email, 'reset_password');
    await elsewhere.page.goto(`${site}/reset-password#token=${token}`);
    password = 'another horse battery';
    await elsewhere.page.getByLabel('New password').fill(password);
    await elsewhere.page.getByRole('button', { name: 'Set password' }).click();
    await elsewhere.page.getByText('Your new password is set').waitFor(PATIENCE);
    await elsewhere.close();
    await page.goto(`${site}/app`);
    await signInAs();
    await page.getByRole('textbox', { name: 'Code' }).waitFor();
    expect([...seen.violations, ...seen.errors]).toEqual([]);
  });
});
