import type { OpenedInvoice } from '../../src/swaps/lightning.ts';
import type { SwapWorld } from '../support/swap-world.ts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { makeLog } from '../../src/lib/log.ts';
import { applySwapEvent, LeaseLost } from '../../src/swaps/apply-swap-event.ts';
import { releaseLease, takeLease } from '../../src/swaps/swap-store.ts';
import { Death, keepShown, openSwapWorld, writeShown } from '../support/swap-world.ts';

let world: SwapWorld;
beforeAll(async () => {
  world = await openSwapWorld();
  await world.backend().prepare();
});
afterAll(() => world.close());

type Request = ReturnType<SwapWorld['request']>;

/**
 * `EVERY_STEP=1 npm test test/api/swap-crashes.test.ts` dies at every single step; the suite at a sample of them. A death after one call
 * differs from a death before the next only by what lies between them.
 */
const STRIDE = process.env['EVERY_STEP'] ? { before: 1, after: 1 } : { before: 4, after: 7 };
/** Longer than a lease: whoever held one is given up. */
const LEASE_OVER_MS = 21_000;

/** Opens and pays one invoice in a process that dies at its nth step, then goes on in a fresh one. */
async function live(death: Death, request: Request): Promise<OpenedInvoice> {
  const mortal = world.backend(death);
  const keep = (tx: Parameters<typeof keepShown>[0], opened: OpenedInvoice) => keepShown(tx, opened, request.subjectId);
  const opened = await mortal.open(request, keep, () => [writeShown(request.subjectId)]).catch(() => null);
  if (death.dead) world.advance(LEASE_OVER_MS);
  const heir = world.backend();
  const shown = opened?.ok ? opened : await heir.open(request, keep);
  if (!shown.ok) throw new Error(shown.error.code);
  await world.pay(shown.value);
  if (!death.dead) await mortal.reconcile(shown.value.swapId).catch(() => null);
  if (death.dead) world.advance(LEASE_OVER_MS);
  await heir.reconcile(shown.value.swapId);
  return shown.value;
}

async function expectPaidOnce(request: Request, { swapId, feesSats, paymentHash }: OpenedInvoice): Promise<void> {
  expect((await world.row(swapId)).status).toBe('claim_accepted');
  expect(await world.said(request.subjectId)).toEqual(['shown', 'detected', 'paid']);
  const rows = await world.rows(request.subjectId);
  expect(rows.filter(({ invoice }) => invoice !== null)).toHaveLength(1);
  expect(await world.database.client.addressLease.count({ where: { swapId } })).toBe(1);
  await expect.poll(() => world.shopper.status(paymentHash)?.status).toBe('settled');
  const row = await world.row(swapId);
  expect(world.chain.spender(row.lockupTxid ?? '', row.lockupVout ?? 0)?.txid).toBe(row.claimTxid);
  expect((row.lockupSats ?? 0n) - (row.claimFeeSats ?? 0n)).toBe(request.amountSats - feesSats);
}

describe.each(['before', 'after'] as const)('a process that dies %s any one call to the world', (mode) => {
  test('leaves a payment that is claimed exactly once', { timeout: 600_000 }, async () => {
    const before = (await world.merchant.wallet.scan()).balanceSats;
    let earned = 0n;
    let at = 1;
    for (let died = true; died; at += STRIDE[mode]) {
      const death = new Death(at, mode);
      const request = world.request();
      const opened = await live(death, request);
      await expectPaidOnce(request, opened).catch((error: unknown) => {
        throw new Error(`death ${mode} step ${at}`, { cause: error });
      });
      earned += request.amountSats - opened.feesSats;
      died = death.dead;
    }
    expect(at).toBeGreaterThan(20);
    await world.chain.mine(1);
    const scan = await world.merchant.wallet.scan();
    expect(scan.balanceSats - before).toBe(earned);
    expect(scan.invisibleSats).toBe(0n);
  });
});

test('a payment whose maker died right after its commit is found by the sweep alone', async () => {
  let found = 0;
  for (let at = 1; at < 40 && found === 0; at++) {
    const death = new Death(at, 'after');
    const request = world.request();
    await world
      .backend(death)
      .open(request, (tx, opened) => keepShown(tx, opened, request.subjectId))
      .catch(() => null);
    const row = (await world.rows(request.subjectId)).find(({ status }) => status === 'verified');
    if (!row || !death.dead) continue;
    found += 1;
    const { id: swapId, invoice, invoiceExpiresAt } = row;
    if (!invoice || !invoiceExpiresAt) throw new Error('verified without its invoice');
    await world.pay({ swapId, invoice, invoiceExpiresAt, paymentHash: '', feesSats: request.amountSats });
    world.advance(LEASE_OVER_MS);
    await world.backend().glanceAtUnpaid();
    expect((await world.row(swapId)).status).toBe('claim_accepted');
  }
  expect(found).toBe(1);
});

test('two workers and a crowd of hints claim a payment once', async () => {
  const request = world.request();
  const backends = [world.backend(), world.backend(), world.backend()];
  const opened = await backends[0]?.open(request, (tx, invoice) => keepShown(tx, invoice, request.subjectId));
  if (!opened?.ok) throw new Error('not opened');
  await world.pay(opened.value);
  await Promise.all(Array.from({ length: 15 }, (_, i) => backends[i % 3]?.reconcile(opened.value.swapId)));
  await expectPaidOnce(request, opened.value);
});

test('a process that knows itself to be alone goes on at once with what a dead one held', async () => {
  const request = world.request();
  const opened = await world.backend().open(request, (tx, invoice) => keepShown(tx, invoice, request.subjectId));
  if (!opened.ok) throw new Error('not opened');
  const { swapId } = opened.value;
  const at = world.now();
  await world.pay(opened.value);
  await takeLease(world, swapId, { at, until: new Date(at.getTime() + 20_000) });
  const heir = world.backend();
  await heir.takeOver();
  await heir.glanceAtUnpaid();
  expect((await world.row(swapId)).status).toBe('claim_accepted');
});

test('a hint that comes while another worker is at it is followed once that one has let go', async () => {
  const request = world.request();
  const backend = world.backend();
  const opened = await backend.open(request, (tx, invoice) => keepShown(tx, invoice, request.subjectId));
  if (!opened.ok) throw new Error('not opened');
  const { swapId } = opened.value;
  const at = world.now();
  const other = await takeLease(world, swapId, { at, until: new Date(at.getTime() + 20_000) });
  if (!other) throw new Error('no lease');
  await world.pay(opened.value);
  await backend.hint('sandbox', (await world.row(swapId)).providerSwapId ?? '');
  for (let i = 0; i < 2; i++) await new Promise((resolve) => setTimeout(resolve, 700)); // longer than a look waits by itself
  expect((await world.row(swapId)).status).toBe('verified');
  await releaseLease(world, other, new Date(at.getTime() + 30_000));
  await expect.poll(async () => (await world.row(swapId)).status).toBe('claim_accepted');
  await backend.stop();
});

test('a worker that woke up after its lease had passed changes nothing', async () => {
  const request = world.request();
  const opened = await world.backend().open(request, (tx, invoice) => keepShown(tx, invoice, request.subjectId));
  if (!opened.ok) throw new Error('not opened');
  const { swapId } = opened.value;
  const at = world.now();
  const times = { at, until: new Date(at.getTime() + 20_000) };
  const stale = await takeLease(world, swapId, times);
  expect(await takeLease(world, swapId, times)).toBeNull();
  world.advance(LEASE_OVER_MS);
  const later = world.now();
  const fresh = await takeLease(world, swapId, { at: later, until: new Date(later.getTime() + 20_000) });
  if (!stale || !fresh) throw new Error('no lease');
  const before = await world.row(swapId);
  const deps = { ...world, log: makeLog('silent'), onProgress: async () => undefined };
  const event = { kind: 'expired', reason: 'stale' } as const;
  await expect(applySwapEvent(deps, { lease: stale, event })).rejects.toThrow(LeaseLost);
  await releaseLease(world, stale, null);
  expect(await world.row(swapId)).toEqual(before);
  expect((await applySwapEvent(deps, { lease: fresh, event })).status).toBe('expired');
});

test('no key index was given out twice, and none was skipped by a crash before its swap was stored by more than one', async () => {
  const rows = await world.database.client.swap.findMany({ select: { keyIndex: true }, orderBy: { keyIndex: 'asc' } });
  const gaps = rows.map(({ keyIndex }, i) => keyIndex - (rows[i - 1]?.keyIndex ?? -1));
  expect(Math.max(...gaps)).toBeLessThanOrEqual(2);
  expect(Math.min(...gaps)).toBe(1);
});

test('an error was never logged on the way', () => {
  expect(world.logged.filter(({ level }) => level === 'error')).toEqual([]);
});
