import type { EndpointAsker } from './endpoint-input.ts';
import type { Replayable } from './redelivery-store.ts';
import type { StoredEndpoint } from './webhook-store.ts';
import type { Database, Tx } from '../lib/database.ts';
import type { Random } from '../lib/random.ts';
import type { Refusal } from '../lib/refusal.ts';
import type { Result } from '../lib/result.ts';
import type { Clock } from '../lib/time.ts';
import { WEBHOOK_EVENT_TYPES } from '../events/event.ts';
import { newId } from '../lib/ids.ts';
import { ok, refuse } from '../lib/result.ts';
import { DELIVERY_NOT_FOUND, ENDPOINT_NOT_FOUND, modesOf } from './endpoint-input.ts';
import { wantsEvent } from './endpoint.ts';
import { endPause } from './endpoint-health-store.ts';
import { findEndpointForUpdate } from './managed-endpoint-store.ts';
import { findDeliveryTarget, findReplayable, insertDelivery, insertReplays, readRedeliveries } from './redelivery-store.ts';

export type RedeliverDeps = Readonly<{
  database: Database;
  random: Random;
  now: Clock;
  /** Called after the commit: there is something to send. */
  wake: () => void;
  announce: (delivery: { readonly id: string; readonly accountId: string }) => void;
}>;

/** A merchant who was away for a month and sells a hundred times a day; more than that is better read from the event log. */
export const REPLAY_MAX = 5_000;
/** A sequence as text: what fits a 64-bit column. */
const SEQUENCE = /^\d{1,18}$/;

/** Sends an event once more to where it was sent. Asked again while that is still under way, it answers the same delivery. */
export async function redeliver(deps: RedeliverDeps, asker: EndpointAsker, deliveryId: string): Promise<Result<{ id: string }, Refusal>> {
  const whose = { accountId: asker.accountId, modes: modesOf(asker) };
  const target = await findDeliveryTarget(deps.database, whose, deliveryId);
  if (!target) return refuse(DELIVERY_NOT_FOUND);
  const made = await deps.database.transact(async (tx): Promise<Result<{ id: string }, Refusal>> => {
    const endpoint = await findEndpointForUpdate(tx, whose, target.endpointId);
    if (!endpoint) return refuse(ENDPOINT_GONE);
    if (endpoint.status !== 'enabled') return refuse(ENDPOINT_PAUSED);
    const at = deps.now();
    await endPause(tx, { id: endpoint.id, accountId: asker.accountId, at });
    const { last, pendingId } = await readRedeliveries(tx, { accountId: asker.accountId, ...target });
    if (pendingId !== null) return ok({ id: pendingId });
    const id = newId(deps.random, 'delivery');
    await insertDelivery(tx, { id, accountId: asker.accountId, ...target, redelivery: last + 1, at, leasedUntil: null });
    return ok({ id });
  });
  if (made.ok) {
    deps.announce({ id: made.value.id, accountId: asker.accountId });
    deps.wake();
  }
  return made;
}

/** Sends an endpoint everything again that lies after a place in the account's event log; what is on its way to it is left alone. */
export async function replayEvents(
  deps: RedeliverDeps,
  asker: EndpointAsker,
  asked: { endpointId: string; afterSequence: unknown },
): Promise<Result<{ queued: number }, Refusal>> {
  const { endpointId, afterSequence } = asked;
  if (typeof afterSequence !== 'string' || !SEQUENCE.test(afterSequence)) return refuse(BAD_SEQUENCE);
  const after = BigInt(afterSequence);
  const replayed = await deps.database.transact(async (tx): Promise<Result<{ queued: number }, Refusal>> => {
    const endpoint = await findEndpointForUpdate(tx, { accountId: asker.accountId, modes: modesOf(asker) }, endpointId);
    if (!endpoint) return refuse(ENDPOINT_NOT_FOUND);
    if (endpoint.status !== 'enabled') return refuse(ENDPOINT_PAUSED);
    return queue(deps, tx, { endpoint, after });
  });
  if (replayed.ok) deps.wake();
  return replayed;
}

async function queue(
  { random, now }: RedeliverDeps,
  tx: Tx,
  { endpoint, after }: { endpoint: StoredEndpoint; after: bigint },
): Promise<Result<{ queued: number }, Refusal>> {
  const { id: endpointId, accountId, mode } = endpoint;
  const types = WEBHOOK_EVENT_TYPES.filter((type) => type !== 'payment.test' && wantsEvent(endpoint, type));
  const events = await findReplayable(tx, { accountId, endpointId, mode, types, after, limit: REPLAY_MAX + 1 });
  if (events.length > REPLAY_MAX) return refuse(TOO_MUCH);
  const at = now();
  const rowOf = ({ eventId, redelivery }: Replayable) => ({
    ...{ id: newId(random, 'delivery'), accountId, endpointId, eventId, at },
    ...{ redelivery: Number(redelivery), leasedUntil: null },
  });
  await insertReplays(tx, events.map(rowOf));
  await endPause(tx, { id: endpointId, accountId, at });
  return ok({ queued: events.length });
}

const ENDPOINT_PAUSED: Refusal = {
  kind: 'conflict',
  code: 'webhook_endpoint_paused',
  message: 'The webhook endpoint is paused — enable it first',
};
const ENDPOINT_GONE: Refusal = {
  kind: 'conflict',
  code: 'webhook_endpoint_deleted',
  message: 'The webhook endpoint of this delivery was deleted',
};
const TOO_MUCH: Refusal = {
  kind: 'invalid',
  code: 'replay_too_long',
  message: `More than ${REPLAY_MAX} events lie after that — replay from a later one, or read GET /api/v1/events`,
  field: 'afterSequence',
};
const BAD_SEQUENCE: Refusal = {
  kind: 'invalid',
  code: 'invalid_sequence',
  message: 'after must be the sequence of an event, as a decimal number; 0 is the beginning',
  field: 'afterSequence',
};
