import type { EndedAttempt, StartedAttempt, StoredEnd } from './attempt-store.ts';
import type { DueDelivery } from './delivery-lease-store.ts';
import type { DeliveryOutcome, DeliverySubject, LeasedDelivery } from './delivery-store.ts';
import type { DestinationPolicy } from './destination.ts';
import type { PostResult, PostToMerchant } from './webhook-client.ts';
import type { Database, Tx } from '../lib/database.ts';
import type { Log } from '../lib/log.ts';
import type { Random } from '../lib/random.ts';
import type { Sealer } from '../lib/sealed.ts';
import type { Clock } from '../lib/time.ts';
import { batched } from '../lib/batched.ts';
import { toHex } from '../lib/bytes.ts';
import { newId } from '../lib/ids.ts';
import { addMs } from '../lib/time.ts';
import { endAttempts, startAttempt, startAttempts } from './attempt-store.ts';
import { finishAttempt } from './delivery-store.ts';
import { parseDestination } from './destination.ts';
import { noteEndpointFailed, noteEndpointReached } from './endpoint-health-store.ts';
import { queueFailureMail } from './failure-mail-store.ts';
import { signingSecrets } from './save-endpoint.ts';
import { attemptsMax, nextAttemptAt } from './schedule.ts';
import { deliveryHeaders } from './signature.ts';
import { DELIVERY_TIMEOUT_MS } from './webhook-client.ts';

export type AttemptDeliveryDeps = Readonly<{
  database: Database;
  post: PostToMerchant;
  policy: DestinationPolicy;
  sealer: Sealer;
  random: Random;
  now: Clock;
  log: Log;
  /** Called after each commit that changed a delivery. */
  announce: (delivery: { readonly id: string; readonly accountId: string }) => void;
}>;

/** Where attempts are recorded; those of one moment in one commit. */
export type AttemptRecords = Readonly<{
  start: (attempt: StartedAttempt) => Promise<boolean>;
  end: (attempt: EndedAttempt) => Promise<StoredEnd | null>;
}>;

export function attemptRecords(database: Database): AttemptRecords {
  return {
    start: batched((attempts) => startAttempts(database, attempts)),
    end: batched((attempts) => endAttempts(database, attempts)),
  };
}

/** Three times the longest POST: a worker that is merely slow keeps its delivery, a dead one's is free soon. */
export const LEASE_MS = 3 * DELIVERY_TIMEOUT_MS;
const DELIVERY_ID_BYTES = 16;

/** Record, then act, then confirm: the attempt is stored before the POST, and the result only by the worker that still owns the delivery. */
export async function attemptDelivery(deps: AttemptDeliveryDeps, records: AttemptRecords, leased: DueDelivery): Promise<void> {
  const { subject } = leased;
  const number = leased.attempts + 1;
  if (!subject || number > attemptsMax(subject.event.type)) return endWithoutAttempt(deps, leased, subject);
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
  const lostAt = addMs(startedAt, DELIVERY_TIMEOUT_MS);
  const nextIfLost = retryAt(deps, subject, { number, failedAt: lostAt }) ?? addMs(startedAt, LEASE_MS);
  const started = { leased, id: attemptId, number, startedAt, requestHeaders, nextIfLost };
  if (!(await records.start(started)) && !(await startAttempt(deps.database, started))) return;
  deps.announce(leased);
  const result = await send(deps, subject, { headers: requestHeaders, body });
  await settle(deps, { records, leased, subject }, { id: attemptId, number, startedAt, result });
}

/** The rules may have changed since the url was saved, so it is judged again. */
async function send(
  deps: AttemptDeliveryDeps,
  subject: DeliverySubject,
  message: { headers: Record<string, string>; body: Uint8Array },
): Promise<PostResult> {
  const destination = parseDestination(subject.endpoint.url, deps.policy);
  if (!destination.ok) return { durationMs: 0, httpStatus: null, errorCode: 'address_refused', responseHead: null };
  return deps.post(destination.value, message);
}

type Underway = Readonly<{ leased: LeasedDelivery; subject: DeliverySubject }>;
type Answered = Readonly<{ id: string; number: number; startedAt: Date; result: PostResult }>;

async function settle(
  deps: AttemptDeliveryDeps,
  { records, leased, subject }: Underway & { records: AttemptRecords },
  answered: Answered,
): Promise<void> {
  const { number, startedAt, result } = answered;
  const { httpStatus, errorCode } = result;
  const isDelivered = httpStatus !== null && httpStatus >= 200 && httpStatus <= 299;
  // By the clock of the start: a clock that is moved while the POST runs must not move the next attempt.
  const endedAt = addMs(startedAt, result.durationMs);
  const next = isDelivered ? null : retryAt(deps, subject, { number, failedAt: endedAt });
  const outcome: DeliveryOutcome = isDelivered
    ? { status: 'delivered' }
    : next
      ? { status: 'pending', nextAttemptAt: next }
      : { status: 'exhausted' };
  const facts = { deliveryId: leased.id, eventId: leased.eventId, endpointId: leased.endpointId, attempt: number, httpStatus, errorCode };
  const stored = await storeEnd(deps, { records, leased, subject }, { ...answered, outcome, endedAt });
  if (!stored) return deps.log.warn(facts, 'a webhook attempt ended after its lease; its result does not count');
  const endpoint = { id: leased.endpointId, accountId: leased.accountId };
  if (!isDelivered && attemptsMax(subject.event.type) > 1) await noteEndpointFailed(deps.database, { ...endpoint, startedAt, endedAt });
  if (isDelivered && stored.isFailing) await noteEndpointReached(deps.database, endpoint);
  deps.announce(leased);
  if (isDelivered) deps.log.info(facts, 'webhook delivered');
  else deps.log.warn({ ...facts, outcome: outcome.status }, 'webhook attempt failed');
}

/** Null when the result does not count. What gives an event up has a mail in its commit, and so one of its own. */
async function storeEnd(
  deps: AttemptDeliveryDeps,
  { records, leased, subject }: Underway & { records: AttemptRecords },
  { id, result, outcome, endedAt }: Answered & { outcome: DeliveryOutcome; endedAt: Date },
): Promise<StoredEnd | null> {
  const stored = outcome.status === 'exhausted' ? null : await records.end({ leased, id, result, outcome });
  if (stored) return stored;
  const ended = { attempt: { id, result }, outcome };
  const isStored = await finishAttempt(deps.database, leased, ended, mailOf(deps, { leased, subject }, endedAt));
  return isStored ? { isFailing: true } : null; // which is not known here: looked at as if it were
}

/** When to try again; null when that was the last attempt that an event of this type gets. */
function retryAt(
  { random }: AttemptDeliveryDeps,
  { event }: DeliverySubject,
  { number, failedAt }: { number: number; failedAt: Date },
): Date | null {
  if (number >= attemptsMax(event.type)) return null;
  const [high = 0, low = 0] = random(2);
  return nextAttemptAt(number, failedAt, (high * 256 + low) / 65_536);
}

/** The last attempt was lost with its process, or there is nothing left to send: never one more than documented. */
async function endWithoutAttempt(deps: AttemptDeliveryDeps, leased: LeasedDelivery, subject: DeliverySubject | null): Promise<void> {
  const status = subject ? 'exhausted' : 'cancelled';
  const mail = subject ? mailOf(deps, { leased, subject }, deps.now()) : undefined;
  await finishAttempt(deps.database, leased, { attempt: null, outcome: { status } }, mail);
  deps.announce(leased);
  const facts = { deliveryId: leased.id, eventId: leased.eventId, endpointId: leased.endpointId, outcome: status };
  deps.log.warn(facts, 'webhook delivery ended');
}

/** Written in the commit that gives an event up. A test event needs none: who sent it was looking. */
function mailOf({ random }: AttemptDeliveryDeps, { leased, subject }: Underway, at: Date): (tx: Tx) => Promise<void> {
  const { accountId, endpointId, eventId, id: deliveryId } = leased;
  return async (tx) => {
    if (attemptsMax(subject.event.type) === 1) return;
    await queueFailureMail(tx, { id: newId(random, 'mail'), accountId, endpointId, eventId, deliveryId, url: subject.endpoint.url, at });
  };
}
