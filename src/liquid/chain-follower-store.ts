import type { Database, Tx, Write } from '../lib/database.ts';
import { askIn, inTx } from '../lib/database.ts';
import { firstOf, statement } from '../lib/row-statements.ts';

export type FollowedBlock = Readonly<{ height: number; hash: string }>;

/** Blocks on record: where to resume, and how deep a replacement of blocks can be told. */
export const BLOCKS_KEPT = 120;
/** There is one chain, and one process at a time that follows it. */
const LEASE = 'chain-follower';
/** Not a lease: the row keeps until when the last whole look counts. */
const LOOKED = 'chain-looked-through';

/** Takes or keeps the right to follow the chain until `until`; null while another process has it. A change of hands raises the fence. */
export async function takeFollowerLease(
  database: Database,
  { holder, at, until }: { holder: string; at: Date; until: Date },
): Promise<bigint | null> {
  const rows = await database.client.$queryRaw<{ fence: bigint }[]>`
    INSERT INTO "WorkerLease" (name, holder, fence, "leaseUntil") VALUES (${LEASE}, ${holder}, 1, ${until})
    ON CONFLICT (name) DO UPDATE SET holder = ${holder}, "leaseUntil" = ${until},
      fence = "WorkerLease".fence + CASE WHEN "WorkerLease".holder = ${holder} THEN 0 ELSE 1 END
    WHERE "WorkerLease".holder = ${holder} OR "WorkerLease"."leaseUntil" <= ${at}
    RETURNING fence`;
  return rows[0]?.fence ?? null;
}

/** Whether the fence is still the newest. Whoever takes over waits until this transaction has ended. */
export async function isNewestFence(tx: Tx, fence: bigint): Promise<boolean> {
  const rows = await inTx(tx).$queryRaw<unknown[]>`SELECT 1 FROM "WorkerLease" WHERE name = ${LEASE} AND fence = ${fence} FOR SHARE`;
  return rows.length === 1;
}

/** The same as a statement of a commit: where the fence is not the newest it fails (as a division by zero). Null: no process has it. */
export function mustBeNewestFence(fence: bigint | null): Write {
  return newestFence(fence);
}

const newestFence = statement(`
  WITH held AS (SELECT 1 FROM "WorkerLease" WHERE name = '${LEASE}' AND fence = $1 FOR SHARE) SELECT 1 / count(*) FROM held`);

/** Another process need not wait for the end of the lease. */
export async function giveUpFollowerLease(database: Database, holder: string, at: Date): Promise<void> {
  await database.client.workerLease.updateMany({ where: { name: LEASE, holder }, data: { leaseUntil: at } });
}

/** Ends the lease whoever holds it: for a process that knows itself to be alone. */
export async function endFollowerLease(database: Database, at: Date): Promise<void> {
  await database.client.workerLease.updateMany({ where: { name: LEASE }, data: { leaseUntil: at } });
}

/** Says that mempool and blocks have been looked through whole, and until when that is worth something. */
export async function keepFollowedUntil(database: Database, { holder, until }: { holder: string; until: Date }): Promise<void> {
  const data = { holder, leaseUntil: until };
  await database.client.workerLease.upsert({ where: { name: LOOKED }, create: { name: LOOKED, fence: 0n, ...data }, update: data });
}

/** Whether some process has looked the chain through a moment ago. */
export async function isChainFollowed(tx: Tx, at: Date): Promise<boolean> {
  const row = await inTx(tx).workerLease.findUnique({ where: { name: LOOKED }, select: { leaseUntil: true } });
  return row !== null && row.leaseUntil > at;
}

/** Newest first. */
export async function readBlocks(database: Database): Promise<readonly FollowedBlock[]> {
  return database.client.chainBlock.findMany({ orderBy: { height: 'desc' }, take: BLOCKS_KEPT });
}

/** The height up to which everything was looked through; null before the first block. */
export async function readFollowedHeight(tx: Tx): Promise<number | null> {
  return (await firstOf(askIn(tx), highestBlock()))?.height ?? null;
}

const highestBlock = statement<{ height: number }>('SELECT "height" FROM "ChainBlock" ORDER BY "height" DESC LIMIT 1');

/** Stores blocks that were looked through, and forgets those that are too old to matter. */
export async function keepBlock(tx: Tx, block: FollowedBlock): Promise<void> {
  const { height, hash } = block;
  const db = inTx(tx);
  await db.chainBlock.upsert({ where: { height }, create: block, update: { hash } });
  await db.chainBlock.deleteMany({ where: { height: { lte: height - BLOCKS_KEPT } } });
}

/** After a replacement of blocks: everything above `height` is looked through again. */
export async function forgetBlocksAbove(tx: Tx, height: number): Promise<void> {
  await inTx(tx).chainBlock.deleteMany({ where: { height: { gt: height } } });
}
