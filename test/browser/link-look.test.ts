import type { Browser } from 'playwright-core';
import type { LinkPaid } from '../../src/link-page.ts';
import type { LinkData } from '../../web/link/contract.ts';
import type { CheckoutServer } from '../support/checkout-server.ts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { browserMissing, openBrowser, visit } from '../support/browser.ts';
import { LINK_ID, OPEN_LINK, pendingPayment, startCheckoutServer } from '../support/checkout-server.ts';

const FIXED_LINK: LinkData = {
  ...OPEN_LINK,
  title: '1hr Consultation',
  description: null,
  amountFiat: '150.00',
  currency: 'USD',
  approximateSats: '173205',
};
const YEN_LINK: LinkData = { ...OPEN_LINK, currency: 'JPY', minimumFiat: '130' };
const refused = (code: string): LinkPaid => ({ code, retryAfterSeconds: null });

describe.skipIf(browserMissing() !== null)('the page of a payment link as it looks', () => {
  let browser: Browser;
  let server: CheckoutServer;
  beforeAll(async () => {
    [browser, server] = await Promise.all([openBrowser(), startCheckoutServer()]);
  });
  afterAll(async () => {
    await Promise.all([browser?.close(), server?.close()]);
  });

  test('an expired payment that came from a link leads back to it', async () => {
    server.changeLink(OPEN_LINK, refused('x'));
    server.change({ ...pendingPayment(server.now()), status: 'EXPIRED', linkId: LINK_ID }, false);
    const { page, close } = await visit(browser, server.payUrl);
    await page.getByRole('link', { name: 'Start again' }).click();
    await page.getByRole('heading', { name: 'Coffee tip' }).waitFor();
    expect(new URL(page.url()).pathname).toBe(`/pay/${LINK_ID}`);
    await close();
  });
});

describe('what goes wrong at a link is said kindly', () => {
  let server: CheckoutServer;
  beforeAll(async () => {
    server = await startCheckoutServer();
  });
  afterAll(() => server?.close());
  const send = async (fields: Record<string, string>, headers: Record<string, string> = {}) => {
    const body = new URLSearchParams(fields);
    const reply = await fetch(`${server.url}/pay/${LINK_ID}`, { method: 'POST', body, headers, redirect: 'manual' });
    return { reply, text: await reply.text() };
  };

  test.each<[string, number, string]>([
    ['amount_too_small', 400, 'The smallest amount is about €0.81.'],
    ['amount_too_large', 400, 'This amount is too large to be paid at once.'],
    ['too_many_decimals', 400, 'This amount has too many decimals.'],
    ['rate_unavailable', 503, 'Could not get today’s price. Try again.'],
    ['provider_unavailable', 503, 'We could not prepare your payment. Nothing was charged. Please try again.'],
    ['never_heard_of', 503, 'We could not prepare your payment. Nothing was charged. Please try again.'],
    ['link_sessions_limit', 429, 'Many people are paying here right now.'],
  ])('%s', async (code, status, words) => {
    server.changeLink(OPEN_LINK, refused(code));
    const { reply, text } = await send({ amount: '5' });
    expect(reply.status).toBe(status);
    expect(text).toContain(`role="alert">${words}`);
    expect(text).not.toContain(code);
  });

  test('L-13: a shop without plan and one without wallet look the same, to the byte', async () => {
    const texts: string[] = [];
    for (const code of ['trial_limit_reached', 'wallet_not_connected']) {
      server.changeLink(FIXED_LINK, refused(code));
      const { reply, text } = await send({});
      texts.push(`${reply.status} ${reply.headers.get('retry-after')} ${text}`);
    }
    expect(texts[0]).toBe(texts[1]);
    expect(texts[0]).toContain('This shop cannot take payments right now. Nothing was charged.');
    expect(texts[0]).not.toMatch(/trial|subscribe|wallet not/i);
  });

  test.each<[LinkData, string, string | null]>([
    [OPEN_LINK, '4,50', '4.50'],
    [OPEN_LINK, '4.50', '4.50'],
    [YEN_LINK, '¥5,000', '5000'],
    [FIXED_LINK, '0.01', null],
  ])('%o: typing %s asks for %s', async (link, amount, asked) => {
    server.changeLink(link, { paymentId: 'pmt_x' });
    const { reply } = await send({ amount });
    expect([reply.status, reply.headers.get('location')]).toEqual([303, '/pay/pmt_x']);
    expect(server.linkAmounts.at(-1)).toBe(asked);
  });

  test.each([
    ['', 'Please enter an amount.'],
    ['1,234', 'Please write the amount like 4.50 or 4,50.'],
    ['five', 'Please write the amount like 4.50 or 4,50.'],
    ['"><script>', 'Please write the amount like 4.50 or 4,50.'],
  ])('typing “%s” asks for nothing and keeps what was typed', async (amount, words) => {
    server.changeLink(OPEN_LINK, { paymentId: 'pmt_x' });
    const before = server.linkAmounts.length;
    const { reply, text } = await send({ amount });
    expect([reply.status, server.linkAmounts.length]).toEqual([400, before]);
    expect(text).toContain(words);
    expect(text).not.toContain('<script');
    expect(text).toMatch(/aria-invalid="true"/);
  });

  test('a tapped amount counts, not the one in the field', async () => {
    server.changeLink(OPEN_LINK, { paymentId: 'pmt_x' });
    await send({ amount: '7', pick: '20' });
    expect(server.linkAmounts.at(-1)).toBe('20');
  });

  test('a form on another site starts nothing: it leads to the page', async () => {
    server.changeLink(OPEN_LINK, { paymentId: 'pmt_x' });
    const before = server.linkAmounts.length;
    for (const site of ['cross-site', 'same-site']) {
      const { reply } = await send({ amount: '5' }, { 'sec-fetch-site': site });
      expect([reply.status, reply.headers.get('location')]).toEqual([303, `/pay/${LINK_ID}`]);
    }
    expect(server.linkAmounts.length).toBe(before);
  });

  test('the page may send its form to its own server and run nothing, and its cookie stays at this link', async () => {
    server.changeLink(OPEN_LINK, { paymentId: 'pmt_x' });
    const reply = await fetch(`${server.url}/pay/${LINK_ID}`);
    const policy = reply.headers.get('content-security-policy') ?? '';
    expect(policy).toMatch(/^default-src 'none'; script-src 'none'; style-src 'sha256-[\w+/=]+' 'sha256-[\w+/=]+'; /);
    expect(policy).toContain("connect-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'");
    expect(reply.headers.get('cache-control')).toBe('no-store');
    expect(reply.headers.get('set-cookie')).toMatch(
      new RegExp(`^avopay_visit=[\\w-]{22}; Path=/pay/${LINK_ID}; Max-Age=43200; HttpOnly; SameSite=Lax$`),
    );
  });

  test('hostile texts of a merchant stay texts', async () => {
    const hostile = `</title><img src=x onerror=alert(1)>"'><!--`;
    server.changeLink(
      { ...OPEN_LINK, title: hostile, description: hostile, merchant: { ...OPEN_LINK.merchant, name: hostile } },
      refused('x'),
    );
    const text = await (await fetch(`${server.url}/pay/${LINK_ID}`)).text();
    expect(text).not.toContain('<img');
    expect(text.match(/<\/title>/g)?.length).toBe(1);
  });

  test('a switched off link is gone, in words', async () => {
    server.changeLink({ ...OPEN_LINK, status: 'INACTIVE' }, refused('x'));
    const { reply, text } = await send({ amount: '5' });
    expect(reply.status).toBe(410);
    expect(text).toContain('This link is switched off.');
  });
});
