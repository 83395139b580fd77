import type { Database } from '../lib/database.ts';

export type EventRow = {
  readonly id: string;
  readonly type: string;
  readonly at: Date;
  readonly facts: unknown;
  readonly sequence: bigint;
};

/** Everything that was said about one subject, oldest first. The account stands in the `where`. */
export async function readSubjectEvents(database: Database, accountId: string, subjectId: string): Promise<readonly EventRow[]> {
  const rows = await database.client.event.findMany({
    where: { accountId, subjectId },
    orderBy: { sequence: 'asc' },
    take: SUBJECT_EVENTS_MAX,
  });
  return rows.map((row) => ({ id: row.id, type: row.type, at: row.createdAt, facts: row.facts, sequence: row.sequence }));
}

/** A payment has at most six transitions; links and keys a few more. */
const SUBJECT_EVENTS_MAX = 200;
