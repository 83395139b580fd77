import type { Avopay } from '../support/avopay.ts';
import type { Json } from '../support/json.ts';
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { eventually, startAvopay } from '../support/avopay.ts';
import { wholeDatabase } from '../support/whole-database.ts';
import { ensureWebBuilt } from '../support/web-build.ts';

let avopay: Avopay;
beforeAll(async () => {
  await ensureWebBuilt();
  avopay = await startAvopay({ RATE_LIMITS: 'on' });
});
afterAll(() => avopay.stop());

const world = async (method: string, path: string, body?: object): Promise<Json> =>
  (await avopay.call(method, `/sandbox${path}`, { key: null, ...(body === undefined ? {} : { body }) })).body;
const wind = (seconds: number) => world('POST', '/clock', { advance_s: seconds });
const create = (body: object) => avopay.call('POST', '/api/v1/payments', { body });
const read = async (id: string): Promise<Json> => (await avopay.call('GET', `/api/v1/payments/${id}`)).body;
/** By itself, and by a press. */
const waysBack = async (id: string): Promise<Json[]> => {
  const query = `{ checkout(paymentId: "${id}") { redirectUrl backUrl } }`;
  const { redirectUrl, backUrl } = (await avopay.call('POST', '/graphql', { key: null, body: { query } })).body.data.checkout;
  return [redirectUrl, backUrl];
};
const newLink = async (): Promise<string> =>
  (await avopay.call('POST', '/api/v1/payment-links', { body: { title: 'Tip', amount_fiat: 5, currency: 'EUR' } })).body.id;

test('P-14: what comes to exactly 1000 sats is taken, what comes to 999 is refused in the documented words', async () => {
  const exact = await create({ amount: 5.98, currency: 'DKK' }); // at the prices of sandbox/rates, which do not move
  expect([exact.status, (await read(exact.body.payment_id)).amount_sats]).toEqual([201, 1000]);
  const short = await create({ amount: 4.67, currency: 'BRL' });
  expect([short.status, short.body.error]).toEqual([400, 'Amount too small — minimum is 1000 sats equivalent']);
});

test('P-8: five thousand yen are whole, and half a yen more is refused', async () => {
  const { payment_id } = (await create({ amount: 5000, currency: 'JPY' })).body;
  expect((await read(payment_id)).amount_fiat).toBe(5000);
  expect((await create({ amount: 5000.5, currency: 'JPY' })).body.error).toBe('too many decimal places for JPY');
});

test('P-10 C-3: an expired payment sends nobody back by itself, and offers the way back with status=expired', async () => {
  const { payment_id: id } = (await create({ amount: 5, currency: 'EUR', redirect_url: 'https://shop.example/done?a=1#top' })).body;
  expect(await waysBack(id)).toEqual([null, null]);
  await wind(700);
  await eventually(async () => (await read(id)).status === 'expired');
  expect(await waysBack(id)).toEqual([null, `https://shop.example/done?a=1&payment_id=${id}&status=expired#top`]);
});

test('L-14: paying a link spends from the thirty payments a minute of its payer’s address', async () => {
  const link = await newLink();
  await wind(60);
  const statuses: number[] = [];
  for (let i = 0; i < 29; i++) statuses.push((await create({})).status);
  const pay = () => avopay.call('POST', `/api/v1/checkout/link/${link}/pay`, { key: null, body: {} });
  statuses.push((await pay()).status);
  expect([new Set(statuses), statuses.at(-1)]).toEqual([new Set([400, 201]), 201]);
  expect([(await pay()).status, (await create({})).status]).toEqual([429, 429]);
  await wind(60);
  expect((await pay()).status).toBe(201);
});

test('N-4: without a limit a list has twenty rows, and never more than a hundred', async () => {
  await wind(60);
  const made: string[] = [];
  for (let i = 0; i < 22; i++) made.push(await newLink());
  const page = async (query: string): Promise<Json> => (await avopay.call('GET', `/api/v1/payment-links${query}`)).body;
  const first = await page('');
  expect(first.data.map(({ id }: Json) => id)).toEqual(made.toReversed().slice(0, 20));
  const rest = await page(`?limit=100&cursor=${first.next_cursor}`);
  expect(rest.data.slice(0, 2).map(({ id }: Json) => id)).toEqual(made.toReversed().slice(20));
  for (const limit of ['0', '101', 'many']) expect((await page(`?limit=${limit}`)).data?.length ?? 0, limit).toBeLessThanOrEqual(100);
  expect((await page('?cursor=nothing')).error).toEqual(expect.any(String));
});

test('X-10: the documents call the seconds of custody by their name, and when they are over the preimage rests nowhere in the database', async () => {
  const said = readFileSync(`${import.meta.dirname}/../../docs/security.md`, 'utf8');
  expect(said).toMatch(
    /\*\*Minutes of custody\.\*\*[\s\S]{0,400}this server alone holds the preimage and the key[\s\S]{0,100}it is a custodian/,
  );
  const { payment_id: id } = (await create({ amount: 5, currency: 'EUR' })).body;
  const { lightning_invoice: invoice } = await read(id);
  const { payment_hash } = await world('POST', '/pay', { invoice });
  const { preimage } = await eventually(async () => {
    const state = await world('GET', `/pay/${payment_hash}`);
    return state.status === 'settled' && state;
  });
  await eventually(async () => (await read(id)).status === 'paid');
  const rows = await wholeDatabase(avopay.db);
  expect(preimage).toMatch(/^[0-9a-f]{64}$/);
  expect([rows.includes(payment_hash), rows.includes(preimage)]).toEqual([true, false]);
});
