import type { NewEvent } from './events/event.ts';
import type { Database, Tx } from './lib/database.ts';
import type { Asked } from './lib/row-statements.ts';
import type { World } from './world.ts';
import { countPaidPayment } from './accounts/account-store.ts';
import { makeEventIds } from './events/event.ts';
import { recordEvent, writeEvent } from './events/outbox.ts';
import { makeDatabase } from './lib/database.ts';
import { makeSealer } from './lib/sealed.ts';
import { findPaymentForUpdate, savePayment } from './payments/payment-store.ts';
import { releaseDirectLease } from './wallets/direct-lease-store.ts';

/** What everything else is built on. */
export type Core = ReturnType<typeof buildCore>;

/** What a recorded event makes due. Everything else has its own hints and ticks, mails too: a busy shop's events must not make it look all the time. */
const JOBS_OF_EVENTS = ['relay'];

export function buildCore(world: World) {
  const sealer = makeSealer(world.sealingKey, world.random);
  const eventId = makeEventIds(world.eventIdKey.reveal(), world.random);
  const announced = new WeakSet<Tx | Asked>();
  const database: Database = makeDatabase(world.prisma, world.pool, (what) => {
    if (announced.has(what)) world.wake(JOBS_OF_EVENTS);
  });
  const eventWrite = (event: NewEvent) => {
    const write = writeEvent(eventId(event), event);
    announced.add(write);
    return write;
  };
  const record = (tx: Tx, event: NewEvent) => {
    announced.add(tx);
    return recordEvent(tx, eventId(event), event);
  };
  const applyDeps = {
    findForUpdate: findPaymentForUpdate,
    save: savePayment,
    countPaid: countPaidPayment,
    recordEvent: record,
    releaseAddress: releaseDirectLease,
    log: world.log,
  };
  return { sealer, database, record, eventWrite, applyDeps };
}
