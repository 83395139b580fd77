import type { Browser } from 'playwright-core';
import type { CheckoutServer } from '../support/checkout-server.ts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { axeFaults, browserMissing, horizontalOverflow, openBrowser, qrTextFromScreenshot, takeShot, visit } from '../support/browser.ts';
import { INVOICE, LIQUID, pendingPayment, startCheckoutServer } from '../support/checkout-server.ts';

describe.skipIf(browserMissing() !== null)('the checkout page as it looks', () => {
  let browser: Browser;
  let server: CheckoutServer;
  let sandbox: CheckoutServer;

  beforeAll(async () => {
    [browser, server, sandbox] = await Promise.all([openBrowser(), startCheckoutServer(), startCheckoutServer({ sandbox: true })]);
  });
  afterAll(async () => {
    await Promise.all([browser?.close(), server?.close(), sandbox?.close()]);
  });

  test.each([
    [320, true],
    [390, false],
    [390, true],
    [1280, false],
    [1280, true],
  ])('C-2: the code on a screen %i wide (dark: %s) reads as the invoice', async (width, dark) => {
    server.change(pendingPayment(server.now()), false);
    const { page, close } = await visit(browser, server.payUrl, { width, height: 844, dark, touch: width < 500 });
    const text = await qrTextFromScreenshot(page, page.locator('.qr'));
    expect(text).toBe(`LIGHTNING:${INVOICE.toUpperCase()}`);
    expect(await page.locator('a.open').getAttribute('href')).toBe(`lightning:${INVOICE}`);
    await close();
  });

  test('C-2 C-9: the keyboard reaches the Liquid code, which reads as the payment URI with its amount', async () => {
    server.change({ ...pendingPayment(server.now()), liquid: LIQUID, liquidState: 'OFFERED' }, false);
    const { page, close } = await visit(browser, server.payUrl, { dark: true });
    await page.getByRole('tab', { name: 'Lightning' }).focus();
    await page.keyboard.press('ArrowRight');
    expect(await page.getByRole('tab', { name: 'Liquid (L-BTC)' }).getAttribute('aria-selected')).toBe('true');
    expect(await page.evaluate(() => document.activeElement?.id)).toBe('tab-liquid');
    expect(await qrTextFromScreenshot(page, page.locator('#panel-liquid .qr'))).toBe(LIQUID.uri);
    await page.reload();
    await page.locator('#panel-liquid .qr').waitFor({ state: 'visible' });
    await close();
  });

  test('in the sandbox the page says that no money is real, and the shopper pays the invoice shown', async () => {
    sandbox.change(pendingPayment(sandbox.now()), false);
    const { page, violations, close } = await visit(browser, sandbox.payUrl, { width: 390, height: 844, touch: true });
    expect(await page.getByText('Sandbox: no real money').isVisible()).toBe(true);
    await page.getByRole('button', { name: 'Pay as the shopper' }).click();
    await page.locator('.shopper .hint', { hasText: 'The shopper has paid.' }).waitFor();
    expect(sandbox.shopperInvoices).toEqual([INVOICE]);
    await takeShot(page, 'sandbox-390-light');
    expect(await axeFaults(page)).toEqual([]);
    await page.goto(sandbox.url);
    await page.getByText('Try it in the sandbox').waitFor();
    await takeShot(page, 'landing-sandbox-390-light');
    expect(await axeFaults(page)).toEqual([]);
    expect(await horizontalOverflow(page)).toBe(0);
    expect(violations).toEqual([]);
    await close();
  });
});
