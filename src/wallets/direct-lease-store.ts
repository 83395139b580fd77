import type { Database, Tx } from '../lib/database.ts';
import type { Sats } from '../lib/money.ts';
import { inTx } from '../lib/database.ts';
import { sats } from '../lib/money.ts';

/** An address as it stands on its chain. */
export type StoredAddress = Readonly<{ addressId: string; chainId: string; index: number }>;
/** An address that outputs can be held against. */
export type KnownAddress = StoredAddress & Readonly<{ accountId: string; scriptPubKey: Uint8Array }>;
/** Who an address was promised to, and when. */
export type AddressLease = Readonly<{
  id: string;
  purpose: 'direct' | 'claim';
  paymentId: string | null;
  swapId: string | null;
  amountSats: Sats;
  leasedAt: Date;
  releasedAt: Date | null;
}>;
export type LeasedPlace = Readonly<{ paymentId: string; index: number; chainId: string; descriptorSealed: Uint8Array }>;
export type NewDirectLease = Readonly<{
  leaseId: string;
  addressId: string;
  accountId: string;
  paymentId: string;
  amountSats: Sats;
  leasedAt: Date;
}>;

const ADDRESS = { select: { id: true, chainId: true, index: true } } as const;
type AddressRow = { id: string; chainId: string; index: number };

/** The address of one payment, if it has one. The account stands in the `where`. */
export async function findDirectLease(tx: Tx, key: { accountId: string; paymentId: string }): Promise<StoredAddress | null> {
  const lease = await inTx(tx).addressLease.findFirst({ where: key, select: { address: ADDRESS } });
  return lease && stored(lease.address);
}

export async function hasDirectLease(tx: Tx, paymentId: string): Promise<boolean> {
  return (await inTx(tx).addressLease.findFirst({ where: { paymentId }, select: { id: true } })) !== null;
}

type Rested = Readonly<{ chainId: string; before: Date; limit: number }>;

/** Addresses of a chain that nobody was seen to use, freed before `before`: the longest free ones first. Call with the chain locked. */
export async function findRecyclables(tx: Tx, rested: Rested): Promise<readonly StoredAddress[]> {
  return await readRested(inTx(tx), rested);
}

/** The same as it looks from outside: by the time somebody locks the chain, they may be others. */
export async function glanceAtRecyclables(database: Database, rested: Rested): Promise<readonly StoredAddress[]> {
  return await readRested(database.client, rested);
}

async function readRested(
  db: Pick<Database['client'], '$queryRaw'>,
  { chainId, before, limit }: Rested,
): Promise<readonly StoredAddress[]> {
  const rows = await db.$queryRaw<AddressRow[]>`
    SELECT a.id, a."chainId", a."index" FROM "Address" a
    JOIN "AddressLease" l ON l."addressId" = a.id
    WHERE a."chainId" = ${chainId} AND a."everUsedAt" IS NULL
    GROUP BY a.id
    HAVING bool_and(l.purpose = 'direct' AND l."releasedAt" IS NOT NULL) AND max(l."releasedAt") <= ${before}
    ORDER BY max(l."releasedAt"), a."index" LIMIT ${limit}`;
  return rows.map(stored);
}

export async function insertAddress(tx: Tx, address: StoredAddress & { scriptPubKey: Uint8Array }): Promise<void> {
  const { addressId, chainId, index } = address;
  const scriptPubKey = Uint8Array.from(address.scriptPubKey); // Prisma wants bytes on a buffer of their own
  await inTx(tx).address.create({ data: { id: addressId, chainId, index, scriptPubKey, everUsedAt: null } });
}

export async function insertDirectLease(tx: Tx, { leaseId, ...lease }: NewDirectLease): Promise<void> {
  await inTx(tx).addressLease.create({ data: { id: leaseId, ...lease, purpose: 'direct', swapId: null, releasedAt: null } });
}

/** The payment needs its address no more. The lease stays on record: late money is told by it. */
export async function releaseDirectLease(tx: Tx, paymentId: string, at: Date): Promise<void> {
  await inTx(tx).addressLease.updateMany({ where: { paymentId, releasedAt: null }, data: { releasedAt: at } });
}

/** Everybody whom an address was promised to, the newest first. */
export async function leasesOfAddress(tx: Tx, addressId: string): Promise<readonly AddressLease[]> {
  const rows = await inTx(tx).addressLease.findMany({ where: { addressId }, orderBy: [{ leasedAt: 'desc' }, { id: 'desc' }] });
  return rows.map(({ id, purpose, paymentId, swapId, amountSats, leasedAt, releasedAt }) => ({
    ...{ id, paymentId, swapId, leasedAt, releasedAt },
    purpose: purpose as AddressLease['purpose'], // a CHECK holds the column to the two
    amountSats: sats(amountSats),
  }));
}

/** An address that the chain has seen is never leased again, and wallets look on from it. Locks the chain. */
export async function markAddressUsed(tx: Tx, addressId: string, at: Date): Promise<void> {
  const db = inTx(tx);
  const { chainId, index } = await db.address.findUniqueOrThrow({ where: { id: addressId }, select: { chainId: true, index: true } });
  await db.$executeRaw`UPDATE "ScriptChain" SET "lastUsedIndex" = GREATEST("lastUsedIndex", ${index}) WHERE id = ${chainId}`;
  await db.address.updateMany({ where: { id: addressId, everUsedAt: null }, data: { everUsedAt: at } });
}

/** The address that a swap's claim pays has been seen on the chain. */
export async function markClaimAddressUsed(tx: Tx, swapId: string, at: Date): Promise<void> {
  const lease = await inTx(tx).addressLease.findUnique({ where: { swapId }, select: { addressId: true } });
  if (lease) await markAddressUsed(tx, lease.addressId, at);
}

/** Those of these scripts that are addresses of ours. One look into an index, whatever the number of addresses. */
export async function findAddressesByScript(database: Database, scripts: readonly Uint8Array[]): Promise<readonly KnownAddress[]> {
  const rows = await database.client.address.findMany({
    where: { scriptPubKey: { in: scripts.map((script) => Uint8Array.from(script)) } },
    select: { id: true, chainId: true, index: true, scriptPubKey: true, chain: { select: { accountId: true } } },
  });
  return rows.map((row) => ({ ...stored(row), accountId: row.chain.accountId, scriptPubKey: row.scriptPubKey }));
}

/** The addresses of payments, by payment. */
export async function findDirectAddresses(database: Database, paymentIds: readonly string[]): Promise<ReadonlyMap<string, KnownAddress>> {
  const rows = await database.client.addressLease.findMany({
    where: { paymentId: { in: [...paymentIds] } },
    select: { paymentId: true, accountId: true, address: { select: { ...ADDRESS.select, scriptPubKey: true } } },
  });
  return new Map(
    rows.flatMap(({ paymentId, accountId, address }) =>
      paymentId === null ? [] : [[paymentId, { ...stored(address), accountId, scriptPubKey: address.scriptPubKey }] as const],
    ),
  );
}

/** Where the addresses of payments stand, by payment, with the sealed descriptors that they are made from. */
export async function findLeasedPlaces(database: Database, paymentIds: readonly string[]): Promise<readonly LeasedPlace[]> {
  return database.client.$queryRaw<LeasedPlace[]>`
    SELECT l."paymentId", a."index", c.id AS "chainId", c."descriptorSealed" FROM "AddressLease" l
    JOIN "Address" a ON a.id = l."addressId" JOIN "ScriptChain" c ON c.id = a."chainId"
    WHERE l."paymentId" = ANY(${paymentIds})`;
}

/** Scripts of direct addresses that nobody has seen used, or that were promised since `since`. */
export async function findWaitingScripts(database: Database, since: Date): Promise<readonly Uint8Array[]> {
  const direct = { leases: { some: { purpose: 'direct' } } };
  const rows = await database.client.address.findMany({
    where: { OR: [{ everUsedAt: null, ...direct }, { leases: { some: { purpose: 'direct', leasedAt: { gte: since } } } }] },
    select: { scriptPubKey: true },
  });
  return rows.map((row) => row.scriptPubKey);
}

function stored({ id, chainId, index }: AddressRow): StoredAddress {
  return { addressId: id, chainId, index };
}
