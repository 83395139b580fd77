import type { RunningProcess } from '../../scripts/spawn-server.ts';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startDatabaseServer } from '../../src/database-server.ts';
import { makeLog } from '../../src/lib/log.ts';
import { freePort, spawnAvopay } from '../../scripts/spawn-server.ts';
import type { JsonReply } from '../support/avopay.ts';
import { callJson, eventually } from '../support/avopay.ts';
import { readBooks } from '../support/books.ts';

/** `KILLS=50 PAYMENTS=100 npm test test/journeys/kill.test.ts` is the published figure; the suite plays a shorter run of the same. */
const KILLS = Number(process.env['KILLS'] ?? 5);
const PAYMENTS = Number(process.env['PAYMENTS'] ?? 20);
const BETWEEN_KILLS_MS = 4_000;
/** How long a client keeps asking while its server is killed again and again. */
const PATIENCE_MS = 240_000;

/** A coin that was sent is seen within this once a server runs again. */
const SEEN_WITHIN_MS = 20_000;

let folder: string;
let port: number;
let avopay: RunningProcess;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'avopay-kill-'));
  port = await freePort();
  avopay = await spawnAvopay({ dataDir: folder, port });
});
afterAll(async () => {
  await avopay.stop();
  await rm(folder, { recursive: true, force: true });
});

const call = (method: string, path: string, body?: unknown, headers: Record<string, string> = {}) =>
  callJson(`http://127.0.0.1:${port}${path}`, { method, body, key: path.startsWith('/sandbox') ? null : avopay.secretKey, headers });
/** While the process is dead every call fails; a client that means it asks again. */
const insist = async (step: string, ask: () => Promise<JsonReply>, enough: (reply: JsonReply) => boolean) => {
  let last = 'no answer yet';
  const answer = await eventually(async () => {
    const reply = await ask().catch((error: unknown) => String(error));
    last = typeof reply === 'string' ? reply : `${reply.status} ${reply.text}`;
    return typeof reply !== 'string' && enough(reply) && reply;
  }, PATIENCE_MS).catch((error: unknown) => {
    throw new Error(`${step}: ${last}`, { cause: error });
  });
  return answer.body;
};

test(`kill -9 at ${KILLS} random moments during ${PAYMENTS} payments, half of them in L-BTC, loses nothing and invents nothing`, {
  timeout: 900_000,
}, async () => {
  const acknowledged: string[] = [];
  let killsLeft = KILLS;
  const payOne = async (number: number) => {
    const body = { amount: 5 + number, currency: 'EUR' };
    const created = await insist(
      `create ${number}`,
      () => call('POST', '/api/v1/payments', body, { 'idempotency-key': `order-${number}` }),
      ({ status }) => status === 201,
    );
    const read = await insist(
      `read ${number}`,
      () => call('GET', `/api/v1/payments/${created.payment_id}`),
      ({ status }) => status === 200,
    );
    acknowledged.push(created.payment_id);
    const { lightning_invoice: invoice, liquid_address: address, amount_sats } = read;
    if (number % 2 === 1 && address !== undefined) return payLiquid({ id: created.payment_id, address, amount_sats });
    await insist(
      `pay ${created.payment_id}`,
      () => call('POST', '/sandbox/pay', { invoice }),
      // A payer whose wallet died meanwhile is told that the invoice is paid or on its way: the payment was taken.
      ({ body: reply }) => ['held', 'settled'].includes(reply?.status) || /already paid or on its way/.test(reply?.reason),
    );
  };
  /** The answer of a send can be lost with the server; a payer looks at the page before sending again. Who sends twice after all has paid twice. */
  const payLiquid = async ({ id, address, amount_sats }: { id: string; address: string; amount_sats: number }) => {
    for (let sends = 0; ; sends++) {
      const sent = await call('POST', '/sandbox/send', { address, amount_sats }).catch(() => null);
      const paid = async () => (await call('GET', `/api/v1/payments/${id}`).catch(() => null))?.body?.status === 'paid';
      if (await eventually(paid, sent?.status === 200 ? PATIENCE_MS : SEEN_WITHIN_MS).catch(() => false)) return;
      if (sent?.status === 200 || sends > KILLS) throw new Error(`${id} was sent its L-BTC and is not paid`);
    }
  };
  const killer = async () => {
    for (; killsLeft > 0; killsLeft--) {
      await new Promise((resolve) => setTimeout(resolve, Math.random() * BETWEEN_KILLS_MS));
      await avopay.kill();
      avopay = await spawnAvopay({ dataDir: folder, port });
    }
  };
  const payers = Array.from({ length: 4 }, async (_, lane) => {
    for (let number = lane; number < PAYMENTS; number += 4) await payOne(number);
  });
  await Promise.all([killer(), ...payers]);

  const unpaid = async () => {
    const replies = await Promise.all(acknowledged.map((id) => call('GET', `/api/v1/payments/${id}`)));
    return replies.flatMap(({ body }) => (body.status === 'paid' ? [] : [`${body.payment_id} ${body.status}`]));
  };
  await eventually(async () => (await unpaid()).length === 0, 60_000).catch(() => undefined);
  expect(await unpaid()).toEqual([]);
  expect(new Set(acknowledged).size).toBe(PAYMENTS);
  const { demo } = (await call('GET', '/sandbox')).body;
  const wallet = (await call('GET', '/sandbox/wallet')).body;
  expect(await avopay.stop()).toBe(0);
  const database = await startDatabaseServer({ dataDir: folder, log: makeLog('silent') });
  const books = await readBooks(database.connectionString, demo.account_id, wallet).finally(() => database.stop());
  expect(books.faults).toEqual([]);
  expect(books).toMatchObject({ balanced: true, invisibleSats: 0 });
  expect(books.paidPayments).toBeGreaterThanOrEqual(PAYMENTS);
});
