import type { Database, Tx } from '../lib/database.ts';
import { inTx } from '../lib/database.ts';
import { statement } from '../lib/row-statements.ts';
import { BREAKER_EVENTS, breakerOpenUntil } from './breaker.ts';

export type AttemptHealth = Readonly<{ id: string; accountId: string; startedAt: Date; endedAt: Date }>;

/** One that gets through ends the time of failing, and every pause. */
export async function noteEndpointReached(database: Database, { id, accountId }: Pick<AttemptHealth, 'id' | 'accountId'>): Promise<void> {
  await database.ask(endFailing(id, accountId));
}

const endFailing = statement(`
  UPDATE "WebhookEndpoint" SET "failingSince" = NULL, "breakerOpenUntil" = NULL
  WHERE "id" = $1 AND "accountId" = $2 AND ("failingSince" IS NOT NULL OR "breakerOpenUntil" IS NOT NULL)`);

/** The first failure after a success starts the time of failing; when enough events wait because of it, or a probe has failed, the endpoint gets a pause. */
export async function noteEndpointFailed(database: Database, { id, accountId, startedAt, endedAt }: AttemptHealth): Promise<void> {
  const { client } = database;
  await client.webhookEndpoint.updateMany({ where: { id, accountId, failingSince: null }, data: { failingSince: startedAt } });
  const row = await client.webhookEndpoint.findFirst({ where: { id, accountId }, select: { failingSince: true, breakerOpenUntil: true } });
  if (!row?.failingSince) return; // it was reached meanwhile
  if (row.breakerOpenUntil === null && (await countFailing(database, id, row.failingSince)) < BREAKER_EVENTS) return;
  await client.webhookEndpoint.updateMany({
    where: { id, accountId, failingSince: row.failingSince },
    data: { breakerOpenUntil: breakerOpenUntil(row.failingSince, endedAt) },
  });
}

/** Whoever asks for a delivery by hand says that the endpoint works again: the pause ends, and the next delivery tries it. */
export async function endPause(tx: Tx, endpoint: { id: string; accountId: string; at: Date }): Promise<void> {
  const { id, accountId, at } = endpoint;
  await inTx(tx).webhookEndpoint.updateMany({ where: { id, accountId, breakerOpenUntil: { gt: at } }, data: { breakerOpenUntil: at } });
}

/** Events that were tried since then and wait for their next try; counted no further than is asked for. */
async function countFailing(database: Database, endpointId: string, since: Date): Promise<number> {
  const rows = await database.client.$queryRaw<unknown[]>`
    SELECT 1 FROM "Delivery" d
    WHERE d."endpointId" = ${endpointId} AND d."status" = 'pending' AND d."nextAttemptAt" IS NOT NULL AND d."attempts" > 0 AND d."leaseUntil" IS NULL
      AND EXISTS (SELECT 1 FROM "Attempt" a WHERE a."deliveryId" = d."id" AND a."startedAt" >= ${since}::timestamptz)
    LIMIT ${BREAKER_EVENTS}`;
  return rows.length;
}
