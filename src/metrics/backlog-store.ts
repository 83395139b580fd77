import type { Database } from '../lib/database.ts';

export type Backlog = Readonly<{
  swaps: readonly Readonly<{ status: string; count: number }>[];
  deliveriesDue: number;
  mailsDue: number;
  outboxEvents: number;
  /** Null: nothing waits. */
  oldestOutboxAt: Date | null;
}>;

/** What waits in the database. Asks the indexes of due rows alone: finished rows cost nothing, however many they are. */
export async function readBacklog(database: Database, at: Date): Promise<Backlog> {
  const { client } = database;
  const swaps = await client.$queryRaw<{ status: string; count: number }[]>`
    SELECT "status", count(*)::int AS count FROM "Swap" WHERE "nextLookAt" IS NOT NULL GROUP BY "status"`;
  const due = { nextAttemptAt: { lte: at } };
  const [deliveriesDue, mailsDue, outbox] = await Promise.all([
    client.delivery.count({ where: due }),
    client.mailOutbox.count({ where: due }),
    client.outbox.aggregate({ _count: true, _min: { createdAt: true } }),
  ]);
  const { _count: outboxEvents, _min: oldest } = outbox;
  return { swaps, deliveriesDue, mailsDue, outboxEvents, oldestOutboxAt: oldest.createdAt };
}
