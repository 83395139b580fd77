import type { Avopay } from '../support/avopay.ts';
import type { Json } from '../support/json.ts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { csvLine } from '../../rest-adapter/csv.ts';
import { eventually, startAvopay } from '../support/avopay.ts';

let avopay: Avopay;
let key: string;
/** Newest first. */
const made: string[] = [];
const call = (method: string, path: string, as: string | null = key, body?: unknown) =>
  avopay.call(method, path, { key: as, ...(body === undefined ? {} : { body }) });
const list = async (query: string) => (await call('GET', `/api/v1/payments${query}`)).body;
const ids = async (query: string): Promise<string[]> => (await list(query)).data.map(({ payment_id }: Json) => payment_id);

beforeAll(async () => {
  avopay = await startAvopay();
  const account = (await call('POST', '/sandbox/accounts', null, {})).body;
  key = account.secret_key;
  for (let i = 0; i < 6; i++) {
    const metadata = i === 0 ? { '=cmd|calc': '"quoted", and\nbroken' } : { order: `Order-${i}`, big: 1 };
    const from = i === 5 ? account.publishable_key : key;
    const { body } = await call('POST', '/api/v1/payments', from, { amount: 20 + i, currency: 'EUR', metadata });
    made.unshift(body.payment_id);
  }
  const link = (await call('POST', '/api/v1/payment-links', key, { title: 'Tea', amount_fiat: 20, currency: 'EUR' })).body;
  made.unshift((await call('POST', `/api/v1/checkout/link/${link.id}/pay`, null)).body.payment_id);
  const { lightning_invoice: invoice } = (await call('GET', `/api/v1/payments/${made[3]}`)).body;
  await call('POST', '/sandbox/pay', null, { invoice });
  await eventually(async () => (await call('GET', `/api/v1/payments/${made[3]}`)).body.status === 'paid', 30_000);
}, 90_000);
afterAll(() => avopay.stop());

describe('GET /api/v1/payments', () => {
  test('G-12 N-4: every payment comes once, newest first, however small the pages, and each has the fields of the single one', async () => {
    const seen: string[] = [];
    for (let cursor: string | null = '', page = 0; cursor !== null && page < 20; page++) {
      const { data, next_cursor }: Json = await list(`?limit=2${cursor ? `&cursor=${cursor}` : ''}`);
      expect(data.length).toBeLessThanOrEqual(2);
      seen.push(...data.map(({ payment_id }: Json) => payment_id));
      cursor = next_cursor;
    }
    expect(seen).toEqual(made);
    const [row] = (await list('?limit=1')).data;
    const { body: single } = await call('GET', `/api/v1/payments/${row.payment_id}`);
    expect(row).toMatchObject(single);
    expect(Object.keys(row).slice(0, 7)).toEqual(Object.keys(single).slice(0, 7));
    expect([(await ids('?limit=0')).length, (await ids('?limit=1000')).length]).toEqual([1, 7]);
  });

  test('G-12: status, source, method, link and time narrow it down', async () => {
    const paid = made[3] ?? '';
    const { body } = await call('GET', `/api/v1/payments/${paid}`);
    const { link_id: linkId } = (await call('GET', `/api/v1/payments/${made[0]}`)).body;
    expect(await ids('?status=paid')).toEqual([paid]);
    expect(await ids('?status=pending')).toEqual(made.filter((id) => id !== paid));
    expect(await ids('?status=paid,pending')).toEqual(made);
    expect(await ids('?status=expired')).toEqual([]);
    expect(await ids('?method=lightning')).toEqual([paid]);
    expect(await ids('?source=publishable')).toEqual([made[1]]);
    expect(await ids(`?link_id=${linkId}`)).toEqual([made[0]]);
    expect(await ids(`?from=${body.created_at}`)).toEqual(made.slice(0, 4));
    expect(await ids(`?to=${body.created_at}`)).toEqual(made.slice(4));
    expect(await ids('?from=2100-01-01')).toEqual([]);
    expect(await ids('?mode=test')).toEqual([]);
  });

  test('G-12: q finds an id, a transaction, and words of the metadata, and takes no pattern', async () => {
    const paid = (await list('?status=paid')).data[0];
    expect(await ids(`?q=${made[2]}`)).toEqual([made[2]]);
    expect(await ids(`?q=${paid.txid}`)).toEqual([paid.payment_id]);
    expect(await ids('?q=order-2')).toEqual([made[4]]);
    expect(await ids('?q=%25')).toEqual([]);
    expect(await ids('?q=O_der')).toEqual([]);
  });

  test.each([
    ['status=settled', 'status must be pending, paid or expired'],
    ['from=yesterday', 'from must be a day or time like 2026-05-15 or 2026-05-15T14:23:00Z'],
    ['to=2026-13-01', 'to must be a day or time like 2026-05-15 or 2026-05-15T14:23:00Z'],
    ['method=cash', 'method must be lightning or liquid'],
    ['source=phone', 'source must be secret, publishable, link or dashboard'],
    [`q=${'x'.repeat(101)}`, 'q must have at most 100 characters of plain text'],
    ['q=%00', 'q must have at most 100 characters of plain text'],
    ['cursor=x', 'cursor must be one that this list answered'],
    ['cursor=MTcg', 'cursor must be one that this list answered'],
  ])('%s is refused in words', async (query, error) => {
    expect(await call('GET', `/api/v1/payments?${query}`)).toMatchObject({ status: 400, body: { error } });
  });

  test('a cursor holds for the account and the list that gave it, and no other', async () => {
    const { next_cursor: cursor } = await list('?limit=1');
    expect(await call('GET', `/api/v1/payments?cursor=${cursor}`, avopay.demo.secret_key)).toMatchObject({
      status: 400,
      body: { code: 'invalid_cursor' },
    });
    expect(await call('GET', `/api/v1/payment-links?cursor=${cursor}`)).toMatchObject({ status: 400, body: { code: 'invalid_cursor' } });
    expect((await call('GET', '/api/v1/payments', avopay.demo.secret_key)).body.data.map((row: Json) => row.payment_id)).not.toContain(
      made[0],
    );
  });

  test('G-11: lists and single payments are never stored on the way', async () => {
    for (const path of ['/api/v1/payments', `/api/v1/payments/${made[0]}`, '/api/v1/payments.csv'])
      expect((await call('GET', path)).headers.get('cache-control'), path).toBe('no-store');
  });
});

describe('GET /api/v1/payments.csv', () => {
  test('G-12: gives every payment with fees and net, and no cell that a spreadsheet would run', async () => {
    const reply = await call('GET', '/api/v1/payments.csv');
    expect([reply.status, reply.headers.get('content-type')]).toEqual([200, 'text/csv; charset=utf-8']);
    expect(reply.headers.get('content-disposition')).toBe('attachment; filename="payments.csv"');
    const lines = reply.text.split('\r\n');
    expect(lines[0]).toMatch(/^payment_id,status,created_at,paid_at,amount_fiat,currency,amount_sats,received_sats,fees_sats,net_sats,/);
    expect(lines.slice(1, 8).map((line) => line.split(',')[0])).toEqual(made);
    const [, status, , , fiat, currency, amount, received, fees, net] = (lines[4] ?? '').split(',');
    expect([status, fiat, currency]).toEqual(['paid', '23', 'EUR']);
    expect(BigInt(received ?? '') - BigInt(fees ?? '')).toBe(BigInt(net ?? ''));
    expect(Number(amount)).toBe(Number(received));
    expect(lines[7]).toContain('"{""=cmd|calc"":""\\""quoted\\"", and\\nbroken""}"');
    expect((await call('GET', '/api/v1/payments.csv?status=paid')).text.trim().split('\r\n')).toHaveLength(2);
  });

  test('G-12: the file goes on over many pages', async () => {
    const { account_id: accountId, secret_key: other } = (await call('POST', '/sandbox/accounts', null, {})).body;
    await avopay.db.query(
      `INSERT INTO "Payment" SELECT (p).* FROM (SELECT jsonb_populate_record(p, jsonb_build_object('id', 'pmt_' || lpad(n::text, 26, '0'), 'accountId', $1::text)) AS p
       FROM "Payment" p, generate_series(1, 250) n WHERE p.id = $2) copies`,
      [accountId, made[2]],
    );
    const lines = (await call('GET', '/api/v1/payments.csv', other)).text.trim().split('\r\n');
    expect(lines).toHaveLength(251);
    expect(new Set(lines.slice(1).map((line) => line.split(',')[0])).size).toBe(250);
  });

  test.each([
    ['=1+1', "'=1+1"],
    ['+49 30 1234', "'+49 30 1234"],
    ['-2+3', "'-2+3"],
    ['@SUM(A1)', "'@SUM(A1)"],
    ['\t=1', "'\t=1"],
    ['  =1', "'  =1"],
    ['＝1+1', "'＝1+1"],
    ['-49.99', '-49.99'],
    ['plain', 'plain'],
    ['a,b', '"a,b"'],
    ['say "hi"', '"say ""hi"""'],
    ['\r=1', '"\'\r=1"'],
  ])('the cell %j is written as %j', (cell, written) => {
    expect(csvLine([cell])).toBe(`${written}\r\n`);
  });
});

test('L-15: links can be listed by status, page by page', async () => {
  const { id } = (await call('POST', '/api/v1/payment-links', key, { title: 'Gone', currency: 'EUR' })).body;
  await call('DELETE', `/api/v1/payment-links/${id}`);
  const links = (await call('GET', '/api/v1/payment-links?status=inactive&limit=1')).body;
  expect(links).toMatchObject({ data: [{ id, status: 'inactive' }], next_cursor: null });
  expect((await call('GET', '/api/v1/payment-links?status=active&limit=1')).body.data).toMatchObject([{ title: 'Tea' }]);
});

test('paymentStats and providers say what was paid, and what Lightning takes now', async () => {
  const query =
    '{ paymentStats(days: 2) { currency started paid fiat sats days { day paid fiat } } providers { name state minimumSats maximumSats feePercent lastSuccessAt } }';
  const { data } = (await call('POST', '/graphql', key, { query })).body;
  const { amount_sats: sats } = (await list('?status=paid')).data[0];
  expect(data.paymentStats).toMatchObject([{ currency: 'EUR', started: 7, paid: 1, fiat: '23.00', sats: String(sats) }]);
  expect(data.paymentStats[0].days.map(({ paid }: Json) => paid)).toHaveLength(2);
  expect(data.paymentStats[0].days.reduce((sum: number, day: Json) => sum + day.paid, 0)).toBe(1);
  expect(data.providers).toMatchObject([{ name: 'sandbox', state: 'up', feePercent: expect.stringMatching(/^0\.\d+$/) }]);
  expect(Number(data.providers[0].minimumSats)).toBeLessThan(Number(data.providers[0].maximumSats));
  expect(Date.parse(data.providers[0].lastSuccessAt)).not.toBeNaN();
  const refused = (await call('POST', '/graphql', key, { query: '{ paymentStats(days: 367) { paid } }' })).body;
  expect(refused.errors[0]).toMatchObject({ message: 'days must be 1 to 366', extensions: { code: 'invalid_days' } });
});

test('GET /events gives every event of the account once, in order, from any place, of any types', async () => {
  const all = (await call('GET', '/api/v1/events?limit=100')).body.data;
  expect(all.map(({ type }: Json) => type)).toEqual(expect.arrayContaining(['link.created', 'payment.created', 'payment.confirmed']));
  expect(all.map(({ sequence }: Json) => Number(sequence))).toEqual(all.map((_: Json, i: number) => i + 1));
  const seen: string[] = [];
  for (let after: string | null = '0', page = 0; after !== null && page < 20; page++) {
    const { data, next_cursor }: Json = (await call('GET', `/api/v1/events?limit=5&after=${after}`)).body;
    seen.push(...data.map(({ id }: Json) => id));
    after = next_cursor;
  }
  expect(seen).toEqual(all.map(({ id }: Json) => id));
  const paid = (await call('GET', '/api/v1/events?types=payment.confirmed')).body.data;
  expect(paid).toMatchObject([{ type: 'payment.confirmed', subject_id: made[3] }]);
  expect((await call('GET', '/api/v1/events', avopay.demo.secret_key)).body.data.map((event: Json) => event.subject_id)).not.toContain(
    made[3],
  );
  expect(await call('GET', '/api/v1/events?after=-1')).toMatchObject({ status: 400, body: { code: 'invalid_sequence' } });
});
