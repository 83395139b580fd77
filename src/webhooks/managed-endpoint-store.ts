import type { EndpointChanges } from './endpoint-input.ts';
import type { Endpoint, EndpointMode } from './endpoint.ts';
import type { EndpointSecrets, StoredEndpoint } from './webhook-store.ts';
import type { Database, Tx } from '../lib/database.ts';
import { inTx } from '../lib/database.ts';
import { endpointFrom } from './webhook-store.ts';

/** Removed endpoints stay as rows, since deliveries name them; nobody finds them any more. */
const NOT_REMOVED = { status: { not: 'disabled' } };

export type Whose = { readonly accountId: string; readonly modes: EndpointMode[] };

/** Locked to the end of the transaction: changes of one endpoint follow each other. */
export async function findEndpointForUpdate(tx: Tx, { accountId, modes }: Whose, id: string): Promise<StoredEndpoint | null> {
  const db = inTx(tx);
  await db.$queryRaw`SELECT 1 FROM "WebhookEndpoint" WHERE "id" = ${id} AND "accountId" = ${accountId} FOR UPDATE`;
  const row = await db.webhookEndpoint.findFirst({ where: { id, accountId, mode: { in: modes }, ...NOT_REMOVED } });
  return row && endpointFrom(row);
}

export async function findEndpoint(database: Database, { accountId, modes }: Whose, id: string): Promise<Endpoint | null> {
  const row = await database.client.webhookEndpoint.findFirst({ where: { id, accountId, mode: { in: modes }, ...NOT_REMOVED } });
  return row && publicEndpoint(endpointFrom(row));
}

/** The account's endpoints, the default one first, then by age. */
export async function listEndpoints(database: Database, { accountId, modes }: Whose): Promise<readonly Endpoint[]> {
  const rows = await database.client.webhookEndpoint.findMany({
    where: { accountId, mode: { in: modes }, ...NOT_REMOVED },
    orderBy: [{ isDefault: 'desc' }, { createdAt: 'asc' }, { id: 'asc' }],
  });
  return rows.map((row) => publicEndpoint(endpointFrom(row)));
}

/** For lists whose rows were already found to be the caller's; removed ones are among them. */
export async function findEndpoints(database: Database, ids: readonly string[]): Promise<ReadonlyMap<string, Endpoint>> {
  const rows = await database.client.webhookEndpoint.findMany({ where: { id: { in: [...new Set(ids)] } } });
  return new Map(rows.map((row) => [row.id, publicEndpoint(endpointFrom(row))]));
}

/** The account's row is locked, so that two that are added at once are counted one after the other. */
export async function countEndpointsForUpdate(
  tx: Tx,
  accountId: string,
  mode: EndpointMode,
): Promise<{ count: number; hasDefault: boolean }> {
  const db = inTx(tx);
  await db.$queryRaw`SELECT 1 FROM "Account" WHERE "id" = ${accountId} FOR UPDATE`;
  const rows = await db.webhookEndpoint.findMany({ where: { accountId, mode, ...NOT_REMOVED }, select: { isDefault: true } });
  return { count: rows.length, hasDefault: rows.some(({ isDefault }) => isDefault) };
}

export async function insertEndpoint(
  tx: Tx,
  endpoint: Pick<Endpoint, 'id' | 'accountId' | 'mode' | 'isDefault' | 'url' | 'eventTypes' | 'status'> & {
    secretSealed: Uint8Array<ArrayBuffer>;
    at: Date;
  },
): Promise<StoredEndpoint> {
  const { at, eventTypes, ...columns } = endpoint;
  return endpointFrom(
    await inTx(tx).webhookEndpoint.create({ data: { ...columns, eventTypes: [...eventTypes], version: 1, createdAt: at } }),
  );
}

/** The one writer of what its owner decides about an endpoint. The row was locked by `findEndpointForUpdate`. */
export async function changeEndpoint(
  tx: Tx,
  endpoint: StoredEndpoint,
  changes: Omit<EndpointChanges, 'status'> & {
    readonly status?: Endpoint['status'];
    readonly isDefault?: false;
    readonly secrets?: EndpointSecrets;
  },
): Promise<StoredEndpoint> {
  const { secrets, eventTypes, ...columns } = changes;
  // An endpoint that was moved or switched on again starts with a clean slate.
  const cleared = changes.url !== undefined || changes.status === 'enabled' ? { failingSince: null, breakerOpenUntil: null } : {};
  const { count } = await inTx(tx).webhookEndpoint.updateMany({
    where: { id: endpoint.id, accountId: endpoint.accountId, version: endpoint.version },
    data: { ...columns, ...secrets, ...cleared, ...(eventTypes ? { eventTypes: [...eventTypes] } : {}), version: { increment: 1 } },
  });
  if (count !== 1) throw new Error(`webhook endpoint ${endpoint.id} changed under its lock`);
  return endpointFrom(await inTx(tx).webhookEndpoint.findUniqueOrThrow({ where: { id: endpoint.id } }));
}

/** Calls off what was still to be sent. A POST that runs may still end; if it gets through, its delivery says so. */
export async function cancelDeliveries(tx: Tx, endpoint: { id: string; accountId: string }): Promise<number> {
  const { count } = await inTx(tx).delivery.updateMany({
    where: { endpointId: endpoint.id, accountId: endpoint.accountId, status: 'pending' },
    data: { status: 'cancelled', nextAttemptAt: null, leaseUntil: null },
  });
  return count;
}

/** Without its secrets. */
export function publicEndpoint(stored: StoredEndpoint): Endpoint {
  const { secretSealed, oldSecretSealed, oldSecretUntil, version, ...endpoint } = stored;
  return endpoint;
}
