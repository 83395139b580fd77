import type { Browser, BrowserContext, Page } from 'playwright-core';
import type { Avopay } from '../support/avopay.ts';
import type { Merchant } from '../support/merchants.ts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startAvopay } from '../support/avopay.ts';
import { browserMissing, openBrowser, qrTextFromScreenshot } from '../support/browser.ts';
import { hostileTexts } from '../support/hostile-texts.ts';
import { merchant } from '../support/merchants.ts';
import { ensureWebBuilt } from '../support/web-build.ts';

/** `HOSTILE=300` and `QRS=500` are the published figures; the suite plays a few. */
const HOSTILE = Number(process.env['HOSTILE'] ?? 8);
const QRS = Number(process.env['QRS'] ?? 3);
const IS_WHOLE = process.env['HOSTILE'] !== undefined;
/** Stands in metadata, which no page shows. */
const MARK = 'seen-by-nobody-but-the-shop';
/** Signs that no link may bear: those that break lines, turn the direction of writing, or are not seen. */
const REFUSED = /[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff]/gu;
const RUN_TIMEOUT_MS = 3_600_000;
/** Pages open at once: while one waits for its picture, the others go on. */
const LANES = 4;
/** Each takes up to two of the 15 L-BTC addresses that a shop may have open; then a fresh shop goes on. */
const TEXTS_PER_SHOP = 7;

type Lane = { readonly page: Page; readonly key: string };

describe.skipIf(browserMissing() !== null)('what others write, on pages that hold money', () => {
  let browser: Browser;
  let avopay: Avopay;
  let context: BrowserContext;
  /** Everything that must never happen: a dialog, a request to elsewhere, an error, something that the policy refused. */
  const strange: string[] = [];

  beforeAll(async () => {
    await ensureWebBuilt();
    [browser, avopay] = await Promise.all([openBrowser(), startAvopay()]);
    context = await browser.newContext({ viewport: { width: 390, height: 844 } });
    const host = new URL(avopay.url).host;
    context.on('dialog', (dialog) => {
      strange.push(`dialog: ${dialog.message()}`);
      void dialog.dismiss();
    });
    context.on('weberror', (fault) => strange.push(String(fault.error())));
    context.on('request', (request) => {
      if (new URL(request.url()).host !== host) strange.push(`request: ${request.url()}`);
    });
    context.on('console', (message) => {
      if (/content security policy|refused to|trusted type/i.test(message.text())) strange.push(message.text());
    });
  });
  afterAll(async () => {
    await browser?.close();
    await avopay?.stop();
  });

  /** Does `work` for each of `items`, in several pages at once; nothing that a page does waits for another one. */
  const inLanes = async <T>(items: readonly T[], work: (item: T, lane: Lane, at: number) => Promise<void>) => {
    const waiting = [...items.entries()];
    const walk = async () => {
      const page = await context.newPage();
      let shop: Merchant | null = null;
      for (let done = 0; ; done++) {
        const next = waiting.shift();
        if (!next) return page.close();
        if (shop === null || done % TEXTS_PER_SHOP === 0) shop = await merchant(avopay, {});
        await work(next[1], { page, key: shop.key }, next[0]);
      }
    };
    await Promise.all(Array.from({ length: Math.min(LANES, items.length) }, walk));
  };

  /** The page shows what the API says, in its links and its text, and with `pixels` in its codes. */
  const codesAreTrue = async (id: string, { page, key }: Lane, pixels: boolean) => {
    const { body } = await avopay.call('GET', `/api/v1/payments/${id}`, { key });
    const pay = (method: string) => page.locator(`#panel-${method} a.open`).getAttribute('href');
    /** Asked again: before the page's script runs a tap does nothing, and the way that another page has chosen may be shown. */
    const reads = (method: string, text: string) =>
      expect
        .poll(async () => {
          await page.locator(`#tab-${method}`).click();
          return qrTextFromScreenshot(page, page.locator(`#panel-${method} .qr`));
        })
        .toBe(text);
    expect(await pay('lightning')).toBe(`lightning:${body.lightning_invoice}`);
    expect(await pay('liquid')).toBe(body.liquid_uri);
    expect(await page.locator('.groups').textContent()).toBe(body.liquid_address);
    if (!pixels) return;
    await reads('lightning', `LIGHTNING:${body.lightning_invoice.toUpperCase()}`);
    await reads('liquid', body.liquid_uri);
  };

  test(`C-2: both codes of ${QRS} payments, read from the screen, are what the API says`, { timeout: RUN_TIMEOUT_MS }, async () => {
    await inLanes(Array.from({ length: QRS }), async (_, lane, at) => {
      const currency = ['EUR', 'USD', 'JPY', 'BRL'][at % 4];
      const { body } = await avopay.call('POST', '/api/v1/payments', { body: { amount: 1_000 + at * 7, currency }, key: lane.key });
      await lane.page.emulateMedia({ colorScheme: at % 2 === 0 ? 'light' : 'dark' });
      await lane.page.goto(`${avopay.url}/pay/${body.payment_id}`);
      await codesAreTrue(body.payment_id, lane, true);
    });
    expect(strange).toEqual([]);
  });

  test(`${HOSTILE} hostile texts as title, description, metadata, way back and name of the shop stay texts`, {
    timeout: RUN_TIMEOUT_MS,
  }, async () => {
    await inLanes(hostileTexts(HOSTILE), async (text, lane, at) => {
      const { page, key } = lane;
      const call = (path: string, body: object) => avopay.call('POST', path, { body, key });
      const named = await rename(text, key);
      const refusedBack = await call('/api/v1/payments', { amount: 5, currency: 'EUR', redirect_url: text });
      expect([400, 422], text).toContain(refusedBack.status);
      const redirect_url = `https://shop.example/?q=${encodeURIComponent(text)}`;
      const link = (words: string) =>
        call('/api/v1/payment-links', { title: words.trim(), description: words, redirect_url, amount_fiat: 5, currency: 'EUR' });
      const plain = text.trim().replaceAll(REFUSED, ''); // what is not seen at the ends is taken off, not refused
      if (plain !== text.trim()) expect([(await link(text)).status, text]).toEqual([400, text]);
      const made = await link(plain);
      expect([made.status, text]).toEqual([201, text]);
      await page.goto(`${avopay.url}/pay/${made.body.id}`);
      if (named) expect(await page.locator('.name').textContent()).toBe(named);
      await page.locator('button.primary').click();
      await page.waitForURL(/\/pay\/pmt_/);
      await codesAreTrue(/pmt_[0-9a-z]{26}/.exec(page.url())?.[0] ?? '', lane, IS_WHOLE || at % 5 === 0);
      const { body } = await call('/api/v1/payments', { amount: 5, currency: 'EUR', metadata: { [MARK]: text } });
      expect(await (await fetch(`${avopay.url}/pay/${body.payment_id}`)).text()).not.toContain(MARK);
      expect(strange, text).toEqual([]);
    });
  });

  /** The name as the shop bears it now; null where the API refused it. */
  const rename = async (name: string, key: string): Promise<string | null> => {
    const query = `mutation ($name: String!) { updateAccount(input: { name: $name }) { __typename ... on Account { merchant { name } } } }`;
    const { body } = await avopay.call('POST', '/graphql', { body: { query, variables: { name } }, key });
    return body.data?.updateAccount?.merchant?.name ?? null;
  };
});
