import type { Avopay, LogLine } from '../support/avopay.ts';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { eventually, keptLog, startAvopay } from '../support/avopay.ts';
import { booksOf } from '../support/books.ts';

const ZERO_CONF_MAX_SATS = 100_000n;
/** Below the 0-conf cap, and above it. */
const SMALL = 49.99;
const LARGE = 149.99;

/** Where the socket is slow to tell, the first look of the sweep comes after 10 s. */
const PAID_MS = 60_000;
vi.setConfig({ testTimeout: 3 * PAID_MS });

const lines: LogLine[] = [];
let avopay: Avopay;
beforeAll(async () => {
  avopay = await startAvopay({ ZERO_CONF_MAX_SATS: `${ZERO_CONF_MAX_SATS}` }, keptLog(lines));
});
afterAll(() => avopay.stop());
afterEach(async () => void (await sandbox('DELETE', '/faults')));

const sandbox = async (method: string, path: string, body?: unknown) =>
  (await avopay.call(method, `/sandbox${path}`, { key: null, ...(body === undefined ? {} : { body }) })).body;
const create = (amount = SMALL) => avopay.call('POST', '/api/v1/payments', { body: { amount, currency: 'EUR' } });
const read = async (id: string) => (await avopay.call('GET', `/api/v1/payments/${id}`)).body;
const advance = (seconds: number) => sandbox('POST', '/clock', { advance_s: seconds });
const count = async (sql: string) => Number((await avopay.db.query(`SELECT count(*) FROM ${sql}`)).rows[0].count);
const revealed = () => count(`"Swap" WHERE "revealedAt" IS NOT NULL`);
const swapOf = async (id: string) =>
  (await avopay.db.query(`SELECT *, encode("preimageHash", 'hex') AS hash FROM "Swap" WHERE "subjectId" = $1`, [id])).rows[0];
const alarms = () => lines.filter(({ level }) => level === 'error').map(({ sentence }) => sentence);

/** Creates a payment whose swap carries the lie, pays it, and lets the product look at what was locked. */
async function payLied(provider_lies: string, amount: number): Promise<{ id: string; hash: string }> {
  await sandbox('POST', '/faults', { provider_lies });
  const created = await create(amount);
  expect(created.status).toBe(201);
  const { payment_id: id } = created.body;
  await sandbox('DELETE', '/faults');
  const { lightning_invoice: invoice } = await read(id);
  await sandbox('POST', '/blocks', { count: 1 }); // the next one is a minute away
  void sandbox('POST', '/pay', { invoice });
  const { hash, providerSwapId } = await swapOf(id);
  const { provider_url } = await sandbox('GET', '');
  const isLocked = async () => (await (await fetch(`${provider_url}/swap/${providerSwapId}`)).json()).status !== 'swap.created';
  await eventually(isLocked);
  await wait(300); // what the socket told is being looked at
  return { id, hash };
}

async function isRefunded(hash: string): Promise<boolean> {
  return (await sandbox('GET', `/pay/${hash}`)).status === 'refunded';
}

describe('a lie in the offer', () => {
  test.each([
    ['amount', 'invoice_amount'],
    ['payment_hash', 'invoice_hash'],
    ['payment_secret', 'invoice_without_payment_secret'],
    ['two_payment_hashes', 'invoice_field_twice'],
    ['tree_keys', 'claim_leaf'],
    ['leaf_version', 'leaf_version'],
    ['extra_leaf', 'answer_unreadable'],
    ['refund_key_parity', 'lockup_address'],
    ['timeout', 'timeout_too_near'],
    ['blinding_key', 'blinding_key'],
    ['address', 'lockup_address'],
    ['onchain_amount', 'onchain_amount_too_low'],
  ])('about the %s is found as %s, and no invoice is shown to anybody', async (provider_lies, check) => {
    await sandbox('POST', '/faults', { provider_lies });
    const before = await count(`"Payment"`);
    const refused = await create();
    expect(refused.status).toBe(503);
    expect(refused.body.error).toBe('Payment provider unavailable — please retry');
    expect(await count(`"Payment"`)).toBe(before);
    expect(await count(`"Event" WHERE type LIKE 'payment.%'`)).toBe(before);
    expect(await count(`"Swap" WHERE status <> 'rejected' OR invoice IS NOT NULL`)).toBe(before);
    const { failure } = (await avopay.db.query(`SELECT failure FROM "Swap" ORDER BY "createdAt" DESC LIMIT 1`)).rows[0];
    expect(failure).toBe(`verification: ${check}`);
  });

  test('is over with the fault: the next payment is paid', async () => {
    const { payment_id: id } = (await create()).body;
    void sandbox('POST', '/pay', { invoice: (await read(id)).lightning_invoice });
    await eventually(async () => (await read(id)).status === 'paid', PAID_MS);
    expect(await booksOf(avopay)).toMatchObject({ balanced: true });
  });
});

describe('a lie at the lockup', () => {
  test.each([
    ['lockup_value', SMALL],
    ['lockup_asset', SMALL],
    ['lockup_script', SMALL],
    ['rbf_lockup', SMALL],
    ['lockup_value', LARGE],
    ['double_spend_lockup', LARGE],
  ])('by %s on %d euros reveals no preimage: the payment expires and the shopper is refunded', async (lie, amount) => {
    const before = await revealed();
    const { id, hash } = await payLied(lie, amount);
    await advance(11); // beyond the sweep's first look, and far from the next block
    expect((await read(id)).status).toBe('pending');
    await advance(600 + 15 + 15 * 60);
    await advance(60);
    await eventually(async () => (await read(id)).status === 'expired');
    await advance(1_440 * 60);
    await eventually(() => isRefunded(hash));
    expect(await revealed()).toBe(before);
    expect((await swapOf(id)).revealedAt).toBeNull();
    expect((await read(id)).status).toBe('expired');
    expect(await booksOf(avopay)).toMatchObject({ balanced: true, faults: [] });
    expect(alarms()).toEqual([]);
  });

  test('by double spending costs no more than the 0-conf cap, and raises an alarm within a minute and again at the end', async () => {
    const { id } = await payLied('double_spend_lockup', SMALL);
    await eventually(async () => (await read(id)).status === 'paid', PAID_MS);
    expect(alarms()).toEqual([]);
    await advance(60);
    await eventually(async () => alarms().length > 0);
    expect(new Set(alarms())).toEqual(new Set(['a lockup is gone after the preimage had left']));
    await advance(1_450 * 60);
    await eventually(async () => (await swapOf(id)).status === 'refunded');
    expect(alarms()).toContain('a lockup was taken back after the preimage had left');
    const { status, exception } = (await avopay.db.query(`SELECT status, exception FROM "Payment" WHERE id = $1`, [id])).rows[0];
    expect({ status, exception }).toEqual({ status: 'paid', exception: 'payout_lost' });
    const { owedSats, walletSats, faults } = await booksOf(avopay);
    expect(faults).toEqual([]);
    expect(owedSats - walletSats).toBeGreaterThan(0n);
    expect(owedSats - walletSats).toBeLessThanOrEqual(ZERO_CONF_MAX_SATS);
  });
});
