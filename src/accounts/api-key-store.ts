import type { ApiKey as KeyRow } from '../../prisma/generated/client.ts';
import type { Database, Tx } from '../lib/database.ts';
import type { ApiKey, KeyKind, KeyMaximum, KeyMode } from './api-key.ts';
import { inTx } from '../lib/database.ts';

/** Keys that ended are listed for a while, so that a merchant can see what became of them. */
export const KEYS_LISTED_MAX = 100;

/** Serialises all that administers the keys of one account; the same lock that an event takes, only sooner. */
export async function lockAccount(tx: Tx, accountId: string): Promise<void> {
  await inTx(tx).$queryRaw`SELECT 1 FROM "Account" WHERE id = ${accountId} FOR UPDATE`;
}

/** Keys that open something at `at`, and those that ended after `endedAfter`; newest first. */
export async function listKeys(
  database: Database,
  { accountId, at, endedAfter }: { accountId: string; at: Date; endedAfter: Date },
): Promise<readonly ApiKey[]> {
  const shown = { revokedAt: null, OR: [{ expiresAt: null }, { expiresAt: { gt: at } }] };
  const ended = [{ revokedAt: { gt: endedAfter } }, { revokedAt: null, expiresAt: { gt: endedAfter, lte: at } }];
  const rows = await database.client.apiKey.findMany({
    where: { accountId, OR: [shown, ...ended] },
    orderBy: [{ createdAt: 'desc' }, { id: 'asc' }],
    take: KEYS_LISTED_MAX,
  });
  return rows.map(fromRow);
}

export async function findKey(tx: Tx, accountId: string, id: string): Promise<ApiKey | null> {
  const row = await inTx(tx).apiKey.findFirst({ where: { id, accountId } });
  return row ? fromRow(row) : null;
}

export async function countLiveKeys(tx: Tx, accountId: string, at: Date): Promise<number> {
  return inTx(tx).apiKey.count({ where: { accountId, revokedAt: null, OR: [{ expiresAt: null }, { expiresAt: { gt: at } }] } });
}

/** Hints of what opens something at `at`, oldest first. */
export async function listLiveHints(
  tx: Tx,
  accountId: string,
  at: Date,
): Promise<readonly { readonly hint: string; readonly createdAt: Date }[]> {
  return inTx(tx).apiKey.findMany({
    where: { accountId, kind: 'secret', revokedAt: null, OR: [{ expiresAt: null }, { expiresAt: { gt: at } }] },
    select: { hint: true, createdAt: true },
    orderBy: [{ createdAt: 'asc' }, { id: 'asc' }],
  });
}

/** What the key was rotated into so far; `isTaken`: one of them was not taken back. */
export async function readSuccessors(
  tx: Tx,
  accountId: string,
  id: string,
): Promise<{ readonly count: number; readonly isTaken: boolean }> {
  const rows = await inTx(tx).apiKey.findMany({ where: { accountId, rotatedFromId: id }, select: { revokedAt: true } });
  return { count: rows.length, isTaken: rows.some(({ revokedAt }) => revokedAt === null) };
}

export type KeyChange = Partial<Pick<ApiKey, 'label' | 'origins' | 'maxAmount' | 'expiresAt' | 'revokedAt'>>;

export async function saveKey(tx: Tx, key: Pick<ApiKey, 'id' | 'accountId'>, { maxAmount, origins, ...plain }: KeyChange): Promise<void> {
  await inTx(tx).apiKey.updateMany({
    where: { id: key.id, accountId: key.accountId },
    data: {
      ...plain,
      ...(origins === undefined ? {} : { origins: [...origins] }),
      ...(maxAmount === undefined ? {} : { maxAmount: maximumToRow(maxAmount) }),
    },
  });
}

/** Known to the minute: whoever finds it written already writes nothing. */
export async function saveKeyUse(database: Database, id: string, at: Date, unlessAfter: Date): Promise<void> {
  await database.client.apiKey.updateMany({
    where: { id, OR: [{ lastUsedAt: null }, { lastUsedAt: { lt: unlessAfter } }] },
    data: { lastUsedAt: at },
  });
}

/** Money rests as decimal text: JSON has no whole numbers of any size. An empty object is no maximum. */
export function maximumToRow(maximum: KeyMaximum | null): object {
  return Object.fromEntries(Object.entries(maximum ?? {}).map(([currency, minor]) => [currency, minor.toString()]));
}

export function maximumFromRow(row: unknown): KeyMaximum | null {
  if (typeof row !== 'object' || row === null) return null;
  const entries = Object.entries(row).map(([currency, minor]) => [currency, BigInt(String(minor))]);
  return entries.length === 0 ? null : (Object.fromEntries(entries) as KeyMaximum); // only maximumToRow writes this column
}

function fromRow(row: KeyRow): ApiKey {
  return {
    id: row.id,
    accountId: row.accountId,
    kind: row.kind as KeyKind, // a CHECK holds the column to KEY_KINDS
    mode: row.mode as KeyMode, // a CHECK holds the column to KEY_MODES
    hint: row.hint,
    publicText: row.publicText,
    label: row.label,
    origins: row.origins,
    maxAmount: maximumFromRow(row.maxAmount),
    rotatedFromId: row.rotatedFromId,
    createdAt: row.createdAt,
    expiresAt: row.expiresAt,
    revokedAt: row.revokedAt,
    lastUsedAt: row.lastUsedAt,
  };
}
