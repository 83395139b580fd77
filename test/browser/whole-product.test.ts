import type { Browser } from 'playwright-core';
import type { Avopay } from '../support/avopay.ts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startAvopay } from '../support/avopay.ts';
import { axeFaults, browserMissing, openBrowser, qrTextFromScreenshot, visit } from '../support/browser.ts';
import { follow } from '../support/live.ts';
import { ensureWebBuilt } from '../support/web-build.ts';

describe.skipIf(browserMissing() !== null)('a payment in a real browser, with nothing faked on our side', () => {
  let browser: Browser;
  let avopay: Avopay;
  beforeAll(async () => {
    await ensureWebBuilt();
    [browser, avopay] = await Promise.all([openBrowser(), startAvopay()]);
  });
  afterAll(async () => {
    await Promise.all([browser?.close(), avopay?.stop()]);
  });

  const newPayment = async () => {
    const { body } = await avopay.call('POST', '/api/v1/payments', {
      body: { amount: 49.99, currency: 'EUR', redirect_url: 'http://localhost:1/done' },
    });
    const { body: read } = await avopay.call('GET', `/api/v1/payments/${body.payment_id}`);
    return { id: body.payment_id as string, invoice: read.lightning_invoice as string, url: `${avopay.url}/pay/${body.payment_id}` };
  };

  test.each([false, true])('the QR code on the screen is the invoice of the API (dark: %s)', async (dark) => {
    const { url, invoice } = await newPayment();
    const { page, violations, errors, close } = await visit(browser, url, { dark });
    expect((await qrTextFromScreenshot(page, page.locator('.qr')))?.toLowerCase()).toBe(`lightning:${invoice}`);
    expect(await axeFaults(page)).toEqual([]);
    expect([...violations, ...errors]).toEqual([]);
    await close();
  });

  test('paying as the shopper shows “Payment received”, and leads back to the shop', async () => {
    const { id, url } = await newPayment();
    const { page, violations, errors, close } = await visit(browser, url);
    const live = follow(avopay.url, 'subscription ($id: ID!) { checkout(paymentId: $id) { status redirectUrl } }', { id });
    await live.until((state) => state.status === 'PENDING');
    await page.getByRole('button', { name: 'Pay as the shopper' }).click();
    const paid = await live.until((state) => state.status === 'PAID');
    await page.getByRole('heading', { name: 'Payment received' }).waitFor({ timeout: 15_000 });
    expect(await page.getByRole('link', { name: 'Return to the shop' }).getAttribute('href')).toBe(paid.redirectUrl);
    expect([...violations, ...errors]).toEqual([]);
    await live.close();
    await close();
  });

  test('without JavaScript the page reaches “Payment received” by itself', async () => {
    const { url, invoice } = await newPayment();
    const { page, close } = await visit(browser, url, { javaScript: false });
    expect((await qrTextFromScreenshot(page, page.locator('.qr')))?.toLowerCase()).toBe(`lightning:${invoice}`);
    await avopay.call('POST', '/sandbox/pay', { body: { invoice }, key: null });
    await page.getByRole('heading', { name: 'Payment received' }).waitFor({ timeout: 20_000 });
    expect(await page.getByRole('link', { name: 'Return to the shop' }).getAttribute('href')).toContain('status=paid');
    await close();
  });
});
