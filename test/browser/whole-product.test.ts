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
    const id: string = body.payment_id;
    return { id, invoice: read.lightning_invoice as string, liquidUri: read.liquid_uri as string, url: `${avopay.url}/pay/${id}` };
  };

  test.each([false, true])('both QR codes on the screen are what the API says (dark: %s)', async (dark) => {
    const { url, invoice, liquidUri } = await newPayment();
    const { page, violations, errors, close } = await visit(browser, url, { dark });
    expect((await qrTextFromScreenshot(page, page.locator('#panel-lightning .qr')))?.toLowerCase()).toBe(`lightning:${invoice}`);
    expect(await axeFaults(page)).toEqual([]);
    await page.getByRole('tab', { name: 'Liquid (L-BTC)' }).click();
    expect(await qrTextFromScreenshot(page, page.locator('#panel-liquid .qr'))).toBe(liquidUri);
    expect(await axeFaults(page)).toEqual([]);
    expect([...violations, ...errors]).toEqual([]);
    await close();
  });

  test('C-4: paying as the shopper shows “Payment received”, and leads back to the shop', async () => {
    const { id, url } = await newPayment();
    const { page, violations, errors, close } = await visit(browser, url);
    const live = follow(avopay.url, 'subscription ($id: ID!) { checkout(paymentId: $id) { status redirectUrl } }', { id });
    await live.until((state) => state.status === 'PENDING');
    await page.getByRole('button', { name: 'Pay as the shopper' }).click();
    const paid = await live.until((state) => state.status === 'PAID');
    await page.getByRole('heading', { name: 'Payment received' }).waitFor({ timeout: 60_000 });
    expect(await page.getByRole('link', { name: 'Return to the shop' }).getAttribute('href')).toBe(paid.redirectUrl);
    expect([...violations, ...errors]).toEqual([]);
    expect(await (await fetch(`${url}/receipt`)).text()).toMatch(/>Paid<\/h1>.*<code>[0-9a-f]{64}<\/code>/);
    await live.close();
    await close();
  });

  test('paying L-BTC as the shopper shows “Payment received”; a part of it shows what is missing, and a new code', async () => {
    const { url, liquidUri } = await newPayment();
    const { page, violations, errors, close } = await visit(browser, url);
    await page.getByRole('tab', { name: 'Liquid (L-BTC)' }).click();
    const [, address = '', due = ''] = /:(\w+)\?amount=([\d.]+)/.exec(liquidUri) ?? [];
    await avopay.call('POST', '/sandbox/send', { body: { address, amount_sats: 1_000 }, key: null });
    await page.getByText(`We received 0.00001000 of ${due} L-BTC`).waitFor({ timeout: 60_000 });
    const missing = (Number(due) - 0.00001).toFixed(8);
    expect(await qrTextFromScreenshot(page, page.locator('#panel-liquid .qr'))).toBe(liquidUri.replace(due, missing));
    await page.getByRole('button', { name: 'Pay as the shopper' }).click();
    await page.getByRole('heading', { name: 'Payment received' }).waitFor({ timeout: 60_000 });
    expect([...violations, ...errors]).toEqual([]);
    await close();
  });

  test('C-9: without JavaScript the page reaches “Payment received” by itself', async () => {
    const { url, invoice, liquidUri } = await newPayment();
    const { page, close } = await visit(browser, url, { javaScript: false });
    expect((await qrTextFromScreenshot(page, page.locator('#panel-lightning .qr')))?.toLowerCase()).toBe(`lightning:${invoice}`);
    expect(await qrTextFromScreenshot(page, page.locator('#panel-liquid .qr'))).toBe(liquidUri);
    await avopay.call('POST', '/sandbox/pay', { body: { invoice }, key: null });
    await page.getByRole('heading', { name: 'Payment received' }).waitFor({ timeout: 60_000 });
    expect(await page.getByRole('link', { name: 'Return to the shop' }).getAttribute('href')).toContain('status=paid');
    await close();
  });
});
