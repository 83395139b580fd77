import type { Page } from 'playwright-core';
import type { OpenDashboard } from '../support/dashboard.ts';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { embedHtml } from '../../src/links/link.ts';
import { axeFaults, browserMissing, qrTextFromScreenshot } from '../support/browser.ts';
import { ALL_LOOKS, openDashboard, PATIENCE, searchBecomes, widthFaults } from '../support/dashboard.ts';
import { filterPayments, saveCode } from '../support/dashboard-pages.ts';
import { freshDescriptor } from '../support/merchants.ts';
import { tokenFor } from '../support/person.ts';

const JUDGED = ALL_LOOKS
  ? ([
      [320, 'dark'],
      [1280, 'light'],
    ] as const)
  : ([[320, 'dark']] as const);
/** TABLE: the sections, and what is opened in each to be judged too. */
const SECTIONS: readonly (readonly [string, readonly (string | RegExp)[]])[] = [
  ['', ['Show as table']],
  ['/setup', []],
  ['/integration', [/^Revoke/]],
  ['/webhooks', ['Delete']],
  ['/payment-links', ['Share', 'Edit']],
  ['/subscribe', []],
  ['/settings', ['Add a passkey']],
];
/** Signs in it mean something to HTML. */
const TERMS = 'https://terms.example/?shop="a"&copy=2';

describe.skipIf(browserMissing() !== null)('the dashboard', () => {
  let dashboard: OpenDashboard;
  let page: Page;
  const email = 'merchant@shop.example';
  beforeAll(async () => {
    dashboard = await openDashboard({ TERMS_URL: TERMS });
    page = dashboard.page;
  });
  afterAll(() => dashboard?.stop());
  const button = (name: string) => page.getByRole('button', { name, exact: true });

  test('X-9: signing up leads in, once the operator’s terms are accepted; a mail confirms the address', PATIENCE, async () => {
    await page.getByRole('link', { name: 'Create an account' }).click();
    await page.getByLabel('Shop name').fill('Café Aurora');
    await page.getByLabel('E-mail').fill(email);
    await page.getByLabel('Password').fill('correct horse battery');
    await button('Create account').click();
    await page.getByText('Please accept the terms first.').waitFor();
    expect(await page.getByRole('link', { name: 'terms' }).getAttribute('href')).toBe(new URL(TERMS).href);
    expect(await widthFaults(page, 'sign-up')).toEqual([]);
    await page.getByLabel('I accept the terms').check();
    await button('Create account').click();
    await page.getByRole('heading', { name: 'First steps' }).waitFor();
    const confirm = page.getByRole('link', { name: 'Confirm your e-mail address' });
    await confirm.waitFor();
    const token = await tokenFor(dashboard.avopay, email, 'verify_email');
    const mailed = await page.context().newPage();
    await mailed.goto(`${dashboard.site}/verify-email#token=${token}`);
    await mailed.getByText('your address is confirmed').waitFor(PATIENCE);
    expect(new URL(mailed.url()).hash).toBe('');
    await mailed.close();
    await page.reload();
    await page.getByText('Confirm your e-mail address done').waitFor();
    expect(await confirm.count()).toBe(0);
  });

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

  test('the dashboard keeps its budget: scripts 110 kB, packed', async () => {
    const get = async (path: string) => (await fetch(dashboard.avopay.url + path)).text();
    const scripts = [...(await get('/app')).matchAll(/<script[^>]* src="([^"]+)"/g)].map(([, path = '']) => path);
    expect(scripts).toHaveLength(1);
    const packed = gzipSync(await get(scripts[0] ?? ''), { level: 9 }).length;
    expect(packed).toBeGreaterThan(10 * 1024);
    expect(packed).toBeLessThanOrEqual(110 * 1024);
  });

  test('Setup shows a code that AQUA can scan, and follows by itself when a wallet answers it', PATIENCE, async () => {
    await page.goto(`${dashboard.site}/app/setup`);
    const code = page.getByRole('img', { name: 'QR code that connects AQUA' });
    await code.waitFor();
    const url = new URL((await qrTextFromScreenshot(page, code)) ?? '');
    expect(url.pathname).toMatch(/^\/samrock\//);
    expect(await widthFaults(page, 'setup-code')).toEqual([]);
    const LBTC = { Descriptor: freshDescriptor() };
    const body = JSON.stringify({ version: '1.0', LBTC, 'BTC-LN': { Type: 'boltz', LBTC } });
    const headers = { 'content-type': 'application/json' };
    const reply = await fetch(`${dashboard.avopay.url}${url.pathname}${url.search}`, { method: 'POST', headers, body });
    expect(reply.status).toBe(200);
    await page.getByRole('heading', { name: 'Your AQUA wallet is connected' }).waitFor();
  });

  test('A-5: both keys are found in Integration; a secret one is shown once, and works', PATIENCE, async () => {
    await page.getByRole('link', { name: 'Integration' }).click();
    await button('New key').click();
    await page.getByLabel('What it is for').fill('Web shop');
    await button('Make key').click();
    const key = page.locator('dialog .code');
    await key.waitFor();
    const plaintext = (await key.textContent()) ?? '';
    expect((await dashboard.avopay.call('GET', '/api/v1/payments', { key: plaintext })).status).toBe(200);
    await button('I have saved it').click();
    await page.getByRole('heading', { name: 'Web shop' }).waitFor();
    expect(await page.content()).not.toContain(plaintext);
    expect(await page.locator('section:has(#samples) p.code').textContent()).toMatch(/^ak_pub_\w+$/);
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
    await searchBecomes(page, '?status=expired');
    await page.goBack();
    await row.getByRole('link').click();
    await page.getByRole('heading', { name: 'What happened' }).waitFor();
    expect(new URL(page.url()).search).toMatch(/payment=pmt_/);
    expect(await widthFaults(page, 'payment')).toEqual([]);
    await page.keyboard.press('Escape');
    await row.waitFor();
    await searchBecomes(page, '');
  });

  test('what was paid with L-BTC or came from the API is found by filters that stand in address and file', PATIENCE, async () => {
    await filterPayments(page, dashboard.site);
    await searchBecomes(page, '');
  });

  test('the code of a link is saved for print, under its title, and reads as the link', PATIENCE, async () => {
    await saveCode(page);
    expect(new URL(page.url()).pathname).toMatch(/^\/app\/?$/);
  });

  test('the list comes as a file with what was filtered', PATIENCE, async () => {
    const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('link', { name: 'Download CSV' }).click()]);
    const lines = (await (await download.createReadStream()).toArray()).join('').trim().split(/\r?\n/);
    expect([lines.length, lines[0]?.includes('net_sats')]).toEqual([2, true]);
  });

  test('what came in is drawn by day and currency, and said in words and a table; a day leads to its payments', PATIENCE, async () => {
    // One that was paid stands for many: on other days, and one in dollars.
    await dashboard.avopay.db.query('SET session_replication_role = replica'); // copies have no events of their own
    await dashboard.avopay.db.query(`INSERT INTO "Payment" SELECT (jsonb_populate_record(p, jsonb_build_object(
      'id', left(p.id, 24) || lpad(n::text, 6, '0'), 'currency', CASE n WHEN 4 THEN 'USD' ELSE 'EUR' END, 'fiatMinor', 100 * n,
      'createdAt', p."createdAt" - n * interval '1 day', 'paidAt', p."paidAt" - n * interval '1 day'))).*
      FROM "Payment" p, unnest(ARRAY[2, 4, 10, 11, 12, 15, 18, 19]) AS n`);
    await dashboard.avopay.db.query('RESET session_replication_role');
    await page.goto(`${dashboard.site}/app`);
    const chart = page.getByRole('img', { name: /in the last/ });
    const says = (words: string) => page.getByRole('img', { name: words }).waitFor();
    await says('€93.50 in 8 payments in the last 30 days');
    expect(await page.locator('.numbers div').nth(1).locator('b').allTextContents()).toEqual(['€93.50', '$4.00']);
    expect(await page.locator('.numbers div').nth(2).textContent()).toContain('100%9 of 9');
    expect(await chart.locator('.bar:not([height="0"])').count()).toBe(8);
    expect(await widthFaults(page, 'volume')).toEqual([]);
    await page.getByRole('radio', { name: '7 days' }).click();
    await says('€8.50 in 2 payments in the last 7 days');
    await page.getByRole('radio', { name: 'USD' }).click();
    await says('$4.00 in 1 payment in the last 7 days');
    await searchBecomes(page, '?days=7&currency=USD');
    await page.getByText('Show as table').click();
    await page.locator('.narrow').getByRole('button').click();
    const of = page.getByRole('button', { name: /^Made on .*take this away$/ });
    await of.waitFor();
    await page.locator('tr[data-id]').nth(1).waitFor({ state: 'detached' });
    expect(await page.locator('tr[data-id]').textContent()).toContain('$4.00');
    const day = new URL(page.url()).searchParams.get('day');
    expect(await page.getByRole('link', { name: 'Download CSV' }).getAttribute('href')).toContain(`from=${day}T00%3A00%3A00.000Z&to=`);
    await of.click();
    await page.locator('tr[data-id]').nth(8).waitFor();
  });

  test('the words of a link are edited, its price is not; its button is pasted as it was chosen, and leads to it', PATIENCE, async () => {
    await page.getByRole('link', { name: 'Payment Links' }).click();
    await button('Edit Coffee beans').click();
    const dialog = page.getByRole('dialog');
    await dialog.getByText('The price is €6.50.').waitFor();
    expect(await dialog.getByLabel('Amount').count()).toBe(0);
    expect(await widthFaults(page, 'link-edit')).toEqual([]);
    await dialog.getByLabel('What is paid for').fill('Coffee beans, 1 kg');
    await dialog.getByLabel('More about it').fill('Roasted on Monday.\nSent on Tuesday.');
    await button('Save').click();
    await button('Edit Coffee beans, 1 kg').click();
    expect(await dialog.getByLabel('More about it').inputValue()).toBe('Roasted on Monday.\nSent on Tuesday.');
    await button('Close').click();
    await button('Share Coffee beans, 1 kg').click();
    const code = dialog.locator('pre.code');
    const { rows } = await dashboard.avopay.db.query(`SELECT id FROM "PaymentLink" WHERE title = 'Coffee beans, 1 kg'`);
    const url = `${dashboard.site}/pay/${rows[0].id}`;
    expect(await code.textContent()).toBe(embedHtml(url));
    await dialog.getByLabel('Words on it').fill('Beans & <b>more');
    await dialog.getByLabel('Colour').fill('#ffee00');
    const preview = dialog.locator('.preview button');
    expect(await preview.textContent()).toBe('Beans & <b>more');
    expect(await preview.evaluate((button) => [getComputedStyle(button).backgroundColor, getComputedStyle(button).color])).toEqual([
      'rgb(255, 238, 0)',
      'rgb(0, 0, 0)',
    ]);
    expect(await widthFaults(page, 'link-share')).toEqual([]);
    const shop = await page.context().newPage();
    await shop.setContent((await code.textContent()) ?? '');
    await shop.getByRole('link', { name: 'Beans & <b>more' }).click();
    await shop.getByRole('heading', { name: 'Coffee beans, 1 kg' }).waitFor();
    expect(shop.url()).toBe(url);
    await shop.close();
    await button('Close').click();
  });

  test('an endpoint’s secret is shown once, Send test says what became of it, and what was sent is sent again', PATIENCE, async () => {
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
    const sent = page.locator('.items > li');
    expect(await sent.count()).toBe(1);
    await button('Send again').click();
    await sent.nth(1).waitFor();
    await sent.nth(1).getByRole('button', { name: 'Sent again' }).waitFor();
    const { rows } = await dashboard.avopay.db.query('SELECT "redelivery", "eventId" FROM "Delivery" ORDER BY "createdAt"');
    expect(rows.map(({ redelivery }) => redelivery)).toEqual([0, 1]);
    expect(rows[1].eventId).toBe(rows[0].eventId);
  });

  test('a plan is chosen by an invoice to scan', PATIENCE, async () => {
    await page.getByRole('link', { name: 'Subscribe' }).click();
    await page.getByText('1 of 5 free payments used.').waitFor();
    await button('Choose yearly').click();
    const code = page.getByRole('img', { name: 'QR code of the invoice' });
    await code.waitFor();
    expect(await qrTextFromScreenshot(page, code)).toMatch(/^LIGHTNING:LN/);
  });

  test.each(SECTIONS)('/app%s fits every width, has no fault of accessibility and breaks no policy', PATIENCE, async (section, inside) => {
    await page.goto(`${dashboard.site}/app${section}`);
    await page.locator('main h1').waitFor();
    await page.waitForFunction(() => document.querySelector('.skeleton') === null);
    expect(await widthFaults(page, section === '' ? 'payments' : section.slice(1))).toEqual([]);
    expect([...dashboard.seen.violations, ...dashboard.seen.errors]).toEqual([]);
    const looked = await dashboard.browser.newContext({ bypassCSP: true, storageState: await page.context().storageState() });
    const judged = await looked.newPage();
    for (const [width, colorScheme] of JUDGED) {
      await judged.setViewportSize({ width, height: 800 });
      await judged.emulateMedia({ colorScheme });
      await judged.goto(`${dashboard.site}/app${section}`);
      await judged.locator('main h1').waitFor();
      await judged.waitForFunction(() => document.querySelector('.skeleton') === null);
      expect(await axeFaults(judged), `${width} ${colorScheme}`).toEqual([]);
      for (const name of inside) {
        await judged.locator('main').locator('button, summary').filter({ hasText: name }).first().click();
        expect(await axeFaults(judged), `${width} ${colorScheme} ${name}`).toEqual([]);
        await judged.keyboard.press('Escape');
      }
    }
    await looked.close();
  });
});
