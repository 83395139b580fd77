import type { Prisma } from '../../prisma/generated/client.ts';
import type { Endpoint, EndpointMode, EndpointStatus } from './endpoint.ts';
import type { Database, Tx } from '../lib/database.ts';
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
    data: { url: endpoint.url, ...endpoint.secrets, status: 'enabled', failingSince: null, version: { increment: 1 } },
  });
}

export async function readEndpoints(database: Database, accountId: string): Promise<readonly Endpoint[]> {
  const rows = await database.client.webhookEndpoint.findMany({ where: { accountId }, orderBy: [{ createdAt: 'asc' }, { id: 'asc' }] });
  return rows.map((row) => {
    const { secretSealed, oldSecretSealed, oldSecretUntil, version, ...endpoint } = endpointFrom(row);
    return endpoint;
  });
}

export async function readEnabledEndpoints(tx: Tx, accountId: string, mode: EndpointMode): Promise<readonly StoredEndpoint[]> {
  const rows = await inTx(tx).webhookEndpoint.findMany({ where: { accountId, mode, status: 'enabled' } });
  return rows.map(endpointFrom);
}

/** First failure after a success starts the time; a success ends it. */
export async function noteEndpointHealth(
  database: Database,
  endpoint: { id: string; accountId: string; failed: boolean; at: Date },
): Promise<void> {
  const { id, accountId, failed, at } = endpoint;
  await database.client.webhookEndpoint.updateMany({
    where: { id, accountId, failingSince: failed ? null : { not: null } },
    data: { failingSince: failed ? at : null },
  });
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

export type AttemptRecord = Readonly<{
  id: string;
  number: number;
  startedAt: Date;
  /** Null: not known to have ended. */
  durationMs: number | null;
  httpStatus: number | null;
  errorCode: string | null;
  requestHeaders: unknown;
  responseHead: string | null;
}>;
export type DeliveryRecord = Readonly<{
  id: string;
  endpointId: string;
  event: Readonly<{ id: string; type: string; subjectId: string; webhookBody: string | null }>;
  redelivery: number;
  status: string;
  nextAttemptAt: Date | null;
  createdAt: Date;
  attempts: readonly AttemptRecord[];
}>;

/** A page of the log. */
const DELIVERIES_PAGE_MAX = 100;

/** An account's deliveries, newest first; `after` is the last row of the page before. */
export async function readDeliveries(
  database: Database,
  query: { accountId: string; limit: number; endpointId?: string; failedOnly?: boolean; after?: { id: string; createdAt: Date } },
): Promise<readonly DeliveryRecord[]> {
  const { accountId, endpointId, failedOnly, after } = query;
  const where: Prisma.DeliveryWhereInput = { accountId };
  if (endpointId !== undefined) where.endpointId = endpointId;
  if (failedOnly) where.status = 'exhausted';
  if (after) where.OR = [{ createdAt: { lt: after.createdAt } }, { createdAt: after.createdAt, id: { gt: after.id } }];
  const rows = await database.client.delivery.findMany({
    where,
    orderBy: [{ createdAt: 'desc' }, { id: 'asc' }],
    take: Math.max(1, Math.min(query.limit, DELIVERIES_PAGE_MAX)),
    include: {
      attemptRows: { orderBy: { number: 'asc' } },
      event: { select: { id: true, type: true, subjectId: true, webhookBody: true } },
    },
  });
  return rows.map((row) => ({
    id: row.id,
    endpointId: row.endpointId,
    event: row.event,
    redelivery: row.redelivery,
    status: row.status,
    nextAttemptAt: row.nextAttemptAt,
    createdAt: row.createdAt,
    attempts: row.attemptRows.map(({ accountId: _account, deliveryId: _delivery, ...attempt }) => attempt),
  }));
}

function endpointFrom(row: Prisma.WebhookEndpointModel): StoredEndpoint {
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
    createdAt: row.createdAt,
    secretSealed: row.secretSealed,
    oldSecretSealed: row.oldSecretSealed,
    oldSecretUntil: row.oldSecretUntil,
    version: row.version,
  };
}
