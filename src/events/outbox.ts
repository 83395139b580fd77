import type { Event } from '../../prisma/generated/client.ts';
import type { Database, Tx } from '../lib/database.ts';
import type { EventType, NewEvent, RecordedEvent } from './event.ts';
import { askIn } from '../lib/database.ts';
import { firstOf, rowsOf, statement } from '../lib/row-statements.ts';

/** Rows relayed in one transaction: bounds the lock time of a batch. */
export const RELAY_BATCH = 100;

/**
 * Appends an event with its account's next sequence and its outbox row, in the caller's transaction. The account row is locked from here
 * to the commit, so sequences have no gaps and commit order is number order.
 */
export async function recordEvent(tx: Tx, id: string, event: NewEvent): Promise<RecordedEvent> {
  const row = await firstOf(askIn(tx), writeEvent(id, event));
  if (!row) throw new Error(`no account ${event.accountId} to record an event of`);
  return { ...event, id, sequence: row.sequence };
}

/** The same as a write that is committed with others. It writes nothing where there is no such account: what goes with it must say that there is. */
export function writeEvent(id: string, event: NewEvent) {
  const { accountId, type, subjectId, subjectVersion, webhookBody, requestId = null, at } = event;
  return append(id, accountId, type, subjectId, subjectVersion, JSON.stringify(event.facts), webhookBody, requestId, at);
}

/** Number, event and queue in one statement: three round trips less while the account is locked. */
const append = statement<{ sequence: bigint }>(`
  WITH numbered AS (
    UPDATE "Account" SET "eventSeq" = "eventSeq" + 1 WHERE "id" = $2 RETURNING "eventSeq"
  ), event AS (
    INSERT INTO "Event" ("id", "accountId", "sequence", "type", "subjectId", "subjectVersion", "facts", "webhookBody", "requestId", "createdAt")
    SELECT $1, $2, "eventSeq", $3, $4, $5::int, $6::jsonb, $7, $8, $9::timestamptz FROM numbered RETURNING "id", "sequence", "createdAt"
  ), queued AS (
    INSERT INTO "Outbox" ("eventId", "createdAt") SELECT "id", "createdAt" FROM event
  )
  SELECT "sequence" FROM event`);

const peek = statement('SELECT 1 AS waits FROM "Outbox" LIMIT 1');
/** Each event by its key (LIMIT 1): joined outright, a plan that was made while the table was small reads all events in every round. */
const takeBatch = statement<Event>(`
  WITH chosen AS MATERIALIZED (
    SELECT "eventId" FROM "Outbox" ORDER BY "createdAt", "eventId" LIMIT $1 FOR UPDATE SKIP LOCKED
  ), taken AS (
    DELETE FROM "Outbox" o USING chosen c WHERE o."eventId" = c."eventId" RETURNING o."eventId"
  )
  SELECT e.* FROM taken t CROSS JOIN LATERAL (SELECT * FROM "Event" WHERE "id" = t."eventId" LIMIT 1) e ORDER BY e."accountId", e."sequence"`);

/**
 * Takes a batch of unrelayed events, hands each to `relay` inside the transaction that removes it from the outbox, and answers them.
 * Several relays may run: rows that another one holds are skipped.
 */
export async function takeFromOutbox(
  database: Database,
  relay: (tx: Tx, event: RecordedEvent) => Promise<void>,
): Promise<readonly RecordedEvent[]> {
  if (!(await firstOf(database.ask, peek()))) return []; // most looks: no transaction for nothing
  return database.transact(async (tx) => {
    const events: RecordedEvent[] = [];
    for (const row of await rowsOf(askIn(tx), takeBatch(RELAY_BATCH))) {
      const event: RecordedEvent = {
        id: row.id,
        accountId: row.accountId,
        sequence: row.sequence,
        type: row.type as EventType, // a CHECK holds the column to EVENT_TYPES
        subjectId: row.subjectId,
        subjectVersion: row.subjectVersion,
        facts: row.facts as object, // written by recordEvent from an object
        webhookBody: row.webhookBody,
        at: row.createdAt,
      };
      await relay(tx, event);
      events.push(event);
    }
    return events;
  });
}
