import type { AttemptDeliveryDeps } from './attempt-delivery.ts';
import type { EndpointAsker } from './endpoint-input.ts';
import type { LeasedDelivery } from './delivery-store.ts';
import type { NewEvent, RecordedEvent } from '../events/event.ts';
import type { Tx } from '../lib/database.ts';
import type { Refusal } from '../lib/refusal.ts';
import type { Result } from '../lib/result.ts';
import { newId } from '../lib/ids.ts';
import { ok, refuse } from '../lib/result.ts';
import { addMs } from '../lib/time.ts';
import { attemptDelivery, attemptRecords, LEASE_MS } from './attempt-delivery.ts';
import { readDeliverySubject } from './delivery-store.ts';
import { ENDPOINT_NOT_FOUND, modesOf } from './endpoint-input.ts';
import { findEndpointForUpdate } from './managed-endpoint-store.ts';
import { insertDelivery } from './redelivery-store.ts';
import { testBody } from './test-body.ts';

export type SendTestDeps = AttemptDeliveryDeps & {
  readonly recordEvent: (tx: Tx, event: NewEvent) => Promise<RecordedEvent>;
};

/**
 * Sends a test event to one endpoint, also a paused one, and waits for its answer (at most the 10 s of every POST): one attempt, kept in the
 * log like all others, never made again (conformance W-13). The delivery is leased from the start, so that no worker sends it too.
 */
export async function sendTest(deps: SendTestDeps, asker: EndpointAsker, endpointId: string): Promise<Result<{ id: string }, Refusal>> {
  const leased = await deps.database.transact((tx) => prepare(deps, tx, { asker, endpointId }));
  if (!leased) return refuse(ENDPOINT_NOT_FOUND);
  const subject = await readDeliverySubject(deps.database, leased);
  await attemptDelivery(deps, attemptRecords(deps.database), { ...leased, subject });
  return ok({ id: leased.id });
}

async function prepare(deps: SendTestDeps, tx: Tx, asked: { asker: EndpointAsker; endpointId: string }): Promise<LeasedDelivery | null> {
  const { accountId, requestId } = asked.asker;
  const endpoint = await findEndpointForUpdate(tx, { accountId, modes: modesOf(asked.asker) }, asked.endpointId);
  if (!endpoint) return null;
  const at = deps.now();
  const paymentId = newId(deps.random, 'payment');
  const { id: eventId } = await deps.recordEvent(tx, {
    ...{ accountId, requestId, at, type: 'payment.test', subjectId: paymentId, subjectVersion: 1 },
    ...{ facts: { endpointId: endpoint.id }, webhookBody: testBody(paymentId, at) },
  });
  const id = newId(deps.random, 'delivery');
  return insertDelivery(tx, { id, accountId, endpointId: endpoint.id, eventId, redelivery: 0, at, leasedUntil: addMs(at, LEASE_MS) });
}
