import type { Avopay, LogLine } from '../support/avopay.ts';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { eventually, keptLog, startAvopay } from '../support/avopay.ts';
import { booksOf } from '../support/books.ts';

/** Where the socket is slow to tell, the first look of the sweep comes after 10 s. */
const PAID_MS = 60_000;
vi.setConfig({ testTimeout: 3 * PAID_MS });

const lines: LogLine[] = [];
let avopay: Avopay;
beforeAll(async () => {
  avopay = await startAvopay({}, keptLog(lines));
});
afterAll(() => avopay.stop());
afterEach(async () => void (await sandbox('DELETE', '/faults')));

const sandbox = async (method: string, path: string, body?: unknown) =>
  (await avopay.call(method, `/sandbox${path}`, { key: null, ...(body === undefined ? {} : { body }) })).body;
const advance = (seconds: number) => sandbox('POST', '/clock', { advance_s: seconds });
const read = async (id: string) => (await avopay.call('GET', `/api/v1/payments/${id}`)).body;
const swapOf = async (id: string) => (await avopay.db.query(`SELECT * FROM "Swap" WHERE "subjectId" = $1`, [id])).rows[0];

async function paidPayment(): Promise<string> {
  await sandbox('POST', '/blocks', { count: 1 }); // the next one is a minute away
  const { body } = await avopay.call('POST', '/api/v1/payments', { body: { amount: 49.99, currency: 'EUR' } });
  void sandbox('POST', '/pay', { invoice: (await read(body.payment_id)).lightning_invoice });
  await eventually(async () => (await read(body.payment_id)).status === 'paid', PAID_MS);
  return body.payment_id;
}

async function expectSettled(id: string): Promise<void> {
  await advance(60); // an advance lets the product look at its end, and a claim that is out is looked for after a minute: what has dropped goes out again
  await advance(5 * 60);
  await eventually(async () => (await swapOf(id)).status === 'claim_buried'); // the sweep looks twice a minute
  const { rows } = await avopay.db.query(`SELECT status, settlement, exception FROM "Payment" WHERE id = $1`, [id]);
  expect(rows).toEqual([{ status: 'paid', settlement: 'confirmed', exception: null }]);
  expect(await booksOf(avopay)).toMatchObject({ balanced: true, faults: [] });
  expect(lines.filter(({ level }) => level === 'error')).toEqual([]);
}

describe('a payment whose money moves on the chain', () => {
  test('is settled although its claim dropped out of the mempool', async () => {
    const id = await paidPayment();
    const { claimTxid } = await swapOf(id);
    const { chain_url } = await sandbox('GET', '');
    const isKnown = async () => (await fetch(`${chain_url}/tx/${claimTxid}/hex`)).ok;
    expect(await isKnown()).toBe(true);
    await sandbox('POST', '/drop', { txid: claimTxid });
    expect(await isKnown()).toBe(false);
    await advance(20);
    await eventually(isKnown); // a look that began before the drop is followed by another
    await expectSettled(id);
  });

  test('is settled although the block of its claim was replaced', async () => {
    const id = await paidPayment();
    const { height } = await sandbox('POST', '/blocks', { count: 1 });
    expect(await sandbox('POST', '/reorg', { depth: 1 })).toEqual({ height: height + 1 });
    expect((await read(id)).status).toBe('paid');
    await expectSettled(id);
  });

  test('is settled although the blocks of its lockup and its claim were both replaced, and the claim dropped', async () => {
    await sandbox('POST', '/faults', { chain: 'rejects_broadcast', provider: 'signer_off' });
    const id = await paidPayment(); // the provider's own node passes the claim on
    await sandbox('POST', '/blocks', { count: 1 });
    await sandbox('POST', '/reorg', { depth: 1 });
    await sandbox('POST', '/drop', { txid: (await swapOf(id)).claimTxid });
    await sandbox('DELETE', '/faults');
    await expectSettled(id);
  });
});

describe('a webhook to a name', () => {
  const receive = async () => {
    const { id, url } = await sandbox('POST', '/inbox');
    await sandbox('POST', '/webhook', { url: url.replace('127.0.0.1', 'shop.sandbox.test') });
    return async () => (await sandbox('GET', `/inbox/${id}`)).length;
  };

  test.each(['fails', 'private'])(
    'whose look-up %s arrives once the name leads somewhere again, and nowhere before',
    async (webhook_dns) => {
      const received = await receive();
      await sandbox('POST', '/faults', { webhook_dns });
      await paidPayment();
      await advance(30);
      expect(await received()).toBe(0);
      const { rows } = await avopay.db.query(`SELECT "errorCode" FROM "Attempt" ORDER BY "startedAt" DESC LIMIT 1`);
      expect(rows[0].errorCode).toBe(webhook_dns === 'fails' ? 'name_not_found' : 'address_refused');
      await sandbox('DELETE', '/faults');
      await advance(60);
      await eventually(async () => (await received()) === 1);
    },
  );

  test('of this machine arrives at once in the sandbox, which is on it', async () => {
    const received = await receive();
    await sandbox('POST', '/faults', { webhook_dns: 'loopback' });
    await paidPayment();
    expect(await eventually(async () => (await received()) === 1)).toBe(true);
  });
});
