import type { Database } from '../lib/database.ts';
import type { Old } from './forget-old-rows.ts';
import { inTx } from '../lib/database.ts';

/**
 * Deliveries that are over, with their attempts, in one commit. Rows are locked before they are judged for good, so that a redelivery or a
 * late result that runs at the same moment is either seen or finds nothing.
 */
export async function forgetDeliveries(database: Database, { before, at, most }: Old): Promise<number> {
  return database.transact(async (tx) => {
    const rows = await inTx(tx).$queryRaw<{ id: string }[]>`
      SELECT d."id" FROM "Delivery" d
      WHERE d."createdAt" <= ${before}::timestamptz AND d."status" <> 'pending' AND (d."leaseUntil" IS NULL OR d."leaseUntil" <= ${at}::timestamptz)
        AND NOT EXISTS (SELECT 1 FROM "Attempt" a WHERE a."deliveryId" = d."id" AND a."startedAt" > ${before}::timestamptz)
      ORDER BY d."createdAt", d."id" LIMIT ${most} FOR UPDATE OF d SKIP LOCKED`;
    const ids = rows.map(({ id }) => id);
    if (ids.length === 0) return 0;
    await inTx(tx).attempt.deleteMany({ where: { deliveryId: { in: ids } } });
    return (await inTx(tx).delivery.deleteMany({ where: { id: { in: ids } } })).count;
  });
}

/** A key whose runner still holds its lease stays: the runner's commit needs the row. */
export function forgetIdempotencyKeys({ client }: Database, { before, at, most }: Old): Promise<number> {
  return client.$executeRaw`
    DELETE FROM "IdempotencyRecord" WHERE ("scope", "route", "keyHash") IN (
      SELECT "scope", "route", "keyHash" FROM "IdempotencyRecord"
      WHERE "createdAt" <= ${before}::timestamptz AND "expiresAt" <= ${at}::timestamptz AND ("leaseUntil" IS NULL OR "leaseUntil" <= ${at}::timestamptz)
      ORDER BY "expiresAt" LIMIT ${most} FOR UPDATE SKIP LOCKED)`;
}

/** A session is over at its end, or when somebody ended it before. */
export function forgetSessions({ client }: Database, { before, most }: Old): Promise<number> {
  return client.$executeRaw`
    DELETE FROM "Session" WHERE "idHash" IN (
      SELECT "idHash" FROM "Session" WHERE least("expiresAt", "revokedAt") <= ${before}::timestamptz LIMIT ${most} FOR UPDATE SKIP LOCKED)`;
}

/** A token is over when it was used, or when it can no longer be. */
export function forgetTokens({ client }: Database, { before, most }: Old): Promise<number> {
  return client.$executeRaw`
    DELETE FROM "OneTimeToken" WHERE "hash" IN (
      SELECT "hash" FROM "OneTimeToken" WHERE least("expiresAt", "usedAt") <= ${before}::timestamptz LIMIT ${most} FOR UPDATE SKIP LOCKED)`;
}

/**
 * Mails that were sent, given up or never meant to be sent. What does not say when it was written (an older version wrote it) is taken to be
 * written now: it goes later, never sooner.
 */
export async function forgetMails({ client }: Database, { before, at, most }: Old): Promise<number> {
  await client.$executeRaw`
    UPDATE "MailOutbox" SET "createdAt" = ${at}::timestamptz WHERE "id" IN (
      SELECT "id" FROM "MailOutbox" WHERE "createdAt" IS NULL AND "sentAt" IS NULL AND "nextAttemptAt" IS NULL LIMIT ${most} FOR UPDATE SKIP LOCKED)`;
  return client.$executeRaw`
    DELETE FROM "MailOutbox" WHERE "id" IN (
      SELECT "id" FROM "MailOutbox" WHERE "nextAttemptAt" IS NULL AND coalesce("sentAt", "createdAt") <= ${before}::timestamptz
      LIMIT ${most} FOR UPDATE SKIP LOCKED)`;
}
