import type { Event } from '../../prisma/generated/client.ts';
import type { Database } from '../lib/database.ts';

export type EventRow = {
  readonly id: string;
  readonly type: string;
  readonly subjectId: string;
  readonly at: Date;
  readonly facts: unknown;
  readonly sequence: bigint;
};

/** Everything that was said about each of these subjects, oldest first. The account stands in the `where`. */
export async function readSubjectsEvents(
  database: Database,
  accountId: string,
  subjectIds: readonly string[],
): Promise<ReadonlyMap<string, readonly EventRow[]>> {
  const rows = await database.client.event.findMany({
    where: { accountId, subjectId: { in: [...new Set(subjectIds)] } },
    orderBy: { sequence: 'asc' },
    take: SUBJECT_EVENTS_MAX * subjectIds.length,
  });
  return Map.groupBy(rows.map(eventRow), ({ subjectId }) => subjectId);
}

/** A payment has at most six transitions; links and keys a few more. */
const SUBJECT_EVENTS_MAX = 200;

export type EventQuery = {
  readonly accountId: string;
  /** `live`: everything but test payments. `test`: test payments, links and endpoints alone; whoever has a test key must not learn of the rest. */
  readonly mode: 'live' | 'test';
  /** The last sequence that the reader knows; 0 for the beginning. */
  readonly after: bigint;
  /** Empty: all. */
  readonly types: readonly string[];
  readonly limit: number;
};

/** The account's log behind a place, oldest first. Sequences are given out under the account's lock, so nothing can appear before that place later. */
export async function readEvents(database: Database, { accountId, mode, after, types, limit }: EventQuery): Promise<readonly EventRow[]> {
  const other = mode === 'live' ? 'test' : 'live';
  const rows = await database.client.$queryRaw<Pick<Event, 'id' | 'type' | 'subjectId' | 'createdAt' | 'facts' | 'sequence'>[]>`
    SELECT e."id", e."type", e."subjectId", e."createdAt", e."facts", e."sequence" FROM "Event" e
    WHERE e."accountId" = ${accountId} AND e."sequence" > ${after} AND (cardinality(${types}::text[]) = 0 OR e."type" = ANY(${types}::text[]))
      AND NOT EXISTS (SELECT 1 FROM "Payment" p WHERE p."id" = e."subjectId" AND p."mode" = ${other})
      AND (${mode} = 'live'
        OR EXISTS (SELECT 1 FROM "Payment" p WHERE p."id" = e."subjectId" AND p."mode" = 'test')
        OR EXISTS (SELECT 1 FROM "PaymentLink" l WHERE l."id" = e."subjectId" AND l."mode" = 'test')
        OR EXISTS (SELECT 1 FROM "WebhookEndpoint" w WHERE w."id" = e."subjectId" AND w."mode" = 'test'))
    ORDER BY e."sequence" LIMIT ${limit}`;
  return rows.map(eventRow);
}

/** Where the account's log stands now. */
export async function readLogEnd(database: Database, accountId: string): Promise<bigint> {
  const { eventSeq } = await database.client.account.findUniqueOrThrow({ where: { id: accountId }, select: { eventSeq: true } });
  return eventSeq;
}

export function eventRow(row: Pick<Event, 'id' | 'type' | 'subjectId' | 'createdAt' | 'facts' | 'sequence'>): EventRow {
  return { id: row.id, type: row.type, subjectId: row.subjectId, at: row.createdAt, facts: row.facts, sequence: row.sequence };
}
