import type { ChildProcess } from 'node:child_process';
import type { IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TestDatabase } from './database.ts';
import type { DestinationPolicy } from '../../src/webhooks/destination.ts';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest';
import { newId } from '../../src/lib/ids.ts';
import { makeLog } from '../../src/lib/log.ts';
import { systemRandom } from '../../src/lib/random.ts';
import { makeSealer } from '../../src/lib/sealed.ts';
import { Secret } from '../../src/lib/secret.ts';
import { recordEvent, takeFromOutbox } from '../../src/events/outbox.ts';
import { queueDeliveries } from '../../src/webhooks/queue-deliveries.ts';
import { saveDefaultEndpoint } from '../../src/webhooks/save-endpoint.ts';
import { webhookClient } from '../../src/webhooks/webhook-client.ts';
import { freshDatabase } from './database.ts';

export const SANDBOX: DestinationPolicy = { allowHttp: true, allowLoopback: true };
export const SEALING_KEY = new Uint8Array(32).fill(7);

export type Received = Readonly<{ method: string; path: string; headers: IncomingHttpHeaders; body: Buffer; atMs: number }>;
export type Answer = { readonly status: number; readonly headers?: Record<string, string>; readonly body?: string } | 'never' | 'reset';

/** A merchant's server on loopback. `answers` is used in order, its last one for good; one that is a function decides each time. */
export async function receiver(...answers: (Answer | (() => Answer))[]) {
  const received: Received[] = [];
  const waiting: ((status: number) => void)[] = [];
  let running = 0;
  let mostAtOnce = 0;
  const server = createServer((request, response) => {
    mostAtOnce = Math.max(mostAtOnce, ++running);
    response.on('close', () => running--);
    const chunks: Buffer[] = [];
    request.on('error', () => undefined);
    request.on('data', (chunk) => chunks.push(chunk));
    request.on('end', () => {
      const planned = answers[Math.min(received.length, answers.length - 1)] ?? { status: 200 };
      const answer = typeof planned === 'function' ? planned() : planned;
      received.push({
        method: request.method ?? '',
        path: request.url ?? '',
        headers: request.headers,
        body: Buffer.concat(chunks),
        atMs: performance.now(),
      });
      if (answer === 'never') waiting.push((status) => response.writeHead(status).end());
      else if (answer === 'reset') request.socket.resetAndDestroy();
      else response.writeHead(answer.status, answer.headers).end(answer.body ?? 'ok');
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`,
    received,
    /** From now on it answers so. */
    answer: (answer: Answer) => {
      answers.splice(0, answers.length, answer);
    },
    /** Answers what was left waiting. */
    release: (status: number) => waiting.splice(0).forEach((answer) => void answer(status)),
    mostAtOnce: () => mostAtOnce,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

/** AvoPay's webhooks on a real database, with a clock that only the test moves. */
export function webhookWorld({ database }: TestDatabase, options: { timeoutMs?: number } = {}) {
  let at = new Date('2026-05-15T14:00:00.000Z');
  const deps = {
    database,
    policy: SANDBOX,
    random: systemRandom,
    now: () => at,
    log: makeLog('silent'),
    announce: () => {},
    sealer: makeSealer(new Secret(SEALING_KEY), systemRandom),
    post: webhookClient({ policy: SANDBOX, ...options }),
  };
  return {
    deps,
    now: () => at,
    advance: (ms: number) => {
      at = new Date(at.getTime() + ms);
    },
    account: async () => {
      const id = newId(systemRandom, 'account');
      await database.client.account.create({
        data: {
          id,
          name: 'Shop',
          status: 'active',
          isOperator: false,
          settings: {},
          trialUsed: 0,
          eventSeq: 0n,
          version: 1,
          createdAt: at,
        },
      });
      return id;
    },
    endpoint: async (accountId: string, url: string, secret?: string | null) => {
      const saved = await saveDefaultEndpoint(deps, { accountId, mode: 'live', url, ...(secret === undefined ? {} : { secret }) });
      if (!saved.ok) throw new Error(saved.error.message);
      return saved.value;
    },
    /** An event as a payment's commit leaves it behind. */
    event: async (accountId: string, type: 'payment.confirmed' | 'payment.expired' | 'payment.created' = 'payment.confirmed') => {
      const id = newId(systemRandom, 'event');
      const subjectId = newId(systemRandom, 'payment');
      const webhookBody =
        type === 'payment.created'
          ? null
          : `{"event":"${type}","payment_id":"${subjectId}","amount_fiat":5,"metadata":{"a":"é€😀","b":1.0}}`;
      await database.transact((tx) => recordEvent(tx, id, { accountId, type, subjectId, subjectVersion: 2, facts: {}, webhookBody, at }));
      return { id, subjectId, webhookBody };
    },
    /** What the worker does with the outbox. */
    relay: () => takeFromOutbox(database, { announce: () => {}, store: async (tx, event) => void (await queueDeliveries(tx, event, at)) }),
  };
}

/** A worker that delivers what is due at one moment, in a process of its own that can be killed; it ends by itself when all is done. */
export function spawnDeliveryWorker({ connectionString }: TestDatabase, at: Date): ChildProcess {
  const script = fileURLToPath(new URL('webhook-worker.ts', import.meta.url));
  const args = [script, connectionString, at.toISOString(), Buffer.from(SEALING_KEY).toString('hex')];
  return spawn(process.execPath, args, { stdio: 'inherit' });
}

export type WebhookWorld = ReturnType<typeof webhookWorld>;
export type Receiver = Awaited<ReturnType<typeof receiver>>;

/** One database for all tests of a file, and a world for each, in which nothing of the test before is still to be delivered. */
export function eachWebhookWorld(use: (world: WebhookWorld, db: TestDatabase) => void): void {
  let db: TestDatabase;
  beforeAll(async () => {
    db = await freshDatabase();
  });
  afterAll(() => db.close());
  beforeEach(async () => {
    await db.database.client.delivery.updateMany({ where: { status: 'pending' }, data: { status: 'cancelled', nextAttemptAt: null } });
    use(webhookWorld(db), db);
  });
}

/** Makes merchants that listen until their test is over. */
export function listeningMerchants(world: () => WebhookWorld) {
  const receivers: Receiver[] = [];
  afterEach(() => {
    for (const server of receivers.splice(0)) server.close();
  });
  return async (...answers: (Answer | (() => Answer))[]) => {
    const server = await receiver(...answers);
    receivers.push(server);
    const accountId = await world().account();
    return { server, accountId, ...(await world().endpoint(accountId, server.url)) };
  };
}
