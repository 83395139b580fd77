import type { Database, Tx } from '../lib/database.ts';
import { inTx } from '../lib/database.ts';

/** The scripts of one descriptor and the one counter that numbers its addresses, for direct payments and claims alike. */
export type ScriptChain = Readonly<{
  id: string;
  accountId: string;
  descriptorSealed: Uint8Array;
  fingerprint: string | null;
  nextIndex: number;
  /** The highest index that was seen used on the chain, whoever used it; -1 = none. */
  lastUsedIndex: number;
}>;

export type ScannedChain = ScriptChain & Readonly<{ scannedAt: Date }>;

export async function findChains(deps: { database: Database }, ids: readonly string[]): Promise<readonly ScriptChain[]> {
  return await deps.database.client.scriptChain.findMany({ where: { id: { in: [...ids] } } });
}

/**
 * Stores a chain for its account, or brings one that the account had before up to what the scan found; counters only grow.
 * False when the chain belongs to another account, also when that one's transaction commits just before ours.
 */
export async function keepChain(tx: Tx, chain: ScannedChain): Promise<boolean> {
  const db = inTx(tx);
  const { count } = await db.scriptChain.createMany({ data: [{ ...ownBytes(chain), createdAt: chain.scannedAt }], skipDuplicates: true });
  if (count === 1) return true;
  const updated = await db.$executeRaw`
    UPDATE "ScriptChain"
    SET "nextIndex" = GREATEST("nextIndex", ${chain.nextIndex}), "lastUsedIndex" = GREATEST("lastUsedIndex", ${chain.lastUsedIndex}),
        "scannedAt" = ${chain.scannedAt}
    WHERE id = ${chain.id} AND "accountId" = ${chain.accountId}`;
  return updated === 1;
}

/** Reads the chain and keeps its row until the commit: whoever takes an index of it waits here. */
export async function lockChain(tx: Tx, key: { id: string; accountId: string }): Promise<ScriptChain> {
  const rows = await inTx(tx).$queryRaw<ScriptChain[]>`
    SELECT id, "accountId", "descriptorSealed", fingerprint, "nextIndex", "lastUsedIndex" FROM "ScriptChain"
    WHERE id = ${key.id} AND "accountId" = ${key.accountId} FOR UPDATE`;
  const [chain] = rows;
  if (!chain) throw new Error('a connected wallet has a chain of its account');
  return chain;
}

/** Gives the next index out, once and for ever. */
export async function takeNextIndex(tx: Tx, chainId: string): Promise<number> {
  const rows = await inTx(tx).$queryRaw<{ taken: number }[]>`
    UPDATE "ScriptChain" SET "nextIndex" = "nextIndex" + 1 WHERE id = ${chainId} RETURNING "nextIndex" - 1 AS taken`;
  const [row] = rows;
  if (!row) throw new Error('the chain is gone');
  return row.taken;
}

/** From now on the next index is at least this one: those below were given out, as far as anybody remembers. */
export async function skipIndexes(tx: Tx, chainId: string, nextIndex: number): Promise<void> {
  await inTx(tx).$executeRaw`UPDATE "ScriptChain" SET "nextIndex" = GREATEST("nextIndex", ${nextIndex}) WHERE id = ${chainId}`;
}

/** Prisma wants bytes on a buffer of their own. */
function ownBytes(chain: ScannedChain) {
  return { ...chain, descriptorSealed: Uint8Array.from(chain.descriptorSealed) };
}
