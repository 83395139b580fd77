import type { Database } from '../../src/lib/database.ts';
import type { Avopay } from '../support/avopay.ts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { AUDITED, nightlyAudit } from '../../src/audit/audit-books.ts';
import { runCheck } from '../../src/audit/books-store.ts';
import { CHECKS } from '../../src/audit/checks.ts';
import { makeLog } from '../../src/lib/log.ts';
import { systemRandom } from '../../src/lib/random.ts';
import { eventually, startAvopay } from '../support/avopay.ts';
import { openDatabase } from '../../src/open-database.ts';
import { freshDatabase } from '../support/database.ts';
import { directPayments } from '../support/direct.ts';
import { losable } from '../support/lost-database.ts';
import { SHARED_KEYS } from '../support/second-server.ts';

let avopay: Avopay;
let prisma: Database['client'];
let database: Database;
let closeDatabase: () => Promise<void>;
beforeAll(async () => {
  avopay = await startAvopay(SHARED_KEYS);
  ({ prisma, database, close: closeDatabase } = openDatabase({ connectionString: avopay.connectionString }));
  const [lightning, liquid] = [await direct().create(), await direct().create()];
  await direct().create();
  await direct().pay(lightning.body.lightning_invoice);
  await direct().send(liquid.address, liquid.sats);
  await direct().until(lightning.id, 'paid');
  await direct().until(liquid.id, 'paid');
}, 120_000);
afterAll(async () => {
  await closeDatabase();
  await avopay.stop();
});

const direct = () => directPayments(avopay);
/** Nothing but reading through `client`. */
const CLOSED = {
  transact: () => Promise.reject(),
  transactAsked: () => Promise.reject(),
  ask: () => Promise.reject(),
  read: () => Promise.reject(),
  commit: () => Promise.reject(),
};
const audit = () => losable(avopay).operator(avopay.connectionString, ['audit']);
const LIGHTNING = `(SELECT id FROM "Payment" WHERE status = 'paid' AND method = 'lightning')`;
const LIQUID = `(SELECT id FROM "Payment" WHERE status = 'paid' AND method = 'liquid')`;
const CLAIMED = `(SELECT id FROM "Swap" WHERE "acceptedAt" IS NOT NULL)`;

/** For each check: how the books are put out of balance, as somebody might who writes past every rule of the database. */
const PLANTED: { readonly [name: string]: readonly string[] } = {
  paid_has_claim: [`UPDATE "Swap" SET "claimTxid" = repeat('f', 64) WHERE id = ${CLAIMED}`],
  paid_has_coin: [`UPDATE "LiquidReceipt" SET state = 'dropped' WHERE "paymentId" = ${LIQUID}`],
  received_is_there: [`UPDATE "Payment" SET "receivedSats" = "receivedSats" + 1 WHERE id = ${LIQUID}`],
  claim_pays_one: [
    `UPDATE "Payment" SET method = 'lightning', txid = (SELECT txid FROM "Payment" WHERE id = ${LIGHTNING}) WHERE id = ${LIQUID}`,
  ],
  claim_before_preimage: [
    `ALTER TABLE "Swap" DROP CONSTRAINT "P8_reveal_needs_stored_claim", DROP CONSTRAINT "P8_claim_facts"`,
    `UPDATE "Swap" SET "claimTxSealed" = NULL WHERE id = ${CLAIMED}`,
  ],
  address_of_one: [
    `INSERT INTO "AddressLease" ("id", "accountId", "addressId", "purpose", "paymentId", "amountSats", "leasedAt", "releasedAt")
     SELECT 'lea_planted', "accountId", "addressId", 'direct', ${LIQUID}, 1000, "leasedAt", "leasedAt" FROM "AddressLease" WHERE purpose = 'claim'`,
  ],
  outcome_is_announced: [`DELETE FROM "Event" WHERE type = 'payment.confirmed' AND "subjectId" = ${LIGHTNING}`],
  announced_is_paid: [`UPDATE "Payment" SET status = 'expired', "paidAt" = NULL, "expiryReason" = 'planted' WHERE id = ${LIGHTNING}`],
  paid_is_final: [
    `UPDATE "Event" SET type = 'payment.expired' WHERE type = 'payment.created' AND "subjectId" = ${LIGHTNING}`,
    `UPDATE "Event" SET sequence = 999 WHERE type = 'payment.expired'`,
  ],
  events_have_no_gap: [`DELETE FROM "Event" WHERE type = 'payment.created' AND "subjectId" = ${LIQUID}`],
  events_are_passed_on: [`INSERT INTO "Outbox" SELECT id, '2020-01-01' FROM "Event" LIMIT 1`],
  fees_are_what_is_missing: [`UPDATE "Payment" SET "feesSats" = "feesSats" - 1 WHERE id = ${LIGHTNING}`],
  lockup_is_whole: [`UPDATE "Swap" SET "lockupSats" = "onchainSats" - 1 WHERE id = ${CLAIMED}`],
  keys_were_counted: [`UPDATE "KeyIndex" SET "nextIndex" = 0`],
  addresses_were_counted: [`UPDATE "ScriptChain" SET "nextIndex" = 0`],
  expired_has_no_money: [`UPDATE "Payment" SET status = 'expired', "paidAt" = NULL, "expiryReason" = 'planted' WHERE id = ${LIGHTNING}`],
  claimed_is_paid: [`UPDATE "Payment" SET status = 'pending', "paidAt" = NULL WHERE id = ${LIGHTNING}`],
  trial_counts_paid: [`UPDATE "Account" SET "trialUsed" = 1 WHERE id = (SELECT "accountId" FROM "Payment" WHERE id = ${LIQUID})`],
  shown_is_verified: [`UPDATE "Payment" SET "amountSats" = "amountSats" + 1 WHERE status = 'pending'`],
  money_is_looked_after: [`UPDATE "Swap" SET "nextLookAt" = '2020-01-01' WHERE id = ${CLAIMED}`],
  plans_are_given: [`UPDATE "Swap" SET subject = 'renewal' WHERE id = ${CLAIMED}`],
};

describe('the audit', { timeout: 60_000 }, () => {
  test('of books that balance finds nothing, says how much it looked at, and leaves its line in the audit trail', async () => {
    const { code, lines } = await eventually(async () => {
      const outcome = await audit();
      return outcome.code === 0 && outcome; // an event may be on its way right now
    }, 20_000);
    expect(code).toBe(0);
    expect(lines.map((line) => line.split('  ')[0])).toEqual([...CHECKS.map(({ name }) => name), 'chain_has_it', 'chain_answers']);
    for (const name of ['paid_has_claim', 'paid_has_coin', 'claim_before_preimage']) expect(lines).toContain(`${name}  0 of 1`);
    expect(lines).toContain('chain_has_it  0 of 2');
    const rows = await direct().query(`SELECT actor FROM "AuditEntry" WHERE action = 'books.audited'`, []);
    expect(rows.at(-1)).toEqual({ actor: 'operator' });
  });

  test('has a planted imbalance for each of its checks', () => {
    expect(Object.keys(PLANTED)).toEqual(CHECKS.map(({ name }) => name));
  });

  test.each(CHECKS.map((check) => [check.name, check] as const))('names what breaks %s, and nothing before', async (name, check) => {
    const rolledBack = new Error('enough seen');
    const seen: number[] = [];
    const run = prisma.$transaction(async (tx) => {
      const look = async () =>
        seen.push((await runCheck({ ...CLOSED, client: tx as Database['client'] }, check, new Date())).broken.length);
      await look();
      await tx.$executeRawUnsafe('SET LOCAL session_replication_role = replica'); // past the triggers
      for (const sql of PLANTED[name] ?? []) await tx.$executeRawUnsafe(sql);
      await look();
      throw rolledBack;
    });
    await expect(run).rejects.toBe(rolledBack);
    expect(seen[0]).toBe(0);
    expect(seen[1]).toBeGreaterThan(0);
  });

  test('ends with 1 and names the account, the payment and the coin that do not balance, also one that is not on the chain', async () => {
    const gone = 'e'.repeat(64);
    const [coin] = await direct().query(`UPDATE "LiquidReceipt" SET txid = $1 WHERE "paymentId" = ${LIQUID} RETURNING id`, [gone]);
    await direct().query(`UPDATE "Account" SET "trialUsed" = 0 WHERE id = $1`, [avopay.demo.account_id]);
    const { code, lines } = await audit();
    expect(code).toBe(1);
    const line = (name: string) => lines.find((text) => text.startsWith(name));
    expect(line('chain_has_it')).toContain(coin.id);
    expect(line('trial_counts_paid')).toContain(avopay.demo.account_id);
    expect(line('paid_has_coin')).toMatch(/1 of 1: .*pmt_/);
  });

  test('runs by itself once a day', async () => {
    const nightly = () => direct().query(`SELECT 1 FROM "AuditEntry" WHERE action = 'books.audited' AND actor = 'system'`, []);
    expect(await nightly()).toEqual([]);
    await direct().advance(25 * 3_600);
    expect(await eventually(async () => (await nightly()).length === 1)).toBe(true);
    await direct().advance(3_600);
    expect(await nightly()).toHaveLength(1);
  });

  test('waits for a round of whoever looks after the money where a day went by in one step', async () => {
    const { database, close } = await freshDatabase();
    let at = Date.now();
    const round = nightlyAudit({ database, chains: [], random: systemRandom, now: () => new Date(at), log: makeLog('silent') });
    const entries = () => database.client.auditEntry.count({ where: { action: AUDITED } });
    try {
      at += 25 * 3_600_000;
      await round();
      expect(await entries()).toBe(0);
      at += 1_000;
      await round();
      expect(await entries()).toBe(1);
    } finally {
      await close();
    }
  });

  test('says nothing of money that somebody looks after just now, however late', async () => {
    const check = CHECKS.find(({ name }) => name === 'money_is_looked_after');
    const broken = async () => check && (await runCheck(database, check, new Date())).broken.length;
    const late = `UPDATE "Swap" SET status = 'claim_accepted', "nextLookAt" = '2020-01-01', "leaseUntil" = $1 WHERE id = ${CLAIMED}`;
    const undo = `UPDATE "Swap" SET status = $1, "nextLookAt" = $2, "leaseUntil" = $3 WHERE id = ${CLAIMED}`;
    const [was] = await direct().query(`SELECT status, "nextLookAt", "leaseUntil" FROM "Swap" WHERE id = ${CLAIMED}`, []);
    await direct().query(late, [null]);
    const unwatched = await broken();
    await direct().query(late, [new Date(Date.now() + 60_000)]);
    const leased = await broken();
    await direct().query(undo, [was.status, was.nextLookAt, was.leaseUntil]);
    expect([unwatched, leased]).toEqual([1, 0]);
  });
});
