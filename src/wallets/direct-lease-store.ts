import type { AddressLease as WholeLease } from '../../prisma/generated/client.ts';
import type { Database, Tx, Write } from '../lib/database.ts';
import type { Sats } from '../lib/money.ts';
import type { Ask } from '../lib/row-statements.ts';
import { askIn } from '../lib/database.ts';
import { countOf, findIn, firstOf, rowsOf, statement } from '../lib/row-statements.ts';
import { insertAddressRow, insertLeaseRow } from './address-store.ts';
import { sats } from '../lib/money.ts';

/** An address as it stands on its chain. */
export type StoredAddress = Readonly<{ addressId: string; chainId: string; index: number }>;
/** An address that outputs can be held against. */
export type KnownAddress = StoredAddress & Readonly<{ accountId: string; scriptPubKey: Uint8Array }>;
export type SealedAddress = KnownAddress & Readonly<{ descriptorSealed: Uint8Array }>;
/** The same when an output was seen on it. */
export type SeenAddress = SealedAddress & Readonly<{ /** It was leased to a claim: it never passes to anybody else. */ isClaims: boolean }>;
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
  return firstOf(askIn(tx), directLease(key.paymentId, key.accountId));
}

const directLease = statement<StoredAddress>(`
  SELECT a."id" AS "addressId", a."chainId", a."index" FROM "AddressLease" l JOIN "Address" a ON a."id" = l."addressId"
  WHERE l."paymentId" = $1 AND l."accountId" = $2 LIMIT 1`);

export async function hasDirectLease(tx: Tx, paymentId: string): Promise<boolean> {
  return (await firstOf(askIn(tx), leaseOfPayment({ paymentId }))) !== null;
}

type Rested = Readonly<{ chainId: string; before: Date; limit: number }>;

/** Addresses of a chain that nobody was seen to use, freed before `before`: the longest free ones first. Call with the chain locked. */
export async function findRecyclables(tx: Tx, rested: Rested): Promise<readonly StoredAddress[]> {
  return await readRested(askIn(tx), rested);
}

/** The same as it looks from outside: by the time somebody locks the chain, they may be others. */
export async function glanceAtRecyclables(database: Database, rested: Rested): Promise<readonly StoredAddress[]> {
  return await readRested(database.read, rested);
}

function readRested(ask: Ask, { chainId, before, limit }: Rested): Promise<readonly StoredAddress[]> {
  return rowsOf(ask, restedAddresses(chainId, before, limit));
}

/** By the last of its leases alone: an address that is passed on for years has very many. The lease of a claim never ends. */
const restedAddresses = statement<StoredAddress>(`
  SELECT a."id" AS "addressId", a."chainId", a."index" FROM "Address" a
  CROSS JOIN LATERAL (SELECT max(l."releasedAt") AS "since" FROM "AddressLease" l WHERE l."addressId" = a."id") rest
  WHERE a."chainId" = $1 AND a."everUsedAt" IS NULL AND rest."since" <= $2
    AND NOT EXISTS (SELECT 1 FROM "AddressLease" l WHERE l."addressId" = a."id" AND l."releasedAt" IS NULL)
  ORDER BY rest."since", a."index" LIMIT $3`);

export async function insertAddress(tx: Tx, address: StoredAddress & { scriptPubKey: Uint8Array }): Promise<void> {
  const { addressId, chainId, index, scriptPubKey } = address;
  await askIn(tx)(insertAddressRow({ id: addressId, chainId, index, scriptPubKey, everUsedAt: null }));
}

export async function insertDirectLease(tx: Tx, { leaseId, ...lease }: NewDirectLease): Promise<void> {
  await askIn(tx)(insertLeaseRow({ id: leaseId, ...lease, purpose: 'direct', swapId: null, releasedAt: null }));
}

/** The payment needs its address no more. The lease stays on record: late money is told by it. */
export async function releaseDirectLease(tx: Tx, paymentId: string, at: Date): Promise<void> {
  await askIn(tx)(releaseLeases(at, paymentId));
}

const releaseLeases = statement('UPDATE "AddressLease" SET "releasedAt" = $1 WHERE "paymentId" = $2 AND "releasedAt" IS NULL');

/** Everybody whom an address was promised to, the newest first. */
export async function leasesOfAddress(tx: Tx, addressId: string): Promise<readonly AddressLease[]> {
  const rows = await rowsOf(askIn(tx), leasesAt({ addressId }));
  const newestFirst = rows.toSorted((a, b) => b.leasedAt.getTime() - a.leasedAt.getTime() || (a.id < b.id ? 1 : -1));
  return newestFirst.map(({ id, purpose, paymentId, swapId, amountSats, leasedAt, releasedAt }) => ({
    ...{ id, paymentId, swapId, leasedAt, releasedAt },
    purpose: purpose as AddressLease['purpose'], // a CHECK holds the column to the two
    amountSats: sats(amountSats),
  }));
}

const leasesAt = findIn<WholeLease>('AddressLease', ['id', 'purpose', 'paymentId', 'swapId', 'amountSats', 'leasedAt', 'releasedAt']);

/** An address that the chain has seen is never leased again, and wallets look on from it. Locks the chain. */
export async function markAddressUsed(tx: Tx, addressId: string, at: Date): Promise<void> {
  if ((await countOf(askIn(tx), noteUsed(at, addressId))) === 0) throw new Error(`no address ${addressId}`);
}

/** The chain's row is locked before the address's: a part that nothing reads from runs after the statement that it stands before. */
const noteUsedAt = (place: string, more = '') =>
  statement(`
  WITH place AS (${place}), used AS (
    UPDATE "Address" a SET "everUsedAt" = $1 FROM place p WHERE a."id" = p."id" AND a."everUsedAt" IS NULL
  )
  UPDATE "ScriptChain" c SET "lastUsedIndex" = GREATEST(c."lastUsedIndex", p."index") FROM place p WHERE c."id" = p."chainId"${more}`);
const ADDRESS_PLACE = 'SELECT "id", "chainId", "index" FROM "Address" WHERE "id" = $2';
const noteUsed = noteUsedAt(ADDRESS_PLACE);
const noteSeen = noteUsedAt(ADDRESS_PLACE, ' AND (c."lastUsedIndex" IS NULL OR c."lastUsedIndex" < p."index")');
const noteClaimUsed = noteUsedAt(
  'SELECT a."id", a."chainId", a."index" FROM "AddressLease" l JOIN "Address" a ON a."id" = l."addressId" WHERE l."swapId" = $2',
);

/** The same for an address of a claim, as a write: it says nothing new where the claim was told of before. */
export function writeClaimAddressSeen(addressId: string, at: Date): Write {
  return noteSeen(at, addressId);
}

/** The address that a swap's claim pays has been seen on the chain. */
export async function markClaimAddressUsed(tx: Tx, swapId: string, at: Date): Promise<void> {
  await askIn(tx)(noteClaimUsed(at, swapId));
}

type LeaseRow = { id: string; paymentId: string | null };
const leaseOfPayment = findIn<LeaseRow>('AddressLease', ['id']);

/** Those of these scripts that are addresses of ours, with what they are derived from. One look into an index, whatever the number of addresses. */
export async function findAddressesByScript(database: Database, scripts: readonly Uint8Array[]): Promise<readonly SeenAddress[]> {
  return rowsOf(database.ask, addressesByScript(scripts.map((script) => Buffer.from(script))));
}

/** The list goes through a SELECT: where PostgreSQL sees how long it is, it plans anew at each call, which takes longer than the look itself. */
const addressesByScript = statement<SeenAddress>(`
  SELECT a.id AS "addressId", a."chainId", a."index", a."scriptPubKey", c."accountId", c."descriptorSealed",
    EXISTS (SELECT 1 FROM "AddressLease" l WHERE l."addressId" = a.id AND l."purpose" = 'claim') AS "isClaims"
  FROM "Address" a
  JOIN "ScriptChain" c ON c.id = a."chainId" WHERE a."scriptPubKey" = ANY(ARRAY(SELECT unnest($1::bytea[])))`);

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
  const rows = await rowsOf(database.ask, waitingScripts(since));
  return rows.map((row) => row.scriptPubKey);
}

/** Two ways into two indexes: asked as one, it would read every address. */
const waitingScripts = statement<{ scriptPubKey: Uint8Array }>(`
  SELECT a."scriptPubKey" FROM "Address" a
  WHERE a."everUsedAt" IS NULL AND EXISTS (SELECT 1 FROM "AddressLease" l WHERE l."addressId" = a."id" AND l."purpose" = 'direct')
  UNION
  SELECT a."scriptPubKey" FROM "AddressLease" l JOIN "Address" a ON a."id" = l."addressId"
  WHERE l."purpose" = 'direct' AND l."leasedAt" >= $1`);

function stored({ id, chainId, index }: AddressRow): StoredAddress {
  return { addressId: id, chainId, index };
}
