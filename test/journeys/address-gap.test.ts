import type { Avopay } from '../support/avopay.ts';
import type { Json } from '../support/json.ts';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { eventually, startAvopay } from '../support/avopay.ts';
import { deriveAddress } from '../../src/wallets/derive-address.ts';
import { booksOf } from '../support/books.ts';
import { directPayments } from '../support/direct.ts';
import { connect, freshDescriptor, merchant } from '../support/merchants.ts';
import { parsed } from '../support/wallets.ts';

/** `ABANDONED=10000 npm test test/journeys/address-gap.test.ts` is the published figure, as is `PARALLEL=500`; the suite plays a slice. */
const ABANDONED = Number(process.env['ABANDONED'] ?? 36);
const PARALLEL = Number(process.env['PARALLEL'] ?? 16);
/** Created together, left alone, and gone. Four waves are the fewest in which rested addresses come back. */
const WAVE = Math.min(25, Math.ceil(ABANDONED / 4));
/** Longer than a payment lasts. */
const WAVE_S = 660;
const HOUR_S = 3_600;
/** A crowded machine makes transactions wait until they are given up. */
const PATIENCE_MS = 120_000;
/** The whole run may take so long; a quiet machine needs a tenth of it. */
const LONG_MS = 300_000 + (ABANDONED + PARALLEL) * 1_000;

let avopay: Avopay;
let direct: ReturnType<typeof directPayments>;
beforeAll(async () => {
  avopay = await startAvopay();
  direct = directPayments(avopay);
});
afterAll(() => avopay.stop());

const wallet = async (): Promise<Json> =>
  (await avopay.call('GET', `/sandbox/wallet?account_id=${avopay.demo.account_id}`, { key: null })).body;
/** As merchants' servers do: asks again while the answer is "not now". */
const create = () => eventually(() => direct.create({ amount: 20 }).catch(() => null), PATIENCE_MS);
const paid = (id: string) => eventually(async () => (await direct.read(id)).status === 'paid', PATIENCE_MS);
const payBoth = async () => {
  const [byLightning, byLiquid] = await Promise.all([create(), create()]);
  await direct.pay(byLightning.body.lightning_invoice);
  if (byLiquid.address) await direct.send(byLiquid.address, byLiquid.sats);
  await paid(byLightning.id);
  if (byLiquid.address) await paid(byLiquid.id);
};

const counters = () => direct.query('SELECT "nextIndex", "lastUsedIndex" FROM "ScriptChain" ORDER BY id', []);

test('P-21: a payment that cannot be made takes no address', async () => {
  const before = await counters();
  await avopay.call('POST', '/sandbox/faults', { body: { provider: 'refuse_create' }, key: null });
  const refused = await Promise.all(
    Array.from({ length: 5 }, () => avopay.call('POST', '/api/v1/payments', { body: { amount: 20, currency: 'EUR' } })),
  );
  await avopay.call('DELETE', '/sandbox/faults', { key: null });
  expect(refused.map(({ status }) => status)).toEqual(Array(5).fill(503));
  expect(await counters()).toEqual(before);
  expect(await direct.query('SELECT 1 FROM "AddressLease"', [])).toEqual([]);
});

test('D-9: direct payments arrive on the first descriptor, what Lightning brings on the second', { timeout: 60_000 }, async () => {
  const shop = await merchant(avopay);
  const [first, second] = [freshDescriptor(), freshDescriptor()];
  await connect(avopay, shop, first, second);
  const created = await avopay.call('POST', '/api/v1/payments', { key: shop.key, body: { amount: 20, currency: 'EUR' } });
  const payment = async () => (await avopay.call('GET', `/api/v1/payments/${created.body.payment_id}`, { key: shop.key })).body;
  const { liquid_address, lightning_invoice } = await payment();
  expect(liquid_address).toBe(deriveAddress(parsed(first), 0).confidential);
  await direct.pay(lightning_invoice);
  await expect.poll(async () => (await payment()).status, { timeout: 30_000 }).toBe('paid');
  const [claim] = await direct.query(
    `SELECT a."scriptPubKey" FROM "AddressLease" l JOIN "Address" a ON a.id = l."addressId" WHERE l.purpose = 'claim' AND l."accountId" = $1`,
    [shop.id],
  );
  expect(Uint8Array.from(claim.scriptPubKey)).toEqual(deriveAddress(parsed(second), 0).scriptPubKey);
});

test(`D-5: of ${PARALLEL} payments made at once on one descriptor for both purposes no address serves two`, {
  timeout: LONG_MS,
}, async () => {
  const made = await Promise.all(Array.from({ length: PARALLEL }, create));
  const addressed = made.filter(({ address }) => address !== undefined);
  expect(addressed.length).toBeLessThanOrEqual(15);
  expect(addressed.length).toBeGreaterThan(4);
  expect(new Set(addressed.map(({ address }) => address)).size).toBe(addressed.length);
  // Some are paid by either way at once: claims take their addresses from the same counter.
  const byLiquid = addressed.slice(0, 4);
  const byLightning = made.filter((payment) => !byLiquid.includes(payment)).slice(0, 6);
  await Promise.all([
    ...byLiquid.map(({ address, sats }) => direct.send(address, sats)),
    ...byLightning.map(({ body }) => direct.pay(body.lightning_invoice)),
  ]);
  for (const { id } of [...byLiquid, ...byLightning]) await paid(id);
  const twice = await direct.query('SELECT "addressId" FROM "AddressLease" GROUP BY "addressId" HAVING count(*) > 1', []);
  expect(twice).toEqual([]);
  const { utxos } = await wallet(); // of the first shop alone
  expect(utxos).toHaveLength(10);
  expect(new Set(utxos.map(({ index }: Json) => index)).size).toBe(10);
});

test(`D-8: ${ABANDONED} abandoned payments leave no run of more than 15 unused addresses, and nothing that the wallet cannot see`, {
  timeout: LONG_MS,
}, async () => {
  for (let made = 0; made < ABANDONED; made += WAVE) {
    await Promise.all(Array.from({ length: Math.min(WAVE, ABANDONED - made) }, create));
    // Every fourth wave two payments are paid among the others, and the rested addresses come back into use.
    if ((made / WAVE) % 4 === 3) await payBoth();
    await direct.advance((made / WAVE) % 4 === 3 ? HOUR_S + WAVE_S : WAVE_S);
  }
  await payBoth();
  const open = `SELECT count(*)::int AS open FROM "Payment" WHERE status IN ('pending', 'detected')`;
  await direct.advance(WAVE_S);
  await expect.poll(async () => (await direct.query(open, []))[0].open, { timeout: 60_000 }).toBe(0);
  const scan = await wallet();
  expect(scan.longest_unused_run).toBeLessThanOrEqual(15);
  expect(scan.invisible_sats).toBe(0);
  for (const { nextIndex, lastUsedIndex } of await counters()) expect(nextIndex - lastUsedIndex - 1).toBeLessThanOrEqual(15);
  const leased = await direct.query(
    `SELECT count(*)::int AS leases, count(DISTINCT "addressId")::int AS addresses FROM "AddressLease"`,
    [],
  );
  expect(leased[0].leases).toBeGreaterThan(leased[0].addresses); // addresses were used again, else the gap would have grown
  expect((await booksOf(avopay)).faults).toEqual([]);
});
