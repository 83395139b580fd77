import type { Database, Tx } from '../lib/database.ts';
import type { EventType, NewEvent, RecordedEvent } from './event.ts';
import { inTx } from '../lib/database.ts';

/** Rows relayed in one transaction: bounds the lock time of a batch. */
export const RELAY_BATCH = 100;

/**
 * Appends an event with its account's next sequence and its outbox row, in the caller's transaction. The account row is locked from here
 * to the commit, so sequences have no gaps and commit order is number order.
 */
export async function recordEvent(tx: Tx, id: string, event: NewEvent): Promise<RecordedEvent> {
  const db = inTx(tx);
  const account = await db.account.update({
    where: { id: event.accountId },
    data: { eventSeq: { increment: 1 } },
    select: { eventSeq: true },
  });
  await db.event.create({
    data: {
      id,
      accountId: event.accountId,
      sequence: account.eventSeq,
      type: event.type,
      subjectId: event.subjectId,
      subjectVersion: event.subjectVersion,
      facts: event.facts,
      webhookBody: event.webhookBody,
      requestId: event.requestId ?? null,
      createdAt: event.at,
    },
  });
  await db.outbox.create({ data: { eventId: id, createdAt: event.at } });
  return { ...event, id, sequence: account.eventSeq };
}

/**
 * Takes a batch of unrelayed events, hands each to `relay` inside the transaction that removes it from the outbox, and answers them.
 * Several relays may run: rows that another one holds are skipped.
 */
export async function takeFromOutbox(
  database: Database,
  relay: (tx: Tx, event: RecordedEvent) => Promise<void>,
): Promise<readonly RecordedEvent[]> {
  return database.transact(async (tx) => {
    const db = inTx(tx);
    const taken = await db.$queryRaw<{ eventId: string }[]>`
      SELECT "eventId" FROM "Outbox" ORDER BY "createdAt", "eventId" LIMIT ${RELAY_BATCH} FOR UPDATE SKIP LOCKED`;
    if (taken.length === 0) return [];
    const ids = taken.map((row) => row.eventId);
    const rows = await db.event.findMany({ where: { id: { in: ids } }, orderBy: [{ accountId: 'asc' }, { sequence: 'asc' }] });
    const events: RecordedEvent[] = [];
    for (const row of rows) {
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
    await db.outbox.deleteMany({ where: { eventId: { in: ids } } });
    return events;
  });
}
