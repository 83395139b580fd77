import type { Browser, Page } from 'playwright-core';
import type { CheckoutServer } from '../support/checkout-server.ts';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { browserMissing, openBrowser, takeShot, visit } from '../support/browser.ts';
import { INVOICE, paidPatch, pendingPayment, startCheckoutServer } from '../support/checkout-server.ts';

/** Generous, because machines are shared; how fast the page really follows is measured by `npm run bench:page`. Below the 20 s poll. */
const SOON_MS = 60_000;

describe.skipIf(browserMissing() !== null)('the checkout page while it is open', () => {
  let browser: Browser;
  let server: CheckoutServer;
  let shop: string;

  beforeAll(async () => {
    [browser, server] = await Promise.all([openBrowser(), startCheckoutServer()]);
    shop = `${server.url}/?order=7&payment_id=${'x'}&status=paid#thanks`;
  });
  beforeEach(() => {
    server.blockSockets(false);
    server.silenceSubscriptions(false);
    server.change({ ...pendingPayment(server.now()), redirectUrl: null, paidAt: null }, false);
  });
  afterAll(async () => {
    await Promise.all([browser?.close(), server?.close()]);
  });

  const heading = (page: Page, name: string) => page.getByRole('heading', { name, level: 1 });
  const subscribed = async () => {
    const before = server.subscriptions();
    return () => expect.poll(() => server.subscriptions()).toBeGreaterThan(before);
  };

  test('C-4 C-5: a payment seen and then paid shows, moves the focus to the news, and returns to the shop', async () => {
    const isSubscribed = await subscribed();
    const { page, violations, close } = await visit(browser, server.payUrl);
    await isSubscribed();
    server.change({ status: 'DETECTED' });
    await page.getByRole('heading', { name: 'We see your payment' }).waitFor({ timeout: SOON_MS });
    expect(await page.locator('.qr').count()).toBe(0);
    server.change(paidPatch(server.now(), shop));
    await heading(page, 'Payment received').waitFor({ timeout: SOON_MS });
    await expect.poll(() => page.title()).toBe('Paid · Alba Coffee Roasters');
    await expect.poll(() => page.evaluate(() => document.activeElement?.id)).toBe('outcome');
    expect(await page.getByRole('link', { name: 'Return to the shop' }).getAttribute('href')).toBe(shop);
    await page.waitForURL(shop, { timeout: SOON_MS });
    expect(violations).toEqual([]);
    await page.goBack();
    await heading(page, 'Payment received').waitFor();
    await page.waitForTimeout(900);
    expect(page.url()).toBe(server.payUrl);
    expect(await page.getByText('Taking you back to the shop').count()).toBe(0);
    await close();
  });

  test('two tabs of one payment both turn paid', async () => {
    const first = await visit(browser, server.payUrl);
    const second = await visit(browser, server.payUrl);
    server.change(paidPatch(server.now(), null));
    await heading(first.page, 'Payment received').waitFor({ timeout: SOON_MS });
    await heading(second.page, 'Payment received').waitFor({ timeout: SOON_MS });
    expect(await second.page.getByText('You can close this page.').isVisible()).toBe(true);
    await Promise.all([first.close(), second.close()]);
  });

  test('without a socket the page says that it reconnects, keeps its code, and finds the payment when it is looked at again', async () => {
    server.blockSockets(true);
    const { page, close } = await visit(browser, server.payUrl, { before: (opened) => opened.clock.install() });
    await page.clock.fastForward(6_000);
    await page.getByText('Reconnecting…').first().waitFor();
    expect(await page.locator('.qr').isVisible()).toBe(true);
    server.change(paidPatch(server.now(), null));
    await page.evaluate(() => dispatchEvent(new Event('focus')));
    await heading(page, 'Payment received').waitFor({ timeout: SOON_MS });
    expect(await page.locator('.qr').count()).toBe(0);
    await close();
  });

  test('C-5: without a socket and without being touched the page finds the payment by asking every 20 seconds', async () => {
    server.blockSockets(true);
    const { page, close } = await visit(browser, server.payUrl, { before: (opened) => opened.clock.install() });
    await page.waitForLoadState('networkidle');
    server.change(paidPatch(server.now(), null));
    const before = server.statusLooks();
    await page.clock.fastForward(10_000);
    expect(server.statusLooks()).toBe(before);
    await page.clock.fastForward(11_000);
    await heading(page, 'Payment received').waitFor({ timeout: SOON_MS });
    expect(server.statusLooks()).toBeGreaterThan(before);
    await close();
  });

  test('after "Open wallet" the page asks every 5 seconds, and says what to do when nothing opened', async () => {
    server.blockSockets(true);
    const { page, close } = await visit(browser, server.payUrl, {
      width: 390,
      touch: true,
      before: (opened) => opened.clock.install(),
    });
    await page.waitForLoadState('networkidle');
    await page.getByRole('link', { name: 'Open wallet' }).tap();
    await page.clock.fastForward(3_000);
    await page.getByText('Nothing opened? Copy the invoice').waitFor();
    const before = server.statusLooks();
    await page.clock.fastForward(3_000);
    await expect.poll(() => server.statusLooks()).toBeGreaterThan(before);
    await close();
  });

  test('an event that was announced while the socket was down is found when it is up again, even when the new one stays silent', async () => {
    const isSubscribed = await subscribed();
    const { page, close } = await visit(browser, server.payUrl);
    await isSubscribed();
    server.blockSockets(true);
    server.silenceSubscriptions(true);
    server.change(paidPatch(server.now(), null));
    server.blockSockets(false);
    await heading(page, 'Payment received').waitFor({ timeout: SOON_MS });
    expect(await page.locator('.qr').count()).toBe(0);
    await close();
  });

  test('C-8: a device whose clock is a day ahead shows the time that the server would', async () => {
    server.change({ ...pendingPayment(server.now()) }, false);
    const { page, close } = await visit(browser, server.payUrl, {
      before: (opened) => opened.addInitScript('Date.now = ((real) => () => real() + 86400000)(Date.now)'),
    });
    await page.waitForLoadState('networkidle');
    expect(await page.getByRole('timer').textContent()).toMatch(/^(?:9:5\d|10:00)$/);
    await close();
  });

  test('C-3 G-5: at 0:00 the page hides the code and says "Checking"; the server alone says that the time ran out', async () => {
    server.change({ expiresAt: new Date(server.now().getTime() + 1_500).toISOString() }, false);
    const { page, close } = await visit(browser, server.payUrl);
    await page.getByText('Checking…').waitFor({ timeout: SOON_MS });
    expect(await page.locator('.qr').isVisible()).toBe(false);
    await takeShot(page, 'checking-1280-light');
    expect(await page.getByText('Time ran out').count()).toBe(0);
    server.change({ status: 'EXPIRED', backUrl: 'https://shop.example/?status=expired' });
    await heading(page, 'Time ran out').waitFor({ timeout: SOON_MS });
    expect(await page.locator('.qr, svg path[fill="#000"]').count()).toBe(0);
    expect(await page.content()).not.toContain(INVOICE.toUpperCase());
    await close();
  });

  test('a payment of the last second turns the "Checking" page to paid, and an expired page to paid when money came late', async () => {
    server.change({ expiresAt: new Date(server.now().getTime() + 1_000).toISOString() }, false);
    const { page, close } = await visit(browser, server.payUrl);
    await page.getByText('Checking…').waitFor({ timeout: SOON_MS });
    server.change({ status: 'EXPIRED' });
    await heading(page, 'Time ran out').waitFor({ timeout: SOON_MS });
    server.change(paidPatch(server.now(), null));
    await heading(page, 'Payment received').waitFor({ timeout: SOON_MS });
    expect(await page.getByText('You can close this page.').isVisible()).toBe(true);
    await close();
  });

  test('a look that was answered late never turns a paid page back', async () => {
    const isSubscribed = await subscribed();
    const { page, close } = await visit(browser, server.payUrl);
    await isSubscribed();
    server.change({ status: 'DETECTED' });
    await page.getByRole('heading', { name: 'We see your payment' }).waitFor();
    server.change({ status: 'PENDING' });
    await page.waitForTimeout(300);
    expect(await page.getByRole('heading', { name: 'We see your payment' }).isVisible()).toBe(true);
    await close();
  });

  test('the copy button copies the invoice; when the browser refuses, the text stands there selected', async () => {
    const { page, close } = await visit(browser, server.payUrl, { context: { permissions: ['clipboard-read', 'clipboard-write'] } });
    await page.getByRole('button', { name: 'Copy invoice' }).click();
    await page.getByRole('button', { name: 'Copied' }).waitFor();
    expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(INVOICE);
    await page.evaluate(() => {
      Object.defineProperty(navigator, 'clipboard', { value: undefined });
    });
    await page.getByRole('button', { name: 'Copy invoice' }).click();
    await page.locator('.hint', { hasText: 'did not allow copying' }).waitFor();
    await expect.poll(() => page.evaluate(() => getSelection()?.toString())).toBe(INVOICE);
    await close();
  });

  test('without JavaScript the code, the invoice and the way to paid are all there', async () => {
    const { page, close } = await visit(browser, server.payUrl, { javaScript: false, width: 390, height: 844 });
    const html = await page.content();
    expect(html).toContain('http-equiv="refresh" content="15"');
    expect(await page.locator('.qr').isVisible()).toBe(true);
    expect(await page.locator('.code', { hasText: INVOICE }).locator('visible=true').count()).toBe(1);
    expect(await page.getByRole('button', { name: 'Copy invoice' }).isVisible()).toBe(false);
    await takeShot(page, 'no-script-390-light');
    server.change(paidPatch(server.now(), shop));
    await page.waitForURL(server.payUrl);
    await heading(page, 'Payment received').waitFor({ timeout: SOON_MS });
    expect(await page.getByRole('link', { name: 'Return to the shop' }).getAttribute('href')).toBe(shop);
    expect(await page.content()).not.toContain('http-equiv="refresh"');
    await close();
  });
});
