import type { Browser, Page } from 'playwright-core';
import type { CheckoutServer } from '../support/checkout-server.ts';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { browserMissing, openBrowser, visit } from '../support/browser.ts';
import { INVOICE, paidPatch, pendingPayment, startCheckoutServer } from '../support/checkout-server.ts';

type Answer = 'pays' | 'refuses leave' | 'refuses' | 'hangs';
declare global {
  var asked: string[];
}

/** A wallet as browser extensions put one into the page; what it was asked stands in `asked`. */
const wallet = (answer: Answer) => (page: Page) =>
  page.addInitScript((how) => {
    globalThis.asked = [];
    const enable = async () => {
      asked.push('enable');
      if (how === 'refuses leave') throw new Error('no');
    };
    const sendPayment = async (invoice: string) => {
      asked.push(invoice);
      if (how === 'refuses') throw new Error('no');
      if (how === 'hangs') await new Promise(() => {});
      return { preimage: '00'.repeat(32) };
    };
    Object.assign(globalThis, { webln: { enable, sendPayment } });
  }, answer);
const askedOf = (page: Page) => page.evaluate(() => globalThis.asked);
const here = (page: Page) => page.getByRole('button', { name: 'Pay from this browser' });

describe.skipIf(browserMissing() !== null)('a wallet in the browser', () => {
  let browser: Browser;
  let server: CheckoutServer;
  beforeAll(async () => {
    [browser, server] = await Promise.all([openBrowser(), startCheckoutServer()]);
  });
  beforeEach(() => server.change({ ...pendingPayment(server.now()), redirectUrl: null }, false));
  afterAll(async () => {
    await Promise.all([browser?.close(), server?.close()]);
  });

  test('is asked for leave first and for this invoice then, and only the server says that it is paid', async () => {
    const { page, violations, errors, close } = await visit(browser, server.payUrl, { before: wallet('pays') });
    expect(await askedOf(page)).toEqual([]);
    await here(page).click();
    await page.locator('.here .hint', { hasText: 'Your wallet has sent the payment.' }).waitFor();
    expect(await askedOf(page)).toEqual(['enable', INVOICE]);
    expect(await page.getByRole('heading', { name: 'Payment received' }).count()).toBe(0);
    server.change(paidPatch(server.now(), null));
    await page.getByRole('heading', { name: 'Payment received' }).waitFor();
    expect([...violations, ...errors]).toEqual([]);
    await close();
  });

  test.each(['refuses leave', 'refuses'] as const)('that %s leaves the code on the page and may be asked again', async (answer) => {
    const { page, errors, close } = await visit(browser, server.payUrl, { before: wallet(answer) });
    await here(page).click();
    await page.locator('.here .hint', { hasText: 'Your wallet did not pay.' }).waitFor();
    expect(await page.locator('.qr').isVisible()).toBe(true);
    const once = (await askedOf(page)).length;
    await here(page).click();
    await expect.poll(async () => (await askedOf(page)).length).toBe(2 * once);
    expect(errors).toEqual([]);
    await close();
  });

  test('that never answers is told of after twenty seconds, while everything else goes on', async () => {
    const before = async (page: Page) => {
      await page.clock.install();
      await wallet('hangs')(page);
    };
    const { page, close } = await visit(browser, server.payUrl, { before });
    await here(page).click();
    await expect.poll(() => here(page).getAttribute('aria-disabled')).toBe('true');
    await page.clock.fastForward(21_000);
    await page.locator('.here .hint', { hasText: 'has not answered yet' }).waitFor();
    expect(await here(page).getAttribute('aria-disabled')).toBe('false');
    server.change(paidPatch(server.now(), null));
    await page.getByRole('heading', { name: 'Payment received' }).waitFor();
    await close();
  });

  test('is not offered where there is none, and is when it comes late', async () => {
    const { page, close } = await visit(browser, server.payUrl);
    await page.locator('.dot.live').waitFor();
    expect(await here(page).count()).toBe(0);
    await page.evaluate(() => {
      Object.assign(globalThis, { webln: { enable: 1 } });
      document.dispatchEvent(new Event('webln:ready'));
    });
    expect(await here(page).count()).toBe(0);
    await page.evaluate(() => {
      Object.assign(globalThis, { webln: { enable: async () => {}, sendPayment: async () => {} } });
      document.dispatchEvent(new Event('webln:ready'));
    });
    await here(page).waitFor();
    await close();
  });
});
