import type { TestDatabase } from '../support/database.ts';
import type { StoredAddress } from '../../src/wallets/direct-lease-store.ts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { newId } from '../../src/lib/ids.ts';
import { sats } from '../../src/lib/money.ts';
import { systemRandom } from '../../src/lib/random.ts';
import { addMs, HOUR_MS, MINUTE_MS } from '../../src/lib/time.ts';
import { deriveAddress, deriveScript } from '../../src/wallets/derive-address.ts';
import { markAddressUsed, markClaimAddressUsed, releaseDirectLease } from '../../src/wallets/direct-lease-store.ts';
import { UNUSED_AHEAD_MAX } from '../../src/wallets/address-gap.ts';
import { leaseDirectAddress } from '../../src/wallets/lease-direct-address.ts';
import { directAddressReader } from '../../src/wallets/read-direct-addresses.ts';
import { sealDescriptor } from '../../src/wallets/sealed-descriptor.ts';
import { freshDatabase } from '../support/database.ts';
import { AT, aquaDescriptor, parsed, swapId, walletsIn, withOtherBlinding } from '../support/wallets.ts';

const { deps, connected, claimFor, chainOf } = walletsIn(() => db.database);
const paymentId = (): string => newId(systemRandom, 'payment');

let db: TestDatabase;
beforeAll(async () => {
  db = await freshDatabase();
});
afterAll(() => db.close());

const leaseDeps = () => ({ ...deps(), isFollowed: async () => true });
const lease = (accountId: string, payment = paymentId(), at = AT, known: { hasRested?: boolean } = {}): Promise<StoredAddress | null> =>
  db.database.transact((tx) =>
    leaseDirectAddress(leaseDeps(), tx, { accountId, paymentId: payment, amountSats: sats(1_000n), at, verdict: () => 'free', ...known }),
  );
const use = (address: StoredAddress | null) =>
  db.database.transact(async (tx) => void (address && (await markAddressUsed(tx, address.addressId, AT))));
const release = (payment: string, at: Date) => db.database.transact((tx) => releaseDirectLease(tx, payment, at));
/** The longest run of indices, given out but never seen used, below the next one. */
const longestUnusedRun = async (descriptor: string): Promise<number> => {
  const { id, nextIndex } = await chainOf(descriptor);
  const rows = await db.database.client.address.findMany({ where: { chainId: id, everUsedAt: { not: null } } });
  const used = new Set(rows.map((row) => row.index));
  let [longest, run] = [0, 0];
  for (let index = 0; index < nextIndex; index++) {
    run = used.has(index) ? 0 : run + 1;
    longest = Math.max(longest, run);
  }
  return longest;
};

describe('the L-BTC address of a payment', () => {
  test('D-8: is shared by none of thirty created at once: fifteen have one, the others none', async () => {
    const accountId = await connected();
    const leased = await Promise.all(Array.from({ length: 30 }, () => lease(accountId)));
    const given = leased.filter((address) => address !== null);
    expect(given.map(({ index }) => index).sort((left, right) => left - right)).toEqual(Array.from({ length: 15 }, (_, index) => index));
    expect(new Set(given.map(({ addressId }) => addressId)).size).toBe(UNUSED_AHEAD_MAX);
  });

  test('is the same when it is asked for again', async () => {
    const accountId = await connected();
    const payment = paymentId();
    const first = await lease(accountId, payment);
    expect(await lease(accountId, payment)).toEqual(first);
  });

  test('is shown as the descriptor of now makes it, also after the same chain came back under another blinding key', async () => {
    const descriptor = aquaDescriptor();
    const accountId = await connected(descriptor);
    const payment = paymentId();
    const index = (await lease(accountId, payment))?.index ?? -1;
    const { read } = directAddressReader(deps());
    const shown = async () => (await read([payment])).get(payment);
    expect(await shown()).toBe(deriveAddress(parsed(descriptor), index).confidential);
    const other = parsed(withOtherBlinding(descriptor));
    const descriptorSealed = Uint8Array.from(sealDescriptor(deps().sealer, other));
    await db.database.client.scriptChain.update({ where: { id: other.chainId }, data: { descriptorSealed } });
    expect(await shown()).toBe(deriveAddress(other, index).confidential);
    expect(await shown()).not.toBe(deriveAddress(parsed(descriptor), index).confidential);
    expect((await read([paymentId()])).size).toBe(0);
  });

  test('D-9: is of the direct descriptor when the two differ', async () => {
    const [direct, claim] = [aquaDescriptor(), aquaDescriptor()];
    const address = await lease(await connected(direct, claim));
    const row = await db.database.client.address.findUniqueOrThrow({ where: { id: address?.addressId ?? '' } });
    expect(Uint8Array.from(row.scriptPubKey)).toEqual(deriveScript(parsed(direct), 0));
  });

  test('is a new one as soon as one of fifteen was used, and the run of unused ones never exceeds fifteen', async () => {
    const descriptor = aquaDescriptor();
    const accountId = await connected(descriptor, descriptor, 6);
    const leased = [];
    for (let count = 0; count < 15; count++) leased.push(await lease(accountId));
    expect(await lease(accountId)).toBeNull();
    await use(leased[4] ?? null);
    const more = [];
    for (let count = 0; count < 6; count++) more.push(await lease(accountId));
    expect(more.map((address) => address?.index ?? null)).toEqual([22, 23, 24, 25, 26, null]);
    await use(more[4] ?? null);
    expect(await longestUnusedRun(descriptor)).toBeLessThanOrEqual(15);
  });

  test('D-5: shares its counter with claims: a claim that arrived lets fifteen more be given out', async () => {
    const descriptor = aquaDescriptor();
    const accountId = await connected(descriptor);
    for (let count = 0; count < 15; count++) await lease(accountId);
    const swap = swapId();
    await claimFor(accountId, swap);
    expect(await lease(accountId)).toBeNull();
    await db.database.transact((tx) => markClaimAddressUsed(tx, swap, AT));
    expect(await lease(accountId)).toMatchObject({ index: 16 });
    expect(await chainOf(descriptor)).toMatchObject({ lastUsedIndex: 15, nextIndex: 17 });
  });
});

describe('an address that its payment left unused', () => {
  test('D-8: rests for an hour, then goes to the next payment before any new one, the longest free one first', async () => {
    const accountId = await connected();
    const [first, second] = [paymentId(), paymentId()];
    const [a, b] = [await lease(accountId, first), await lease(accountId, second)];
    await release(second, addMs(AT, MINUTE_MS));
    await release(first, addMs(AT, 2 * MINUTE_MS));
    expect(await lease(accountId, paymentId(), addMs(AT, HOUR_MS))).toMatchObject({ index: 2 });
    expect(await lease(accountId, paymentId(), addMs(AT, HOUR_MS + MINUTE_MS))).toEqual(b);
    expect(await lease(accountId, paymentId(), addMs(AT, HOUR_MS + MINUTE_MS))).toMatchObject({ index: 3 });
    expect(await lease(accountId, paymentId(), addMs(AT, HOUR_MS + 2 * MINUTE_MS))).toEqual(a);
  });

  test('is not looked for again where none had rested a moment before, and goes to the next payment', async () => {
    const accountId = await connected();
    const payment = paymentId();
    const address = await lease(accountId, payment);
    await release(payment, AT);
    const later = addMs(AT, 2 * HOUR_MS);
    expect(await lease(accountId, paymentId(), later, { hasRested: false })).toMatchObject({ index: 1 });
    expect(await lease(accountId, paymentId(), later, { hasRested: true })).toEqual(address);
  });

  test('is never leased again once the chain has seen it', async () => {
    const accountId = await connected();
    const payment = paymentId();
    const address = await lease(accountId, payment);
    await release(payment, AT);
    await use(address);
    expect((await lease(accountId, paymentId(), addMs(AT, 24 * HOUR_MS)))?.index).toBe(1);
  });

  test('goes to one of ten payments that are created at once', async () => {
    const accountId = await connected();
    const payment = paymentId();
    const address = await lease(accountId, payment);
    await release(payment, AT);
    const taken = await Promise.all(Array.from({ length: 10 }, () => lease(accountId, paymentId(), addMs(AT, 2 * HOUR_MS))));
    expect(taken.filter((one) => one?.addressId === address?.addressId)).toHaveLength(1);
    expect(new Set(taken.map((one) => one?.addressId)).size).toBe(10);
  });
});
