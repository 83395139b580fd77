import type { Avopay, JsonReply } from '../support/avopay.ts';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { IDEMPOTENCY_LEASE_MS } from '../../src/payments/idempotency.ts';
import { eventually, startAvopay } from '../support/avopay.ts';
import { SHARED_KEYS, spawnBeside } from '../support/second-server.ts';

/** `KEYS=200 COPIES=100 KILLS=20 npm test test/journeys/duplicates.test.ts` is the published figure; the suite plays a slice of it. */
const KEYS = Number(process.env['KEYS'] ?? 4);
const COPIES = Number(process.env['COPIES'] ?? 12);
const KILLS = Number(process.env['KILLS'] ?? 1);
/** Keys of which all copies are on their way at once. */
const LANES = 2;
/** A dead server's swap is leased for longer than its key: both have lapsed after so many leases of a key. */
const ROUNDS_MAX = 8;

/** One public address, as behind a proxy: the answers name it. */
const ALIKE = { ...SHARED_KEYS, PUBLIC_URL: 'http://localhost:4000' };

type Server = Pick<Avopay, 'call'>;
let first: Avopay;
let mortal: Awaited<ReturnType<typeof spawnBeside>>;
beforeAll(async () => {
  first = await startAvopay(ALIKE);
  mortal = await spawnBeside(first, ALIKE);
});
afterAll(async () => {
  await mortal.kill();
  await first.stop();
});

const amountOf = (key: number) => 100 + key;
const create = (server: Server, key: number) =>
  server
    .call('POST', '/api/v1/payments', {
      body: { amount: amountOf(key), currency: 'EUR' },
      headers: { 'idempotency-key': `order-${key}` },
    })
    .catch(() => null); // the server died
const count = async (sql: string) => Number((await first.db.query(`SELECT count(*) FROM ${sql}`)).rows[0].count);

/** No payment is committed until the answer is called: however fast a server is, it dies before its commit. */
async function holdCommits(): Promise<() => Promise<void>> {
  const client = new pg.Client(first.connectionString);
  await client.connect();
  await client.query('BEGIN');
  await client.query('SELECT 1 FROM "Account" FOR UPDATE');
  return () => client.end();
}

/** Resolves while a server works on a new key that it has reserved and not finished. @returns false when it was done before the look */
async function isUnderWay(known: number): Promise<boolean> {
  await eventually(async () => (await count(`"IdempotencyRecord"`)) > known);
  return (await count(`"IdempotencyRecord" WHERE "httpStatus" IS NULL`)) > 0;
}

test(`P-24: ${COPIES} copies at once of each of ${KEYS} requests, at two servers of which one is killed in the middle ${KILLS} times, make ${KEYS} payments with one answer each`, {
  timeout: 1_800_000,
}, async () => {
  const answers = new Map<number, (JsonReply | null)[]>();
  const storm = async (key: number, servers: readonly Server[]) => {
    const copies = Array.from({ length: COPIES }, (_, copy) => create(servers[copy % servers.length] ?? first, key));
    answers.set(key, await Promise.all(copies));
  };
  const lanes = Array.from({ length: LANES }, async (_, lane) => {
    for (let key = KILLS + lane; key < KEYS; key += LANES) await storm(key, [mortal, first]);
  });
  await Promise.all(lanes);
  let orphans = 0;
  for (let key = 0; key < KILLS; key++) {
    if (key > 0) mortal = await spawnBeside(first, ALIKE);
    const known = await count(`"IdempotencyRecord"`);
    const letCommit = await holdCommits();
    const dying = create(mortal, key); // it holds the key when the copies come
    if (await isUnderWay(known)) orphans++;
    const stormed = storm(key, [mortal, first]);
    await mortal.kill();
    await letCommit();
    await Promise.all([stormed, dying]);
  }

  const odd = [...answers.values()].flat().filter((reply) => reply && reply.status !== 201 && reply.status !== 409);
  expect(odd.map((reply) => reply?.text)).toEqual([]);
  expect(orphans).toBeGreaterThan(0); // else nobody died in the middle

  for (const [key, replies] of answers) {
    let made = await create(first, key);
    for (let round = 0; made?.status !== 201 && round < ROUNDS_MAX; round++) {
      await first.call('POST', '/sandbox/clock', { body: { advance_s: IDEMPOTENCY_LEASE_MS / 1_000 + 1 }, key: null });
      made = await create(first, key);
    }
    expect(made?.status).toBe(201);
    const bodies = replies.flatMap((reply) => (reply?.status === 201 ? [reply.text] : []));
    expect(new Set([...bodies, made?.text, (await create(first, key))?.text]).size).toBe(1);
  }
  expect(await count(`"Payment"`)).toBe(KEYS);
  expect(await count(`"Event" WHERE type = 'payment.created'`)).toBe(KEYS);
  expect(await count(`"Swap" WHERE invoice IS NOT NULL`)).toBe(KEYS);
  expect(await count(`"IdempotencyRecord" WHERE "httpStatus" = 201`)).toBe(KEYS);
});
