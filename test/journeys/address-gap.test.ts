import type { Avopay } from '../support/avopay.ts';
import type { Json } from '../support/json.ts';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startAvopay } from '../support/avopay.ts';
import { booksOf } from '../support/books.ts';
import { directPayments } from '../support/direct.ts';

/** `ABANDONED=10000 npm test test/journeys/address-gap.test.ts` is the published figure, as is `PARALLEL=500`; the suite plays a slice. */
const ABANDONED = Number(process.env['ABANDONED'] ?? 100);
const PARALLEL = Number(process.env['PARALLEL'] ?? 60);
/** Created together, left alone, and gone. */
const WAVE = 25;
/** Longer than a payment lasts. */
const WAVE_S = 660;
const HOUR_S = 3_600;
/** The whole run may take so long, at a generous second a payment. */
const LONG_MS = 60_000 + (ABANDONED + PARALLEL) * 1_000;

let avopay: Avopay;
let direct: ReturnType<typeof directPayments>;
beforeAll(async () => {
  avopay = await startAvopay();
  direct = directPayments(avopay);
});
afterAll(() => avopay.stop());

const wallet = async (): Promise<Json> =>
  (await avopay.call('GET', `/sandbox/wallet?account_id=${avopay.demo.account_id}`, { key: null })).body;
const create = () => direct.create({ amount: 20 });
const payBoth = async () => {
  const [byLightning, byLiquid] = await Promise.all([create(), create()]);
  await direct.pay(byLightning.body.lightning_invoice);
  if (byLiquid.address) await direct.send(byLiquid.address, byLiquid.sats);
  await direct.until(byLightning.id, 'paid');
  if (byLiquid.address) await direct.until(byLiquid.id, 'paid');
};

test(`D-5: of ${PARALLEL} payments made at once on one descriptor for both purposes no address serves two`, {
  timeout: LONG_MS,
}, async () => {
  const made = await Promise.all(Array.from({ length: PARALLEL }, create));
  const addressed = made.filter(({ address }) => address !== undefined);
  expect(addressed).toHaveLength(Math.min(15, PARALLEL));
  expect(new Set(addressed.map(({ address }) => address)).size).toBe(addressed.length);
  // Some are paid by either way at once: claims take their addresses from the same counter.
  const byLiquid = addressed.slice(0, 4);
  const byLightning = made.filter((payment) => !byLiquid.includes(payment)).slice(0, 6);
  await Promise.all([
    ...byLiquid.map(({ address, sats }) => direct.send(address, sats)),
    ...byLightning.map(({ body }) => direct.pay(body.lightning_invoice)),
  ]);
  for (const { id } of [...byLiquid, ...byLightning]) await direct.until(id, 'paid');
  const twice = await direct.query('SELECT "addressId" FROM "AddressLease" GROUP BY "addressId" HAVING count(*) > 1', []);
  expect(twice).toEqual([]);
  const { utxos } = await wallet();
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
  const [used] = await direct.query('SELECT "nextIndex" - "lastUsedIndex" - 1 AS ahead FROM "ScriptChain"', []);
  expect(used.ahead).toBeLessThanOrEqual(15);
  const leased = await direct.query(
    `SELECT count(*)::int AS leases, count(DISTINCT "addressId")::int AS addresses FROM "AddressLease"`,
    [],
  );
  expect(leased[0].leases).toBeGreaterThan(leased[0].addresses); // addresses were used again, else the gap would have grown
  expect((await booksOf(avopay)).faults).toEqual([]);
});
