import type { Database } from '../lib/database.ts';

/** A swap that waits for a human. */
export type HeldSwap = Readonly<{
  id: string;
  accountId: string;
  subjectId: string;
  /** Locked by the provider; from this height on the provider may take it back. */
  lockupSats: bigint;
  timeoutHeight: number;
  reason: string;
}>;

/** Oldest first. */
export async function heldSwaps(database: Database): Promise<readonly HeldSwap[]> {
  const rows = await database.client.swap.findMany({
    where: { status: 'held' },
    select: { id: true, accountId: true, subjectId: true, lockupSats: true, timeoutHeight: true, failure: true },
    orderBy: [{ createdAt: 'asc' }, { id: 'asc' }],
  });
  return rows.map(({ id, accountId, subjectId, lockupSats, timeoutHeight, failure }) => ({
    ...{ id, accountId, subjectId },
    ...{ lockupSats: lockupSats ?? 0n, timeoutHeight: timeoutHeight ?? 0, reason: failure ?? 'unknown' }, // a CHECK holds the first two
  }));
}
