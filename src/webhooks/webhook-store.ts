import type { Prisma } from '../../prisma/generated/client.ts';
import type { DeliveryRecord, DeliveryStatus } from './delivery.ts';
import type { Endpoint, EndpointMode, EndpointStatus } from './endpoint.ts';
import type { Tx } from '../lib/database.ts';
import { eventRow } from '../events/event-store.ts';
import { inTx } from '../lib/database.ts';

/** What a saved endpoint consists of; sealed bytes are bound to the row and column that they lie in. */
export type EndpointSecrets = Readonly<{ secretSealed: Bytes | null; oldSecretSealed: Bytes | null; oldSecretUntil: Date | null }>;
export type StoredEndpoint = Endpoint & EndpointSecrets & Readonly<{ version: number }>;
type Bytes = Uint8Array<ArrayBuffer>;

/** Row locked to the end of the transaction: whoever changes it waits. */
export async function readDefaultEndpoint(tx: Tx, accountId: string, mode: EndpointMode): Promise<StoredEndpoint | null> {
  const db = inTx(tx);
  await db.$queryRaw`SELECT "id" FROM "WebhookEndpoint" WHERE "accountId" = ${accountId} AND "mode" = ${mode} AND "isDefault" FOR UPDATE`;
  const row = await db.webhookEndpoint.findFirst({ where: { accountId, mode, isDefault: true } });
  return row && endpointFrom(row);
}

/** False when the account has a default endpoint of this mode already (another caller was faster). */
export async function insertDefaultEndpoint(
  tx: Tx,
  endpoint: { id: string; accountId: string; mode: EndpointMode; url: string; secretSealed: Bytes | null; at: Date },
): Promise<boolean> {
  const { id, accountId, mode, url, secretSealed, at } = endpoint;
  const made = await inTx(tx).webhookEndpoint.createMany({
    data: [{ id, accountId, mode, isDefault: true, url, eventTypes: [], secretSealed, status: 'enabled', version: 1, createdAt: at }],
    skipDuplicates: true,
  });
  return made.count === 1;
}

/** Sets url and secrets, and switches the endpoint on. The row was locked by `readDefaultEndpoint`. */
export async function updateEndpoint(
  tx: Tx,
  endpoint: { id: string; accountId: string; url: string; secrets: EndpointSecrets },
): Promise<void> {
  await inTx(tx).webhookEndpoint.update({
    where: { id: endpoint.id, accountId: endpoint.accountId },
    data: {
      url: endpoint.url,
      ...endpoint.secrets,
      status: 'enabled',
      failingSince: null,
      breakerOpenUntil: null,
      version: { increment: 1 },
    },
  });
}

export async function readEnabledEndpoints(tx: Tx, accountId: string, mode: EndpointMode): Promise<readonly StoredEndpoint[]> {
  const db = inTx(tx);
  // Shared lock: a pause that is being committed is waited for, so that nothing is queued behind its back.
  const enabled = await db.$queryRaw<{ id: string }[]>`
    SELECT "id" FROM "WebhookEndpoint" WHERE "accountId" = ${accountId} AND "mode" = ${mode} AND "status" = 'enabled' ORDER BY "id" FOR SHARE`;
  if (enabled.length === 0) return [];
  const rows = await db.webhookEndpoint.findMany({ where: { accountId, id: { in: enabled.map(({ id }) => id) } } });
  return rows.map(endpointFrom);
}

export type DeliveryRow = Readonly<{ id: string; accountId: string; endpointId: string; eventId: string; at: Date }>;

/** Rows that exist already (a relay that ran twice) stay as they are. */
export async function insertDeliveries(tx: Tx, rows: readonly DeliveryRow[]): Promise<number> {
  const data = rows.map(({ at, ...row }) => ({
    ...row,
    redelivery: 0,
    status: 'pending',
    attempts: 0,
    nextAttemptAt: at,
    fence: 0n,
    createdAt: at,
  }));
  return (await inTx(tx).delivery.createMany({ data, skipDuplicates: true })).count;
}

/** What is read with a delivery: its event, and every attempt in order. */
export const deliveryInclude = { attemptRows: { orderBy: { number: 'asc' } }, event: true } as const satisfies Prisma.DeliveryInclude;

export function deliveryRecord(row: Prisma.DeliveryGetPayload<{ include: typeof deliveryInclude }>): DeliveryRecord {
  const { event } = row;
  return {
    id: row.id,
    accountId: row.accountId,
    endpointId: row.endpointId,
    event: { ...eventRow(event), webhookBody: event.webhookBody },
    redelivery: row.redelivery,
    status: row.status as DeliveryStatus, // a CHECK holds the column to the list
    nextAttemptAt: row.nextAttemptAt,
    createdAt: row.createdAt,
    attempts: row.attemptRows.map(({ accountId: _account, deliveryId: _delivery, ...attempt }) => attempt),
  };
}

export function endpointFrom(row: Prisma.WebhookEndpointModel): StoredEndpoint {
  return {
    id: row.id,
    accountId: row.accountId,
    mode: row.mode as EndpointMode, // a CHECK holds the column to its list
    isDefault: row.isDefault,
    url: row.url,
    eventTypes: row.eventTypes,
    hasSecret: row.secretSealed !== null,
    status: row.status as EndpointStatus, // as above
    failingSince: row.failingSince,
    breakerOpenUntil: row.breakerOpenUntil,
    createdAt: row.createdAt,
    secretSealed: row.secretSealed,
    oldSecretSealed: row.oldSecretSealed,
    oldSecretUntil: row.oldSecretUntil,
    version: row.version,
  };
}
