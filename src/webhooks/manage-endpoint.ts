import type { DestinationPolicy } from './destination.ts';
import type { EndpointAsker, EndpointChanges, EndpointInput } from './endpoint-input.ts';
import type { Endpoint } from './endpoint.ts';
import type { StoredEndpoint } from './webhook-store.ts';
import type { NewEvent } from '../events/event.ts';
import type { Database, Tx } from '../lib/database.ts';
import type { Random } from '../lib/random.ts';
import type { Refusal } from '../lib/refusal.ts';
import type { Result } from '../lib/result.ts';
import type { Sealer } from '../lib/sealed.ts';
import type { Clock } from '../lib/time.ts';
import { newId } from '../lib/ids.ts';
import { ok, refuse } from '../lib/result.ts';
import { Secret } from '../lib/secret.ts';
import { ENDPOINT_NOT_FOUND, ENDPOINTS_MAX, modesOf, parseEndpointInput } from './endpoint-input.ts';
import {
  cancelDeliveries,
  changeEndpoint,
  countEndpointsForUpdate,
  findEndpointForUpdate,
  insertEndpoint,
  publicEndpoint,
} from './managed-endpoint-store.ts';
import { newSecret, replaceSecret, sealSecret } from './save-endpoint.ts';

export type ManageEndpointDeps = Readonly<{
  database: Database;
  random: Random;
  sealer: Sealer;
  now: Clock;
  policy: DestinationPolicy;
  recordEvent: (tx: Tx, event: NewEvent) => Promise<unknown>;
}>;

export type SavedEndpoint = Readonly<{
  endpoint: Endpoint;
  /** Only when this very change has made it: it is not shown again. */
  secret: Secret<string> | null;
  /** Deliveries that were called off because the endpoint was paused. */
  cancelledDeliveries: number;
}>;
type Saved = Result<SavedEndpoint, Refusal>;

/** Adds an endpoint (the first of its mode is the default one), or changes one: url, events, or whether it is paused. */
export async function manageEndpoint(deps: ManageEndpointDeps, asker: EndpointAsker, input: EndpointInput): Promise<Saved> {
  const changes = parseEndpointInput(input, deps.policy);
  if (!changes.ok) return changes;
  const { id } = input;
  return deps.database.transact((tx) =>
    id === null ? add(deps, { tx, asker }, changes.value) : change(deps, { tx, asker, id }, changes.value),
  );
}

type Within = Readonly<{ tx: Tx; asker: EndpointAsker }>;

async function add(deps: ManageEndpointDeps, { tx, asker }: Within, changes: EndpointChanges): Promise<Saved> {
  const { accountId, mode } = asker;
  const { count, hasDefault } = await countEndpointsForUpdate(tx, accountId, mode);
  if (count >= ENDPOINTS_MAX) return refuse(TOO_MANY);
  const id = newId(deps.random, 'endpoint');
  const secret = newSecret(deps.random);
  const at = deps.now();
  const endpoint = await insertEndpoint(tx, {
    ...{ id, accountId, mode, at, isDefault: !hasDefault, url: changes.url ?? '', eventTypes: changes.eventTypes ?? [] },
    ...{ status: changes.status ?? 'enabled', secretSealed: sealSecret(deps.sealer, { row: id, column: 'secretSealed' }, secret) },
  });
  await record(deps, { tx, asker }, { type: 'endpoint.created', endpoint, cancelledDeliveries: 0 });
  return ok({ endpoint: publicEndpoint(endpoint), secret: new Secret(secret), cancelledDeliveries: 0 });
}

async function change(deps: ManageEndpointDeps, { tx, asker, id }: Within & { id: string }, changes: EndpointChanges): Promise<Saved> {
  const found = await findEndpointForUpdate(tx, { accountId: asker.accountId, modes: modesOf(asker) }, id);
  if (!found) return refuse(ENDPOINT_NOT_FOUND);
  const endpoint = await changeEndpoint(tx, found, changes);
  const cancelledDeliveries = endpoint.status === 'paused' ? await cancelDeliveries(tx, endpoint) : 0;
  await record(deps, { tx, asker }, { type: 'endpoint.updated', endpoint, cancelledDeliveries });
  return ok({ endpoint: publicEndpoint(endpoint), secret: null, cancelledDeliveries });
}

/** A new secret, which signs at once; the one before keeps signing beside it for a day. `remove`: nothing is signed any more. */
export async function rotateSecret(deps: ManageEndpointDeps, asker: EndpointAsker, asked: { id: string; remove: boolean }): Promise<Saved> {
  return deps.database.transact(async (tx) => {
    const found = await findEndpointForUpdate(tx, { accountId: asker.accountId, modes: modesOf(asker) }, asked.id);
    if (!found) return refuse(ENDPOINT_NOT_FOUND);
    const secret = asked.remove ? null : newSecret(deps.random);
    const endpoint = await changeEndpoint(tx, found, { secrets: replaceSecret(deps.sealer, found, { secret, at: deps.now() }) });
    await record(deps, { tx, asker }, { type: 'endpoint.updated', endpoint, cancelledDeliveries: 0 });
    return ok({ endpoint: publicEndpoint(endpoint), secret: secret === null ? null : new Secret(secret), cancelledDeliveries: 0 });
  });
}

/** Removes an endpoint and its secrets; what was still to be sent to it is called off. Its deliveries stay to be read. */
export async function deleteEndpoint(
  deps: ManageEndpointDeps,
  asker: EndpointAsker,
  id: string,
): Promise<Result<{ cancelledDeliveries: number }, Refusal>> {
  return deps.database.transact(async (tx) => {
    const found = await findEndpointForUpdate(tx, { accountId: asker.accountId, modes: modesOf(asker) }, id);
    if (!found) return refuse(ENDPOINT_NOT_FOUND);
    const secrets = replaceSecret(deps.sealer, found, { secret: null, at: deps.now() });
    const endpoint = await changeEndpoint(tx, found, { status: 'disabled', isDefault: false, secrets });
    const cancelledDeliveries = await cancelDeliveries(tx, endpoint);
    await record(deps, { tx, asker }, { type: 'endpoint.deleted', endpoint, cancelledDeliveries });
    return ok({ cancelledDeliveries });
  });
}

type Told = Readonly<{ type: NewEvent['type']; endpoint: StoredEndpoint; cancelledDeliveries: number }>;

/** The host alone: addresses of receivers often carry a secret in their path, and an event is never removed. */
async function record(deps: ManageEndpointDeps, { tx, asker }: Within, { type, endpoint, cancelledDeliveries }: Told): Promise<void> {
  const { id, version, url, status, eventTypes, mode } = endpoint;
  await deps.recordEvent(tx, {
    ...{
      accountId: asker.accountId,
      type,
      subjectId: id,
      subjectVersion: version,
      webhookBody: null,
      requestId: asker.requestId,
      at: deps.now(),
    },
    facts: { host: new URL(url).host, mode, status, eventTypes, hasSecret: endpoint.hasSecret, cancelledDeliveries },
  });
}

const TOO_MANY: Refusal = {
  kind: 'conflict',
  code: 'too_many_webhook_endpoints',
  message: `An account has at most ${ENDPOINTS_MAX} webhook endpoints — delete one first`,
};
