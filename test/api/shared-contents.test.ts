import type { Avopay } from '../support/avopay.ts';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { eventually, startAvopay } from '../support/avopay.ts';

const PAYMENTS = 4;
const REQUESTS = 'undici:request:create';
let avopay: Avopay;
/** Every transaction that this process has read, in order. The signer is another process. */
const asked: string[] = [];
const note = (message: unknown) => {
  const txid = /\/tx\/([0-9a-f]{64})\/hex$/.exec(pathOf(message))?.at(1);
  if (txid) asked.push(txid);
};
beforeAll(async () => {
  avopay = await startAvopay();
  subscribe(REQUESTS, note);
});
afterAll(async () => {
  unsubscribe(REQUESTS, note);
  await avopay.stop();
});

function pathOf(message: unknown): string {
  const { request } = message as { request: { path: string } }; // as undici documents the channel
  return request.path;
}

test('a settled Lightning payment costs the server one reading of a transaction: its lockup, not its own claim', async () => {
  const swaps: { lockup: string; claim: string }[] = [];
  for (let n = 0; n < PAYMENTS; n++) {
    const made = await avopay.call('POST', '/api/v1/payments', { body: { amount: 5 + n, currency: 'EUR' } });
    const path = `/api/v1/payments/${made.body.payment_id}`;
    const { lightning_invoice: invoice } = (await avopay.call('GET', path)).body;
    await avopay.call('POST', '/sandbox/pay', { body: { invoice }, key: null });
    await eventually(async () => (await avopay.call('GET', path)).body.status === 'paid');
    swaps.push(...(await newest()));
  }
  const followed = await followedHeight();
  await avopay.call('POST', '/sandbox/blocks', { body: { count: 1 }, key: null });
  await eventually(async () => (await followedHeight()) > followed); // a block counts as followed when all that is in it was seen
  const times = (txid: string) => asked.filter((one) => one === txid).length;
  expect(swaps.map(({ lockup }) => times(lockup))).toEqual(swaps.map(() => 1));
  // The follower may meet a claim before its sender has heard that it was taken; seldom.
  expect(swaps.filter(({ claim }) => times(claim) > 0).length).toBeLessThan(PAYMENTS / 2);
});

async function followedHeight(): Promise<number> {
  return (await avopay.db.query('SELECT max(height)::int AS height FROM "ChainBlock"')).rows[0].height;
}

async function newest() {
  const { rows } = await avopay.db.query(
    'SELECT "lockupTxid" AS lockup, "claimTxid" AS claim FROM "Swap" ORDER BY "createdAt" DESC LIMIT 1',
  );
  return rows;
}
