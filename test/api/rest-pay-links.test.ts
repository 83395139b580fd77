import type { Avopay } from '../support/avopay.ts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { LINK_OPEN_SESSIONS_MAX } from '../../src/links/pay-link.ts';
import { eventually, startAvopay } from '../support/avopay.ts';
import { CHEAP, FIXED, linkCalls, OPEN, UNKNOWN } from '../support/link-calls.ts';

let avopay: Avopay;
beforeAll(async () => {
  avopay = await startAvopay();
});
afterAll(() => avopay.stop());

const { create, linkOf, makeAccount, pay, paymentOf } = linkCalls(() => avopay);

describe('GET /api/v1/checkout/link/:link_id', () => {
  test('L-8: says the documented fields to everybody, and nothing of the account but its name', async () => {
    const read = async (id: string) => (await avopay.call('GET', `/api/v1/checkout/link/${id}`, { key: null })).text;
    const [fixed, open] = [await linkOf({ ...FIXED, amount_fiat: 5 }), await linkOf(OPEN)];
    expect(await read(fixed)).toBe(
      `{"id":"${fixed}","title":"1hr Consultation","description":null,"amount_fiat":5,"currency":"USD","status":"active","merchant_name":"Alba Coffee Roasters"}`,
    );
    expect(JSON.parse(await read(open))).toMatchObject({ amount_fiat: null, currency: 'EUR' });
  });

  test('L-9: an inactive link is read with its status, an unknown one is answered 404', async () => {
    const id = await linkOf();
    await avopay.call('DELETE', `/api/v1/payment-links/${id}`);
    expect(await avopay.call('GET', `/api/v1/checkout/link/${id}`, { key: null })).toMatchObject({
      status: 200,
      body: { status: 'inactive' },
    });
    for (const unknown of [UNKNOWN, 'lnk_1', 'x']) {
      expect(await avopay.call('GET', `/api/v1/checkout/link/${unknown}`, { key: null })).toMatchObject({
        status: 404,
        body: { error: 'Payment link not found' },
      });
    }
  });

  test('B-8: browsers of any site may read and pay a link, and manage none', async () => {
    const id = await linkOf();
    const headers = { origin: 'https://shop.example' };
    for (const [path, method] of [
      [`/api/v1/checkout/link/${id}`, 'GET'],
      [`/api/v1/checkout/link/${id}/pay`, 'POST'],
    ] as const) {
      const preflight = await avopay.call('OPTIONS', path, { key: null, headers: { ...headers, 'access-control-request-method': method } });
      expect([preflight.status, preflight.headers.get('access-control-allow-origin')]).toEqual([204, '*']);
      expect((await avopay.call(method, path, { key: null, headers })).headers.get('access-control-allow-origin')).toBe('*');
    }
    expect((await create(FIXED, { headers })).headers.get('access-control-allow-origin')).toBeNull();
  });
});

describe('POST /api/v1/checkout/link/:link_id/pay', () => {
  test('L-10: answers 201 with payment and page, without any key', async () => {
    const id = await linkOf();
    const session = await pay(id);
    expect(session.status).toBe(201);
    expect(session.text).toMatch(/^\{"payment_id":"pmt_[0-9a-z]{26}","checkout_url":"http:\/\/localhost:\d+\/pay\/pmt_[0-9a-z]{26}",/);
    expect(await paymentOf(session)).toMatchObject({ link_id: id, amount_fiat: 150, currency: 'USD', metadata: {}, status: 'pending' });
  });

  test.each([
    [{ amount_fiat: 0.01 }],
    [{ amount: 1, currency: 'EUR' }],
    [{ amount_fiat: -1 }],
    [{ amount_fiat: 1e308, currency: 'XXX' }],
    [{ currency: 'JPY' }],
    [{}],
  ])('L-11: a fixed link is paid at its own price, whatever %j says', async (body) => {
    expect(await paymentOf(await pay(await linkOf(), body))).toMatchObject({ amount_fiat: 150, currency: 'USD' });
  });

  test('L-11: an open link takes the amount, in its own currency unless another is named', async () => {
    const id = await linkOf(OPEN);
    expect(await paymentOf(await pay(id, { amount_fiat: 10.0 }))).toMatchObject({ amount_fiat: 10, currency: 'EUR' });
    expect(await paymentOf(await pay(id, { amount_fiat: '7.50', currency: 'eur' }))).toMatchObject({ amount_fiat: 7.5, currency: 'EUR' });
    expect(await paymentOf(await pay(id, { amount: 10, currency: 'USD' }))).toMatchObject({ amount_fiat: 10, currency: 'USD' });
  });

  test.each([
    [{}, 'amount_fiat is required for this link'],
    [undefined, 'amount_fiat is required for this link'],
    [{ amount_fiat: null, currency: 'EUR' }, 'amount_fiat is required for this link'],
    [{ amount_fiat: 10, currency: 'SEK' }, 'currency must be one of EUR, USD, GBP, CAD, AUD, JPY, CHF, DKK, BRL'],
    [{ amount_fiat: 'ten' }, 'amount must be a positive number'],
    [{ amount_fiat: 9.999 }, 'too many decimal places for EUR'],
    [{ amount_fiat: 0.01 }, 'Amount too small — minimum is 1000 sats equivalent'],
  ])('L-11: an open link refuses %j in the documented words', async (body, error) => {
    expect(await pay(await linkOf(OPEN), body)).toMatchObject({ status: 400, body: { error } });
  });

  test('L-21: a fixed price that has fallen under 1000 sats is refused when it is paid, and its merchant is warned', async () => {
    const id = await linkOf({ title: 'Sticker', amount_fiat: 0.5, currency: 'EUR' });
    expect(await pay(id)).toMatchObject({ status: 400, body: { error: 'Amount too small — minimum is 1000 sats equivalent' } });
    expect((await avopay.call('GET', `/api/v1/payment-links/${id}`)).body).toMatchObject({ below_minimum: true });
    expect((await avopay.call('GET', `/api/v1/payment-links/${await linkOf()}`)).body).toMatchObject({ below_minimum: false });
  });

  test('L-12: an unknown link is answered 404, a switched off one 410 before its amount is judged', async () => {
    expect(await pay(UNKNOWN, {})).toMatchObject({ status: 404, body: { error: 'Payment link not found' } });
    const id = await linkOf(OPEN);
    await avopay.call('PATCH', `/api/v1/payment-links/${id}`, { body: { status: 'inactive' } });
    expect(await pay(id, {})).toMatchObject({ status: 410, body: { error: 'Payment link is inactive', code: 'payment_link_inactive' } });
  });

  test('L-13: trial and wallet are refused in the words that payments use', async () => {
    const { secret_key: poor } = await makeAccount({ plan: 'trial', trial_used: 5, wallet: 'none' });
    expect(await pay(await linkOf(FIXED, poor))).toMatchObject({
      status: 402,
      body: { error: 'trial_limit_reached: subscribe at avopay.dev' },
    });
    const { secret_key: bare } = await makeAccount({ wallet: 'none' });
    expect(await pay(await linkOf(FIXED, bare))).toMatchObject({
      status: 400,
      body: { error: 'Wallet not connected — connect your AQUA wallet first' },
    });
  });

  test('P-18: a paid link payment counts for the trial like any other', async () => {
    const { secret_key: key } = await makeAccount({ plan: 'trial', trial_used: 4 });
    const id = await linkOf(CHEAP, key);
    const session = await pay(id);
    const { lightning_invoice: invoice } = await paymentOf(session, key);
    await avopay.call('POST', '/sandbox/pay', { body: { invoice }, key: null });
    await eventually(async () => (await paymentOf(session, key)).status === 'paid');
    expect(await pay(id)).toMatchObject({ status: 402 });
  });

  test('L-16: a link is paid any number of times, each time anew', async () => {
    const id = await linkOf();
    const sessions = await Promise.all(Array.from({ length: 5 }, () => pay(id)));
    expect(new Set(sessions.map(({ body }) => body.payment_id)).size).toBe(5);
  });

  test('the same Idempotency-Key answers the same payment; the same key at another link is another payment', async () => {
    const [one, other] = [await linkOf(OPEN), await linkOf(OPEN)];
    const headers = { 'idempotency-key': 'tip-1' };
    const [first, again, elsewhere] = [
      await pay(one, { amount_fiat: 5 }, headers),
      await pay(one, { amount_fiat: 5 }, headers),
      await pay(other, { amount_fiat: 5 }, headers),
    ];
    expect(again.text).toBe(first.text);
    expect(again.headers.get('idempotent-replayed')).toBe('true');
    expect(elsewhere.body.payment_id).not.toBe(first.body.payment_id);
    expect(await pay(one, { amount_fiat: 6 }, headers)).toMatchObject({ status: 409, body: { code: 'idempotency_key_reused' } });
  });

  test(`L-14: a link with ${LINK_OPEN_SESSIONS_MAX} open sessions asks to come back when the first of them ends`, async () => {
    const id = await linkOf();
    const { body } = await pay(id);
    const more = (count: number, letter: string) =>
      avopay.db.query(
        `INSERT INTO "Payment" SELECT (jsonb_populate_record(p, jsonb_build_object('id', 'pmt_${letter}' || lpad(n::text, 25, '0')))).*
         FROM "Payment" p, generate_series(1, ${count}) n WHERE p.id = $1`,
        [body.payment_id],
      );
    await more(LINK_OPEN_SESSIONS_MAX - 2, 'a');
    expect((await pay(id)).status).toBe(201);
    const full = await pay(id);
    await avopay.db.query(`DELETE FROM "Payment" WHERE id LIKE 'pmt_a000%'`);
    expect(full).toMatchObject({ status: 429, body: { code: 'link_sessions_limit' } });
    const seconds = Number(full.headers.get('retry-after'));
    expect(full.body.error).toBe(`Too many requests — retry in ${seconds} seconds`);
    expect(seconds).toBeGreaterThan(500);
    expect(seconds).toBeLessThanOrEqual(600);
    expect((await pay(await linkOf())).status).toBe(201);
    expect((await pay(id)).status).toBe(201);
  });
});

test('when the provider is away, paying a link is answered 503 in the documented words', async () => {
  const away = await startAvopay({ SWAP_PROVIDERS: 'away=http://127.0.0.1:9' });
  try {
    const { body: link } = await away.call('POST', '/api/v1/payment-links', { body: FIXED });
    const reply = await away.call('POST', `/api/v1/checkout/link/${link.id}/pay`, { key: null });
    expect([reply.status, reply.body.error]).toEqual([503, 'Payment provider unavailable — please retry']);
  } finally {
    await away.stop();
  }
});
