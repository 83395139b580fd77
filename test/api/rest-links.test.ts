import type { Avopay } from '../support/avopay.ts';
import type { Json } from '../support/json.ts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { eventually, startAvopay } from '../support/avopay.ts';
import { CHEAP, FIXED, linkCalls, OPEN, UNKNOWN } from '../support/link-calls.ts';

let avopay: Avopay;
beforeAll(async () => {
  avopay = await startAvopay();
});
afterAll(() => avopay.stop());

const { create, linkOf, makeAccount, pay, paymentOf } = linkCalls(() => avopay);

describe('POST /api/v1/payment-links', () => {
  test('L-4: answers 201 with the documented five fields first, in their order', async () => {
    const { status, text, body } = await create();
    expect(status).toBe(201);
    expect(text).toMatch(
      /^\{"id":"lnk_[0-9a-z]{26}","url":"http:\/\/localhost:\d+\/pay\/lnk_[0-9a-z]{26}","amount_fiat":150,"currency":"USD","status":"active",/,
    );
    expect(body).toMatchObject({ title: FIXED.title, description: null, redirect_url: FIXED.redirect_url, paid_count: 0, mode: 'live' });
  });

  test('B-10 L-1: a publishable key is answered 403, no key 401, both before the body is judged', async () => {
    expect(await create({}, { key: avopay.demo.publishable_key })).toMatchObject({
      status: 403,
      body: { error: 'Secret key required for this endpoint' },
    });
    expect(await create({}, { key: null })).toMatchObject({ status: 401, body: { error: 'Invalid or missing API key' } });
  });

  test('L-3: amount is taken for amount_fiat, so that no caller makes an open link by mistake', async () => {
    expect((await create({ title: 'x', amount: 12.5, currency: 'EUR' })).body).toMatchObject({ amount_fiat: 12.5 });
    expect((await create({ title: 'x', amount: 12.5, amount_fiat: 12.5, currency: 'EUR' })).status).toBe(201);
    expect((await create({ title: 'x', amount: 12.5, amount_fiat: 13, currency: 'EUR' })).status).toBe(400);
  });

  test.each([[undefined], [null]])('L-5: amount_fiat %s makes an open link', async (amount) => {
    expect((await create({ ...OPEN, amount_fiat: amount })).body).toMatchObject({ amount_fiat: null, currency: 'EUR', status: 'active' });
  });

  test.each(
    (
      [
        [{}, 'title and currency are required'],
        [{ title: 'x' }, 'title and currency are required'],
        [{ currency: 'EUR' }, 'title and currency are required'],
        [{ ...OPEN, title: '   ' }, 'title must have 1 to 120 characters'],
        [{ ...OPEN, title: 'x'.repeat(121) }, 'title must have 1 to 120 characters'],
        [{ ...OPEN, title: 'pay \u202egnp.exe' }, 'title must be plain text on one line'],
        [{ ...OPEN, title: 'two\nlines' }, 'title must be plain text on one line'],
        [{ ...OPEN, title: 'nul\u0000' }, 'title must be plain text on one line'],
        [{ ...OPEN, description: 'x'.repeat(501) }, 'description must be a text of at most 500 characters'],
        [{ ...OPEN, currency: 'SEK' }, 'currency must be one of EUR, USD, GBP, CAD, AUD, JPY, CHF, DKK, BRL'],
        [{ ...OPEN, amount_fiat: 0 }, 'amount must be a positive number'],
        [{ ...OPEN, amount_fiat: '' }, 'amount must be a positive number'],
        [{ ...OPEN, amount_fiat: -5 }, 'amount must be a positive number'],
        [{ ...OPEN, amount_fiat: 4.999 }, 'too many decimal places for EUR'],
        [{ ...OPEN, currency: 'JPY', amount_fiat: 5.5 }, 'too many decimal places for JPY'],
        [{ ...OPEN, redirect_url: 'javascript:alert(1)' }, 'redirect_url must be an absolute https address of at most 2048 characters'],
      ] as const
    ).map(([body, error]) => [JSON.stringify(body).slice(0, 60), body, error] as const),
  )('L-6 L-7: %s is refused in words', async (_shown, body, error) => {
    expect(await create(body)).toMatchObject({ status: 400, body: { error } });
  });

  test('L-6: 120 characters of a title count as a reader counts them', async () => {
    expect((await create({ ...OPEN, title: '☕'.repeat(120), description: 'one\r\ntwo' })).body).toMatchObject({ description: 'one\ntwo' });
  });

  test('the same Idempotency-Key answers the same link, with another body 409', async () => {
    const headers = { 'idempotency-key': 'link-1' };
    const [first, again] = [await create(FIXED, { headers }), await create(FIXED, { headers })];
    expect([again.body.id, again.headers.get('idempotent-replayed')]).toEqual([first.body.id, 'true']);
    expect(await create(OPEN, { headers })).toMatchObject({ status: 409, body: { code: 'idempotency_key_reused' } });
    const many = await Promise.all(Array.from({ length: 10 }, () => create(FIXED, { headers: { 'idempotency-key': 'link-2' } })));
    expect(new Set(many.filter(({ status }) => status === 201).map(({ body }) => body.id)).size).toBe(1);
  });
});

describe('managing links', () => {
  test('L-15: words, return address and status change; absent fields stay and null clears', async () => {
    const id = await linkOf({ ...FIXED, description: 'By video' });
    const patch = (body: object) => avopay.call('PATCH', `/api/v1/payment-links/${id}`, { body });
    expect(await patch({ title: 'Two hours' })).toMatchObject({
      status: 200,
      body: { id, title: 'Two hours', description: 'By video', redirect_url: FIXED.redirect_url },
    });
    expect((await patch({ description: null, redirect_url: null })).body).toMatchObject({ description: null, redirect_url: null });
    expect((await patch({ status: 'inactive' })).body).toMatchObject({ status: 'inactive', title: 'Two hours' });
    expect((await patch({ status: 'active' })).body).toMatchObject({ status: 'active' });
    expect((await avopay.call('GET', `/api/v1/payment-links/${id}`)).body).toMatchObject({ title: 'Two hours', status: 'active' });
  });

  test('L-15: price and currency cannot change, not even from open to fixed; a link sent back whole is fine', async () => {
    const id = await linkOf();
    const patch = (link: string, body: object) => avopay.call('PATCH', `/api/v1/payment-links/${link}`, { body });
    const error = 'amount_fiat and currency of a link cannot be changed — create a new link';
    for (const body of [{ amount_fiat: 151 }, { amount: 1 }, { amount_fiat: null }, { currency: 'EUR' }, { currency: 'SEK' }]) {
      expect(await patch(id, body), JSON.stringify(body)).toMatchObject({ status: 400, body: { error } });
    }
    expect(await patch(await linkOf(OPEN), { amount_fiat: 5 })).toMatchObject({ status: 400, body: { error } });
    const whole = (await avopay.call('GET', `/api/v1/payment-links/${id}`)).body;
    expect(await patch(id, whole)).toMatchObject({ status: 200, body: { amount_fiat: 150 } });
    expect(await patch(id, { status: 'gone' })).toMatchObject({ status: 400, body: { error: 'status must be active or inactive' } });
  });

  test('L-15: DELETE switches a link off, also twice, and its payments go on', async () => {
    const id = await linkOf(CHEAP);
    const session = await pay(id);
    for (let i = 0; i < 2; i++) {
      expect(await avopay.call('DELETE', `/api/v1/payment-links/${id}`)).toMatchObject({ status: 200, body: { id, status: 'inactive' } });
    }
    const { lightning_invoice: invoice } = await paymentOf(session);
    await avopay.call('POST', '/sandbox/pay', { body: { invoice }, key: null });
    expect(await eventually(async () => (await paymentOf(session)).status === 'paid')).toBe(true);
    expect((await avopay.call('GET', `/api/v1/payment-links/${id}`)).body).toMatchObject({ status: 'inactive', paid_count: 1 });
  });

  test('L-15 N-4: lists page through all links newest first, without repeats, and can be filtered', async () => {
    const { secret_key: key } = await makeAccount({});
    const made: string[] = [];
    for (let i = 0; i < 5; i++) made.unshift(await linkOf({ ...OPEN, title: `link ${i}` }, key));
    await avopay.call('DELETE', `/api/v1/payment-links/${made[1]}`, { key });
    const list = async (query: string) => (await avopay.call('GET', `/api/v1/payment-links${query}`, { key })).body;
    const seen: string[] = [];
    for (let cursor: string | null = '', page = 0; cursor !== null && page < 9; page++) {
      const { data, next_cursor }: Json = await list(`?limit=2${cursor ? `&cursor=${cursor}` : ''}`);
      expect(data.length).toBeLessThanOrEqual(2);
      seen.push(...data.map((link: Json) => link.id));
      cursor = next_cursor;
    }
    expect(seen).toEqual(made);
    expect((await list('?status=inactive')).data.map((link: Json) => link.id)).toEqual([made[1]]);
    expect((await list('?limit=abc')).data).toHaveLength(5);
    expect(await avopay.call('GET', '/api/v1/payment-links?status=gone', { key })).toMatchObject({ status: 400 });
    expect(await avopay.call('GET', '/api/v1/payment-links?cursor=gone', { key })).toMatchObject({
      status: 400,
      body: { code: 'invalid_cursor' },
    });
  });

  test('unknown, malformed and foreign ids look the same, and stay as they are', async () => {
    const { secret_key: theirs } = await makeAccount({});
    const foreign = await linkOf(FIXED, theirs);
    for (const id of [UNKNOWN, 'lnk_1', 'pmt_1', '%00', foreign]) {
      for (const [method, body] of [['GET'], ['PATCH', { title: 'mine now' }], ['DELETE']] as const) {
        const reply = await avopay.call(method, `/api/v1/payment-links/${id}`, body ? { body } : {});
        expect([reply.status, reply.body.error], `${method} ${id}`).toEqual([404, 'Payment link not found']);
      }
    }
    expect((await avopay.call('GET', `/api/v1/payment-links/${foreign}`, { key: theirs })).body).toMatchObject({
      title: FIXED.title,
      status: 'active',
    });
  });

  test('A-4 L-1: a publishable key reads and changes no link', async () => {
    const id = await linkOf();
    for (const [method, path] of [
      ['GET', ''],
      ['GET', `/${id}`],
      ['PATCH', `/${id}`],
      ['DELETE', `/${id}`],
    ] as const) {
      const reply = await avopay.call(method, `/api/v1/payment-links${path}`, { key: avopay.demo.publishable_key });
      expect([reply.status, reply.body.error]).toEqual([403, 'Secret key required for this endpoint']);
    }
  });
});
