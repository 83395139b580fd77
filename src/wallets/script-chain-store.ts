import type { Database, Tx } from '../lib/database.ts';
import { askIn, inTx } from '../lib/database.ts';
import { findIn, firstOf, statement } from '../lib/row-statements.ts';

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

const lockRow = findIn<ScriptChain>('ScriptChain', ['id', 'accountId', 'descriptorSealed', 'fingerprint', 'nextIndex', 'lastUsedIndex'], {
  lock: true,
});
const takeNext = statement<{ taken: number }>(`
  UPDATE "ScriptChain" SET "nextIndex" = "nextIndex" + 1 WHERE id = $1 RETURNING "nextIndex" - 1 AS taken`);
const COLUMNS = 'c."id", c."accountId", c."descriptorSealed", c."fingerprint", c."nextIndex", c."lastUsedIndex"';
const chainOfWallet = (column: 'directChainId' | 'claimChainId', lock = '') =>
  statement<ScriptChain>(`
  SELECT ${COLUMNS} FROM "Wallet" w JOIN "ScriptChain" c ON c."id" = w."${column}" AND c."accountId" = w."accountId"
  WHERE w."accountId" = $1 AND w."endedAt" IS NULL${lock}`);
const directChainOf = chainOfWallet('directChainId');
const lockDirect = chainOfWallet('directChainId', ' FOR UPDATE OF c');
const claimChainOf = chainOfWallet('claimChainId');
const lockClaim = chainOfWallet('claimChainId', ' FOR UPDATE OF c');

/** The chain that direct payments of this account arrive on now, or null without a connected wallet. */
export function findDirectChain({ database }: { database: Database }, accountId: string): Promise<ScriptChain | null> {
  return firstOf(database.read, directChainOf(accountId));
}

/** The chain that swap claims of this account go to now, or null without a connected wallet. */
export function findClaimChain({ database }: { database: Database }, accountId: string): Promise<ScriptChain | null> {
  return firstOf(database.read, claimChainOf(accountId));
}

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
  const chain = await firstOf(askIn(tx), lockRow(key));
  if (!chain) throw new Error('a connected wallet has a chain of its account');
  return chain;
}

/** The same of the chain that direct payments of this account arrive on now; null without a connected wallet. */
export function lockDirectChain(tx: Tx, accountId: string): Promise<ScriptChain | null> {
  return firstOf(askIn(tx), lockDirect(accountId));
}

/** The same of the chain that swap claims of this account go to now. */
export function lockClaimChain(tx: Tx, accountId: string): Promise<ScriptChain | null> {
  return firstOf(askIn(tx), lockClaim(accountId));
}

/** Gives the next index out, once and for ever. */
export async function takeNextIndex(tx: Tx, chainId: string): Promise<number> {
  const row = await firstOf(askIn(tx), takeNext(chainId));
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
