import type { LeasedDelivery, DeliverySubject, DeliveryOutcome } from './delivery-store.ts';
import type { DestinationPolicy } from './destination.ts';
import type { PostResult, PostToMerchant } from './webhook-client.ts';
import type { Database } from '../lib/database.ts';
import type { Log } from '../lib/log.ts';
import type { Random } from '../lib/random.ts';
import type { Sealer } from '../lib/sealed.ts';
import type { Clock } from '../lib/time.ts';
import { toHex } from '../lib/bytes.ts';
import { addMs, pause } from '../lib/time.ts';
import { finishAttempt, leaseDueDeliveries, readDeliverySubject, startAttempt } from './delivery-store.ts';
import { parseDestination } from './destination.ts';
import { signingSecrets } from './save-endpoint.ts';
import { ATTEMPTS_MAX, nextAttemptAt } from './schedule.ts';
import { deliveryHeaders } from './signature.ts';
import { DELIVERY_TIMEOUT_MS } from './webhook-client.ts';
import { noteEndpointHealth } from './webhook-store.ts';

export type DeliverDueDeps = Readonly<{
  database: Database;
  post: PostToMerchant;
  policy: DestinationPolicy;
  sealer: Sealer;
  random: Random;
  now: Clock;
  log: Log;
  /** When aborted, nothing new is started; what runs is finished first (at most `DELIVERY_TIMEOUT_MS`). */
  stop?: AbortSignal;
}>;

/** POSTs that run at once in one call. Each holds a socket and, briefly, a database connection. */
export const IN_FLIGHT_MAX = 40;
/** Of which one endpoint may hold so many (10 %): a dead one leaves the others their slots. */
export const IN_FLIGHT_PER_ENDPOINT_MAX = 4;
/** While some POSTs hang, new events are looked for this often. */
const LOOK_AGAIN_MS = 200;
/** Three times the longest POST: a worker that is merely slow keeps its delivery, a dead one's is free soon. */
export const LEASE_MS = 3 * DELIVERY_TIMEOUT_MS;
const DELIVERY_ID_BYTES = 16;

/**
 * Delivers everything that is due, also what falls due meanwhile, and answers how many deliveries it took up. Any number of these may run,
 * in any number of processes. `nextDueAt` says when to call again; after an answer of 0 a caller waits a moment even if that lies in the past
 * (another process may be at work on it).
 */
export async function deliverDue(deps: DeliverDueDeps): Promise<number> {
  const running = new Set<Promise<void>>();
  let taken = 0;
  try {
    for (;;) {
      const leased = deps.stop?.aborted ? [] : await lease(deps, IN_FLIGHT_MAX - running.size);
      for (const delivery of leased) {
        const work = deliverOne(deps, delivery)
          .catch((error: unknown) => deps.log.error({ error, deliveryId: delivery.id }, 'a webhook delivery broke off'))
          .finally(() => running.delete(work));
        running.add(work);
      }
      taken += leased.length;
      if (running.size === 0) return taken;
      await firstOf(running);
    }
  } finally {
    await Promise.all(running);
  }
}

async function lease(deps: DeliverDueDeps, limit: number): Promise<readonly LeasedDelivery[]> {
  if (limit <= 0) return [];
  const at = deps.now();
  return leaseDueDeliveries(deps.database, { at, until: addMs(at, LEASE_MS), limit, perEndpoint: IN_FLIGHT_PER_ENDPOINT_MAX });
}

async function firstOf(running: ReadonlySet<Promise<void>>): Promise<void> {
  const won = new AbortController();
  const timer = pause(LOOK_AGAIN_MS, won.signal).catch(() => undefined); // aborted below, when a delivery ended first
  await Promise.race([timer, ...running]);
  won.abort();
}

/** Record, then act, then confirm: the attempt is stored before the POST, and the result only by the worker that still owns the delivery. */
async function deliverOne(deps: DeliverDueDeps, leased: LeasedDelivery): Promise<void> {
  const number = leased.attempts + 1;
  const subject = number > ATTEMPTS_MAX ? null : await readDeliverySubject(deps.database, leased);
  if (!subject) return endWithoutAttempt(deps, leased);
  const startedAt = deps.now();
  const attemptId = toHex(deps.random(DELIVERY_ID_BYTES));
  const body = Buffer.from(subject.event.body, 'utf8');
  const requestHeaders = deliveryHeaders({
    body,
    eventId: subject.event.id,
    eventCreatedAt: subject.event.createdAt,
    eventSequence: subject.event.sequence,
    deliveryId: attemptId,
    attempt: number,
    isRedelivery: leased.redelivery > 0,
    at: startedAt,
    secrets: signingSecrets(deps.sealer, subject.endpoint, startedAt),
  });
  // If this process dies from here on, the failure is taken to have happened at the latest moment that it could: never early.
  const nextIfLost = nextAttemptAt(number, addMs(startedAt, DELIVERY_TIMEOUT_MS), chance(deps)) ?? addMs(startedAt, LEASE_MS);
  if (!(await startAttempt(deps.database, leased, { id: attemptId, number, startedAt, requestHeaders, nextIfLost }))) return;
  const result = await send(deps, subject, { headers: requestHeaders, body });
  await settle(deps, leased, { id: attemptId, number, startedAt, result });
}

/** The rules may have changed since the url was saved, so it is judged again. */
async function send(
  deps: DeliverDueDeps,
  subject: DeliverySubject,
  message: { headers: Record<string, string>; body: Uint8Array },
): Promise<PostResult> {
  const destination = parseDestination(subject.endpoint.url, deps.policy);
  if (!destination.ok) return { durationMs: 0, httpStatus: null, errorCode: 'address_refused', responseHead: null };
  return deps.post(destination.value, message);
}

type EndedAttempt = Readonly<{ id: string; number: number; startedAt: Date; result: PostResult }>;

async function settle(deps: DeliverDueDeps, leased: LeasedDelivery, { id, number, startedAt, result }: EndedAttempt): Promise<void> {
  const { httpStatus, errorCode } = result;
  const isDelivered = httpStatus !== null && httpStatus >= 200 && httpStatus <= 299;
  // By the clock of the start: a clock that is moved while the POST runs must not move the next attempt.
  const endedAt = addMs(startedAt, result.durationMs);
  const outcome = isDelivered ? DELIVERED : afterFailure(number, endedAt, chance(deps));
  const facts = { deliveryId: leased.id, eventId: leased.eventId, endpointId: leased.endpointId, attempt: number, httpStatus, errorCode };
  const isStored = await finishAttempt(deps.database, leased, { attempt: { id, result }, outcome });
  if (!isStored) return deps.log.warn(facts, 'a webhook attempt ended after its lease; its result does not count');
  await noteEndpointHealth(deps.database, { id: leased.endpointId, accountId: leased.accountId, failed: !isDelivered, at: endedAt });
  if (isDelivered) deps.log.info(facts, 'webhook delivered');
  else deps.log.warn({ ...facts, outcome: outcome.status }, 'webhook attempt failed');
}

const DELIVERED: DeliveryOutcome = { status: 'delivered' };

function afterFailure(attempt: number, failedAt: Date, chanceOf: number): DeliveryOutcome {
  const next = nextAttemptAt(attempt, failedAt, chanceOf);
  return next ? { status: 'pending', nextAttemptAt: next } : { status: 'exhausted' };
}

/** The last attempt was lost with its process, or there is nothing left to send: never a fifth. */
async function endWithoutAttempt(deps: DeliverDueDeps, leased: LeasedDelivery): Promise<void> {
  const status = leased.attempts >= ATTEMPTS_MAX ? 'exhausted' : 'cancelled';
  await finishAttempt(deps.database, leased, { attempt: null, outcome: { status } });
  deps.log.warn(
    { deliveryId: leased.id, eventId: leased.eventId, endpointId: leased.endpointId, outcome: status },
    'webhook delivery ended',
  );
}

function chance({ random }: DeliverDueDeps): number {
  const [high = 0, low = 0] = random(2);
  return (high * 256 + low) / 65_536;
}
