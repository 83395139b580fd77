import type { Database, Tx } from '../src/lib/database.ts';
import type { RecordedEvent } from '../src/events/event.ts';
import type { Bus } from './pubsub.ts';
import { takeFromOutbox } from '../src/events/outbox.ts';
import { topicsOf } from './topics.ts';

export type RelayDeps = {
  readonly database: Database;
  readonly bus: Bus;
  /** Makes the deliveries that merchants' endpoints are owed, and answers how many; repeat-safe. */
  readonly queueDeliveries: (tx: Tx, event: RecordedEvent) => Promise<number>;
};

/**
 * Hands committed events on: deliveries are stored with the removal from the outbox, announcements are made before it. A process that
 * dies in between announces twice, never not at all.
 * @returns how many events were relayed, and how many deliveries were queued for them
 */
export async function relayEvents(deps: RelayDeps): Promise<{ relayed: number; queued: number }> {
  let queued = 0;
  const events = await takeFromOutbox(deps.database, {
    announce: (event) => {
      for (const topic of topicsOf(event)) deps.bus.publish({ topic, version: event.subjectVersion });
    },
    store: async (tx, event) => {
      queued += await deps.queueDeliveries(tx, event);
    },
  });
  return { relayed: events.length, queued };
}
