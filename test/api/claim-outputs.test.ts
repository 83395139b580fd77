import type { Avopay } from '../support/avopay.ts';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { eventually, startAvopay } from '../support/avopay.ts';

let avopay: Avopay;
beforeAll(async () => {
  avopay = await startAvopay();
});
afterAll(() => avopay.stop());

const RECEIPTS = `SELECT r.state, r.verdict, r."paymentId", r."valueSats"::int AS sats, r."accountId" = p."accountId" AS theirs, r.height,
    a."everUsedAt" IS NOT NULL AS used, s."claimTxid" IS NOT NULL AS told, c."lastUsedIndex" >= a."index" AS shown
  FROM "Payment" p JOIN "Swap" s ON s."subjectId" = p.id JOIN "AddressLease" l ON l."swapId" = s.id JOIN "Address" a ON a.id = l."addressId"
  JOIN "ScriptChain" c ON c.id = a."chainId" JOIN "LiquidReceipt" r ON r."addressId" = a.id WHERE p.id = $1`;

async function payOverLightning(): Promise<{ id: string; receiptOf: () => Promise<Record<string, unknown>[]> }> {
  const { body } = await avopay.call('POST', '/api/v1/payments', { body: { amount: 12, currency: 'EUR' } });
  const { lightning_invoice: invoice } = (await avopay.call('GET', `/api/v1/payments/${body.payment_id}`)).body;
  await avopay.call('POST', '/sandbox/pay', { body: { invoice }, key: null });
  const receiptOf = async () => (await avopay.db.query(RECEIPTS, [body.payment_id])).rows;
  return { id: body.payment_id, receiptOf };
}

const amountOf = async (id: string) => (await avopay.call('GET', `/api/v1/payments/${id}`)).body.amount_sats;

test('the output of a claim is written down once, for no payment, and its address as used; a block then confirms it', async () => {
  const { id, receiptOf } = await payOverLightning();
  const [receipt, ...more] = await eventually(async () => {
    const found = await receiptOf();
    return found.length > 0 && found;
  });
  expect(more).toEqual([]);
  expect(receipt).toMatchObject({ verdict: 'claim', paymentId: null, theirs: true, used: true, shown: true, told: true });
  expect(receipt?.['sats']).toBeGreaterThan(0);
  expect(receipt?.['sats']).toBeLessThan(await amountOf(id));
  await avopay.call('POST', '/sandbox/blocks', { body: { count: 1 }, key: null });
  const confirmed = await eventually(async () => {
    const found = await receiptOf();
    return found[0]?.['state'] === 'confirmed' && found;
  });
  expect(confirmed).toHaveLength(1);
});

test('a receipt of a claim that had gone is there again once the claim is seen again', async () => {
  const { receiptOf } = await payOverLightning();
  await eventually(async () => (await receiptOf()).length > 0);
  const dropped = `UPDATE "LiquidReceipt" SET state = 'dropped', height = NULL, "blockHash" = NULL WHERE verdict = 'claim'`;
  await avopay.db.query(dropped);
  await avopay.db.query(
    `UPDATE "WorkerLease" SET holder = 'another', fence = fence + 1, "leaseUntil" = now() WHERE name = 'chain-follower'`,
  );
  const [again, ...more] = await eventually(async () => {
    const found = await receiptOf();
    return found[0]?.['state'] !== 'dropped' && found;
  });
  expect(more).toEqual([]);
  expect(again).toMatchObject({ state: 'mempool', verdict: 'claim', paymentId: null });
});
