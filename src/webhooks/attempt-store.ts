import type { DeliveryOutcome, LeasedDelivery } from './delivery-store.ts';
import type { Database } from '../lib/database.ts';
import { rowsOf, statement } from '../lib/row-statements.ts';

export type StartedAttempt = Readonly<{
  leased: LeasedDelivery;
  id: string;
  number: number;
  startedAt: Date;
  requestHeaders: { readonly [name: string]: string };
  nextIfLost: Date;
}>;

/**
 * Records attempts before they are made, all in one commit. From here each counts, whatever becomes of this process: should no result be stored,
 * the delivery falls due again at `nextIfLost`. False where nothing was recorded, and nothing may be sent: another owns the delivery, or holds
 * it at this moment; `startAttempt` tells these apart.
 */
export async function startAttempts(database: Database, attempts: readonly StartedAttempt[]): Promise<readonly boolean[]> {
  const rows = await rowsOf(database.ask, recordStarts(askedOf(attempts), idsOf(attempts)));
  const started = new Set(rows.map(({ deliveryId }) => deliveryId));
  return attempts.map(({ leased }) => started.has(leased.id));
}

/** The same for one attempt, which waits for whoever holds its delivery: another worker that was looking for work may do so for a moment. */
export async function startAttempt(database: Database, attempt: StartedAttempt): Promise<boolean> {
  return (await rowsOf(database.ask, recordStart(askedOf([attempt]), idsOf([attempt])))).length > 0;
}

function askedOf(attempts: readonly StartedAttempt[]): string {
  return JSON.stringify(
    attempts.map(({ leased, id, number, startedAt, requestHeaders, nextIfLost }) => ({
      ...{ ...mineOf(leased), attemptId: id, number },
      ...{ startedAt: timeIn(startedAt), headers: requestHeaders, next: timeIn(nextIfLost) },
    })),
  );
}

/** Counted and recorded in one statement: both or neither. */
const startSql = (whereLocked: 'SKIP LOCKED' | '') => `
  WITH asked AS (
    SELECT * FROM json_to_recordset($1::json) AS a ("id" text, "accountId" text, "fence" bigint, "attemptId" text, "number" int,
      "startedAt" timestamptz, "headers" jsonb, "next" timestamptz)
  ), mine AS (
    SELECT d."id" FROM "Delivery" d JOIN asked a ON a."id" = d."id"
    WHERE d."id" = ANY($2::text[]) AND d."accountId" = a."accountId" AND d."fence" = a."fence" AND d."status" = 'pending'
      AND d."attempts" = a."number" - 1
    FOR UPDATE OF d ${whereLocked}
  ), counted AS (
    UPDATE "Delivery" d SET "attempts" = a."number", "nextAttemptAt" = a."next" FROM mine m JOIN asked a ON a."id" = m."id"
    WHERE d."id" = m."id" RETURNING d."id"
  )
  INSERT INTO "Attempt" ("id", "accountId", "deliveryId", "number", "startedAt", "requestHeaders")
  SELECT a."attemptId", a."accountId", a."id", a."number", a."startedAt", a."headers" FROM counted c JOIN asked a ON a."id" = c."id"
  RETURNING "deliveryId"`;

/** What somebody else holds is left out, here and in `recordEnds`: whoever locks several rows and waits for one more could wait in a circle. */
const recordStarts = statement<{ deliveryId: string }>(startSql('SKIP LOCKED'));
const recordStart = statement<{ deliveryId: string }>(startSql(''));

export type AttemptResult = Readonly<{
  durationMs: number;
  httpStatus: number | null;
  errorCode: string | null;
  responseHead: string | null;
}>;
export type EndedAttempt = Readonly<{ leased: LeasedDelivery; id: string; result: AttemptResult; outcome: DeliveryOutcome }>;
/** `isFailing`: the endpoint was marked so, as the commit saw it. */
export type StoredEnd = Readonly<{ isFailing: boolean }>;

/**
 * Stores how attempts ended and what follows, all in one commit. Null where nothing was stored: the delivery was called off, or another owns it,
 * or changes it at this moment; `finishAttempt` tells these apart. One that was called off while its POST ran has been delivered all the same,
 * if the endpoint said so.
 */
export async function endAttempts(database: Database, attempts: readonly EndedAttempt[]): Promise<readonly (StoredEnd | null)[]> {
  const asked = attempts.map(({ leased, id, result, outcome }) => ({
    ...{ ...mineOf(leased), endpointId: leased.endpointId, attemptId: id, status: outcome.status },
    next: outcome.status === 'pending' ? timeIn(outcome.nextAttemptAt) : null,
    ...result,
  }));
  const rows = await rowsOf(database.ask, recordEnds(JSON.stringify(asked), idsOf(attempts)));
  const stored = new Map(rows.map(({ id, isFailing }) => [id, { isFailing }]));
  return attempts.map(({ leased }) => stored.get(leased.id) ?? null);
}

const recordEnds = statement<{ id: string; isFailing: boolean }>(`
  WITH asked AS (
    SELECT * FROM json_to_recordset($1::json) AS a ("id" text, "accountId" text, "fence" bigint, "endpointId" text, "attemptId" text, "status" text,
      "next" timestamptz, "durationMs" int, "httpStatus" int, "errorCode" text, "responseHead" text)
  ), mine AS (
    SELECT d."id" FROM "Delivery" d JOIN asked a ON a."id" = d."id"
    WHERE d."id" = ANY($2::text[]) AND d."accountId" = a."accountId" AND d."fence" = a."fence"
      AND (d."status" = 'pending' OR (d."status" = 'cancelled' AND a."status" = 'delivered'))
    FOR UPDATE OF d SKIP LOCKED
  ), ended AS (
    UPDATE "Delivery" d SET "status" = a."status", "nextAttemptAt" = a."next", "leaseUntil" = NULL FROM mine m JOIN asked a ON a."id" = m."id"
    WHERE d."id" = m."id" RETURNING d."id"
  ), stored AS (
    UPDATE "Attempt" t SET "durationMs" = a."durationMs", "httpStatus" = a."httpStatus", "errorCode" = a."errorCode",
      "responseHead" = a."responseHead"
    FROM ended n JOIN asked a ON a."id" = n."id" WHERE t."id" = a."attemptId" AND t."deliveryId" = n."id" RETURNING n."id", a."endpointId"
  )
  SELECT s."id", (w."failingSince" IS NOT NULL OR w."breakerOpenUntil" IS NOT NULL) AS "isFailing"
  FROM stored s LEFT JOIN "WebhookEndpoint" w ON w."id" = s."endpointId"`);

function mineOf({ id, accountId, fence }: LeasedDelivery) {
  return { id, accountId, fence: fence.toString() };
}

/** As `lib/row-statements.ts` sends times: without their zone. */
function timeIn(at: Date): string {
  return at.toISOString().slice(0, -1);
}

function idsOf(attempts: readonly { readonly leased: LeasedDelivery }[]): readonly string[] {
  return attempts.map(({ leased }) => leased.id);
}
