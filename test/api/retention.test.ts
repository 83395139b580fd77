import type { Forget } from '../../src/retention/forget-old-rows.ts';
import type { LogLine } from '../support/avopay.ts';
import pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { makeLog } from '../../src/lib/log.ts';
import { forgetOldRows } from '../../src/retention/forget-old-rows.ts';
import { RETENTION } from '../../src/retention/retention.ts';
import { forgetDeliveries, forgetIdempotencyKeys, forgetMails, forgetSessions, forgetTokens } from '../../src/retention/retention-store.ts';
import { keptLog } from '../support/avopay.ts';
import { freshDatabaseWithClient } from '../support/database.ts';
import { bytes, insert } from '../support/database-rows.ts';

const DAY_MS = 86_400_000;
const ENDED = new Date('2027-03-01T12:00:00.000Z');
const BEFORE_THAT = new Date('2027-01-01T00:00:00.000Z');
const FAR_LATER = new Date('2036-01-01T00:00:00.000Z');
const later = (ms: number) => new Date(ENDED.getTime() + ms);

let db: Awaited<ReturnType<typeof freshDatabaseWithClient>>;
let client: typeof db.client;
beforeAll(async () => {
  db = await freshDatabaseWithClient();
  client = db.client;
  await insert(client, 'Account', {});
  await insert(client, 'User', {});
  await insert(client, 'Event', {});
});
afterAll(() => db.close());
beforeEach(() => client.query('TRUNCATE "Delivery", "Attempt", "IdempotencyRecord", "Session", "OneTimeToken", "MailOutbox"'));

const kinds: Record<string, Forget> = {
  deliveries: (old) => forgetDeliveries(db.database, old),
  idempotency_keys: (old) => forgetIdempotencyKeys(db.database, old),
  sessions: (old) => forgetSessions(db.database, old),
  one_time_tokens: (old) => forgetTokens(db.database, old),
  mails: (old) => forgetMails(db.database, old),
};
const forgetAt = (at: Date) => forgetOldRows({ now: () => at, log: makeLog('silent'), kinds });
const count = async (table: string) => Number((await client.query(`SELECT count(*) AS n FROM "${table}"`)).rows[0].n);
const addSession = (columns: { expiresAt: Date; revokedAt: Date | null }) =>
  client.query(
    `INSERT INTO "Session" ("idHash", "userId", "accountId", "lastSeenAt", "expiresAt", "revokedAt", ip, "userAgent", "createdAt")
     VALUES ($1, 'usr_1', 'acc_1', $2, $3, $4, '', '', $2)`,
    [Buffer.from(bytes(32, 7)), BEFORE_THAT, columns.expiresAt, columns.revokedAt],
  );
const addToken = (columns: { expiresAt: Date; usedAt: Date | null }) =>
  client.query(
    `INSERT INTO "OneTimeToken" (hash, kind, "accountId", "expiresAt", "usedAt") VALUES ('x', 'recovery_code', 'acc_1', $1, $2)`,
    [columns.expiresAt, columns.usedAt],
  );
const addDelivery = async (columns: Record<string, unknown>, attempts: readonly Date[] = []) => {
  await insert(client, 'Delivery', { status: 'delivered', createdAt: BEFORE_THAT, ...columns });
  for (const [i, startedAt] of attempts.entries()) await insert(client, 'Attempt', { id: `a${i}`, number: i + 1, startedAt });
};
const DAYS = (days: number) => days * DAY_MS;

type Case = readonly [what: string, table: string, keptMs: number, add: () => Promise<unknown>];
const GOES: readonly Case[] = [
  ['a delivered webhook, 30 days after its last attempt', 'Attempt', DAYS(30), () => addDelivery({}, [BEFORE_THAT, ENDED])],
  ['an exhausted webhook, the same', 'Delivery', DAYS(30), () => addDelivery({ status: 'exhausted', attempts: 1 }, [ENDED])],
  [
    'a cancelled webhook that was never sent, 30 days after it was queued',
    'Delivery',
    DAYS(30),
    () => addDelivery({ status: 'cancelled', createdAt: ENDED }),
  ],
  [
    'an idempotency key, 24 hours after its first request',
    'IdempotencyRecord',
    DAYS(1),
    () => insert(client, 'IdempotencyRecord', { createdAt: ENDED, expiresAt: later(DAYS(1)) }),
  ],
  ['a session that was signed out, 30 days later', 'Session', DAYS(30), () => addSession({ expiresAt: later(1), revokedAt: ENDED })],
  ['a session that ended by itself, 30 days later', 'Session', DAYS(30), () => addSession({ expiresAt: ENDED, revokedAt: null })],
  ['a token that was used, 30 days later', 'OneTimeToken', DAYS(30), () => addToken({ expiresAt: FAR_LATER, usedAt: ENDED })],
  [
    'a token that was never used, 30 days after it could no longer be',
    'OneTimeToken',
    DAYS(30),
    () => addToken({ expiresAt: ENDED, usedAt: null }),
  ],
  [
    'a mail, 90 days after it was sent',
    'MailOutbox',
    DAYS(90),
    () => insert(client, 'MailOutbox', { createdAt: BEFORE_THAT, sentAt: ENDED }),
  ],
  [
    'a mail that was given up, 90 days after it was written',
    'MailOutbox',
    DAYS(90),
    () => insert(client, 'MailOutbox', { createdAt: ENDED }),
  ],
];

describe('what is over goes when its time has come, and not a second before', () => {
  test.each(GOES)('%s', async (_what, table, keptMs, add) => {
    await add();
    const stood = await count(table);
    expect(await forgetAt(later(keptMs - 1))).toBe(0);
    expect(await count(table)).toBe(stood);
    expect(await forgetAt(later(keptMs))).toBe(1);
    expect(await count(table)).toBe(0);
  });
});

const STAYS: readonly (readonly [string, string, () => Promise<unknown>])[] = [
  ['a delivery that is still due', 'Delivery', () => addDelivery({ status: 'pending', nextAttemptAt: ENDED }, [BEFORE_THAT])],
  ['a delivery that waits for a paused endpoint', 'Delivery', () => addDelivery({ status: 'pending', nextAttemptAt: null })],
  [
    'a called-off delivery whose request is still under way',
    'Delivery',
    () => addDelivery({ status: 'cancelled', leaseUntil: later(DAYS(400) + 1) }),
  ],
  [
    'the key of a request that is still running',
    'IdempotencyRecord',
    () => insert(client, 'IdempotencyRecord', { httpStatus: null, leaseUntil: later(DAYS(400) + 1) }),
  ],
  ['a recovery code that can still be used', 'OneTimeToken', () => addToken({ expiresAt: FAR_LATER, usedAt: null })],
  [
    'a mail that waits for a mail server',
    'MailOutbox',
    () => insert(client, 'MailOutbox', { createdAt: BEFORE_THAT, nextAttemptAt: ENDED }),
  ],
];

describe('what is pending or referenced stays, however old it is', () => {
  test.each(STAYS)('%s', async (_what, table, add) => {
    await add();
    expect(await forgetAt(later(DAYS(400)))).toBe(0);
    expect(await count(table)).toBe(1);
  });
});

test('a delivery that was sent again lately keeps its earlier attempts', async () => {
  await addDelivery({}, [BEFORE_THAT, later(DAYS(29))]);
  await forgetAt(later(DAYS(30)));
  expect(await count('Attempt')).toBe(2);
  await forgetAt(later(DAYS(59)));
  expect([await count('Attempt'), await count('Delivery'), await count('Event')]).toEqual([0, 0, 1]);
});

test('a mail of an older version, which does not say when it was written, goes 90 days after it is first seen', async () => {
  await insert(client, 'MailOutbox', {});
  expect(await forgetAt(ENDED)).toBe(0);
  expect(await forgetAt(later(DAYS(90) - 1))).toBe(0);
  expect(await forgetAt(later(DAYS(90)))).toBe(1);
});

test('a batch takes no more than its number, the oldest first, and the next one takes the rest', async () => {
  for (let i = 0; i < 5; i++) await insert(client, 'Delivery', { id: `dlv_${i}`, redelivery: i, status: 'delivered', createdAt: later(i) });
  const batch = { before: later(3), at: later(DAYS(30)), most: 3 };
  expect(await forgetDeliveries(db.database, batch)).toBe(3);
  expect((await client.query('SELECT id FROM "Delivery" ORDER BY id')).rows).toEqual([{ id: 'dlv_3' }, { id: 'dlv_4' }]);
  expect(await forgetDeliveries(db.database, batch)).toBe(1);
  expect(await forgetDeliveries(db.database, batch)).toBe(0);
});

test('ten workers that forget at once take each row once and trip over nothing', async () => {
  for (let i = 0; i < 40; i++) {
    await insert(client, 'Delivery', { id: `dlv_${i}`, redelivery: i, status: 'delivered', createdAt: ENDED });
    await insert(client, 'Attempt', { id: `b${i}`, deliveryId: `dlv_${i}`, startedAt: ENDED });
  }
  const removed = await Promise.all(Array.from({ length: 10 }, () => forgetDeliveries(db.database, { before: ENDED, at: ENDED, most: 7 })));
  const rest = await forgetDeliveries(db.database, { before: ENDED, at: ENDED, most: 100 });
  expect(removed.reduce((sum, n) => sum + n, rest)).toBe(40);
  expect([await count('Delivery'), await count('Attempt')]).toEqual([0, 0]);
});

test('killed between attempts and delivery, a batch has removed neither, and the next run removes both', async () => {
  await addDelivery({}, [ENDED, ENDED]);
  const blocker = new pg.Client(db.connectionString);
  await blocker.connect();
  await blocker.query('BEGIN');
  await blocker.query(`SELECT 1 FROM "Attempt" WHERE number = 2 FOR UPDATE`);
  const dying = forgetDeliveries(db.database, { before: ENDED, at: ENDED, most: 10 }).catch(() => 'died');
  const kill = `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()`;
  await expect.poll(async () => (await client.query(kill)).rows.length, { timeout: 20_000 }).toBe(1);
  expect(await dying).toBe('died');
  await blocker.query('ROLLBACK');
  await blocker.end();
  expect([await count('Delivery'), await count('Attempt')]).toEqual([1, 2]);
  expect(await forgetDeliveries(db.database, { before: ENDED, at: ENDED, most: 10 })).toBe(1);
  expect([await count('Delivery'), await count('Attempt')]).toEqual([0, 0]);
});

test('a kind that fails is in the log and keeps no other from being forgotten', async () => {
  const lines: LogLine[] = [];
  await addSession({ expiresAt: ENDED, revokedAt: null });
  const broken = async () => Promise.reject(new Error('no'));
  const gone = await forgetOldRows({
    now: () => later(DAYS(30)),
    log: keptLog(lines),
    kinds: { deliveries: broken, sessions: kinds['sessions'] as Forget },
  });
  expect(gone).toBe(1);
  expect(lines.map(({ level, facts }) => [level, facts['kind']])).toEqual([
    ['error', 'deliveries'],
    ['info', 'sessions'],
  ]);
});

test('each kind of the table is removed by a job, and payments, events and the audit trail by none', () => {
  expect([...Object.keys(kinds), 'registrations'].sort()).toEqual(Object.keys(RETENTION).sort());
  const tables = Object.values(RETENTION).flatMap(({ tables: list }) => list);
  for (const name of ['Payment', 'Event', 'AuditEntry', 'PaymentLink', 'Swap', 'LiquidReceipt', 'PlanPeriod'])
    expect(tables).not.toContain(name);
});
