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

/** Each event by its key (LIMIT 1), here and below: joined outright, a plan that was made while the table was small reads all events in every round. */
const BY_KEY = (from: string, columns = 'e.*') =>
  `SELECT ${columns} FROM ${from} f CROSS JOIN LATERAL (SELECT * FROM "Event" WHERE "id" = f."eventId" LIMIT 1) e ORDER BY e."accountId", e."sequence"`;
const FIRST = 'SELECT "eventId" FROM "Outbox" ORDER BY "createdAt", "eventId" LIMIT $1';
const MAY_OWE = `e."webhookBody" IS NOT NULL
  AND EXISTS (SELECT 1 FROM "WebhookEndpoint" w WHERE w."accountId" = e."accountId" AND w."status" = 'enabled')`;
const peek = statement<Event & { mayOwe: boolean }>(BY_KEY(`(${FIRST})`, `e.*, ${MAY_OWE} AS "mayOwe"`));
const takeBatch = statement<Event>(`
  WITH chosen AS MATERIALIZED (${FIRST} FOR UPDATE SKIP LOCKED), taken AS (
    DELETE FROM "Outbox" o USING chosen c WHERE o."eventId" = c."eventId" RETURNING o."eventId"
  )
  ${BY_KEY('taken')}`);
const remove = statement('DELETE FROM "Outbox" WHERE "eventId" = ANY($1::text[])');

export type Relay = {
  /** Tells whoever listens now. An event may be announced twice, never not at all. */
  readonly announce: (event: RecordedEvent) => void;
  /** Stores what is owed for an event, in the transaction that removes it from the outbox. Only for events with a webhook body: the others owe nothing. */
  readonly store: (tx: Tx, event: RecordedEvent) => Promise<void>;
};

/**
 * Relays a batch of events out of the outbox and answers them. Several relays may run: what one is just storing for, another one skips. Where
 * nothing is owed, one statement after the announcement is enough, and another relay may have announced the same. An endpoint that comes, or is
 * enabled, after that look is owed nothing of what was there before it.
 */
export async function takeFromOutbox(database: Database, { announce, store }: Relay): Promise<readonly RecordedEvent[]> {
  const found = await rowsOf(database.ask, peek(RELAY_BATCH));
  if (found.some(({ mayOwe }) => mayOwe)) {
    return database.transact(async (tx) => {
      const events = (await rowsOf(askIn(tx), takeBatch(RELAY_BATCH))).map(eventOf);
      for (const event of events) {
        if (event.webhookBody !== null) await store(tx, event);
        announce(event);
      }
      return events;
    });
  }
  const waiting = found.map(eventOf);
  for (const event of waiting) announce(event);
  if (waiting.length > 0) await database.ask(remove(waiting.map(({ id }) => id)));
  return waiting;
}

function eventOf(row: Event): RecordedEvent {
  const { id, accountId, sequence, subjectId, subjectVersion, webhookBody, createdAt: at } = row;
  const type = row.type as EventType; // a CHECK holds the column to EVENT_TYPES
  const facts = row.facts as object; // written by recordEvent from an object
  return { id, accountId, sequence, type, subjectId, subjectVersion, facts, webhookBody, at };
}
