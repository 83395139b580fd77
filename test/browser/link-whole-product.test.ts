import type { Browser } from 'playwright-core';
import type { Avopay } from '../support/avopay.ts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startAvopay } from '../support/avopay.ts';
import { axeFaults, browserMissing, openBrowser, visit } from '../support/browser.ts';
import { ensureWebBuilt } from '../support/web-build.ts';

describe.skipIf(browserMissing() !== null)('a payment link in a real browser, with nothing faked on our side', () => {
  let browser: Browser;
  let avopay: Avopay;
  beforeAll(async () => {
    await ensureWebBuilt();
    [browser, avopay] = await Promise.all([openBrowser(), startAvopay()]);
  });
  afterAll(async () => {
    await Promise.all([browser?.close(), avopay?.stop()]);
  });

  const makeLink = async (more: object = {}) => {
    const body = { title: 'Coffee tip', currency: 'EUR', redirect_url: 'http://localhost:1/thanks?from=link', ...more };
    const { id } = (await avopay.call('POST', '/api/v1/payment-links', { body })).body;
    return { id: id as string, url: `${avopay.url}/pay/${id}` };
  };

  test('typing 4,50 leads to a payment of €4.50 under the link’s title, and paying it leads back to the shop', async () => {
    const { url } = await makeLink();
    const { page, violations, errors, close } = await visit(browser, url);
    await page.getByLabel('Amount in EUR').fill('4,50');
    await page.keyboard.press('Enter');
    await page.waitForURL(/\/pay\/pmt_/);
    await page.getByRole('heading', { name: '€4.50' }).waitFor();
    expect(await page.locator('.what').textContent()).toBe('Coffee tip');
    await page.getByRole('button', { name: 'Pay as the shopper' }).click();
    await page.getByRole('heading', { name: 'Payment received' }).waitFor();
    expect(await page.getByRole('link', { name: 'Return to the shop' }).getAttribute('href')).toMatch(
      /^http:\/\/localhost:1\/thanks\?from=link&payment_id=pmt_[0-9a-z]{26}&status=paid$/,
    );
    expect([...violations, ...errors]).toEqual([]);
    await close();
  });

  test('without JavaScript a tap on €10 starts a payment; a reload, and the way back through the link, find it again', async () => {
    const { url, id } = await makeLink();
    const { page, violations, close } = await visit(browser, url, { javaScript: false, width: 390, height: 844, touch: true });
    await page.getByRole('button', { name: 'Pay €10.00' }).click();
    await page.waitForURL(/\/pay\/pmt_/);
    const payment = page.url();
    await page.reload();
    expect(page.url()).toBe(payment);
    await page.goto(url);
    await page.getByLabel('Amount in EUR').fill('10');
    await page.getByRole('button', { name: 'Pay with bitcoin' }).click();
    await page.waitForURL(/\/pay\/pmt_/);
    expect(page.url()).toBe(payment);
    const { body } = await avopay.call('GET', `/api/v1/payments/${payment.split('/').at(-1)}`);
    expect(body).toMatchObject({ link_id: id, amount_fiat: 10, currency: 'EUR' });
    expect(violations).toEqual([]);
    await close();
  });

  test('an amount that is too small is said beside the field, with the least that can be paid', async () => {
    const { url } = await makeLink();
    const { page, close } = await visit(browser, url, { dark: true });
    await page.getByLabel('Amount in EUR').fill('0,10');
    await page.getByRole('button', { name: 'Pay with bitcoin' }).click();
    const alert = page.getByRole('alert');
    expect(await alert.textContent()).toMatch(/^The smallest amount is about €0\.8\d\.$/);
    expect(await page.evaluate(() => document.activeElement?.id)).toBe('amount');
    expect(await page.getByLabel('Amount in EUR').inputValue()).toBe('0,10');
    expect(await axeFaults(page)).toEqual([]);
    await close();
  });

  test('L-19: the button of the snippet, pasted into a blank page, opens the link', async () => {
    const { id } = await makeLink({ title: 'Book', amount: 12 });
    const { embed_html: snippet } = (await avopay.call('GET', `/api/v1/payment-links/${id}`)).body;
    const { page, close } = await visit(browser, 'about:blank');
    await page.setContent(snippet.replace('http://localhost:', 'http://127.0.0.1:'));
    await page.getByRole('link', { name: 'Pay with Bitcoin' }).click();
    await page.getByRole('button', { name: 'Pay €12.00 with bitcoin' }).waitFor();
    expect(new URL(page.url()).pathname).toBe(`/pay/${id}`);
    await close();
  });
});
