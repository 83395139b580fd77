import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createClient } from 'graphql-ws';
import { WebSocket } from 'ws';
import { freePort, spawnAvopay } from '../scripts/spawn-server.ts';

/**
 * `npm run bench:paid`, or `npm run bench:paid -- liquid` for direct L-BTC: the time from the payer's press to `paid` on a socket, one
 * payment after another; prints each and the median. For Lightning also how long this server could move the money: from the lockup that it
 * saw to the claim that a chain source accepted (docs/security.md).
 */
const PAYMENTS = 20;
const IS_LIQUID = process.argv.includes('liquid');

type Reply = { readonly [name: string]: string };
// biome-ignore lint/suspicious/noExplicitAny: an answer of our own server, read field by field
type Answer = any;

async function main(): Promise<void> {
  const dataDir = await mkdtemp(join(tmpdir(), 'avopay-bench-'));
  const port = await freePort();
  const server = await spawnAvopay({ dataDir, port, program: 'dist/main.js' });
  const url = `http://127.0.0.1:${port}`;
  const call = async (method: string, path: string, body?: object): Promise<Reply> => {
    const headers = { authorization: `Bearer ${server.secretKey}`, 'content-type': 'application/json' };
    const response = await fetch(url + path, { method, headers, ...(body ? { body: JSON.stringify(body) } : {}) });
    if (!response.ok) throw new Error(`${method} ${path} answered ${response.status}`);
    return (await response.json()) as Reply; // read field by field below
  };
  const client = createClient({ url: `ws://127.0.0.1:${port}/graphql`, webSocketImpl: WebSocket, lazy: false });
  const tookMs: number[] = [];
  const heldMs: number[] = [];
  try {
    for (let i = 0; i < PAYMENTS; i++) {
      const { payment_id: id } = await call('POST', '/api/v1/payments', { amount: 10 + i, currency: 'EUR' });
      const { lightning_invoice: invoice, liquid_address: address, amount_sats } = await call('GET', `/api/v1/payments/${id}`);
      const states = client.iterate<{ checkout: { status: string } }>({
        query: `subscription { checkout(paymentId: "${id}") { status } }`,
      });
      await states.next();
      const startedMs = performance.now();
      const paying = IS_LIQUID ? call('POST', '/sandbox/send', { address, amount_sats }) : call('POST', '/sandbox/pay', { invoice });
      for await (const { data } of states) if (data?.checkout.status === 'PAID') break;
      tookMs.push(performance.now() - startedMs);
      await paying;
      if (!IS_LIQUID)
        heldMs.push(custodyMs(await call('POST', '/graphql', { query: `{ payment(id: "${id}") { timeline { at code } } }` })));
    }
  } finally {
    await client.dispose();
    await server.stop();
    await rm(dataDir, { recursive: true, force: true });
  }
  say('from the press to paid', tookMs);
  if (heldMs.length > 0) say('in our hands', heldMs);
}

/** By the payment's own log: seen on the chain, and paid. */
function custodyMs(answer: Answer): number {
  const timeline: readonly { readonly at: string; readonly code: string }[] = answer.data.payment.timeline;
  const at = (code: string) => Date.parse(timeline.find((entry) => entry.code === code)?.at ?? '');
  return at('payment.confirmed') - at('payment.detected');
}

function say(what: string, ms: readonly number[]): void {
  const sorted = [...ms].sort((a, b) => a - b);
  const middle = ((sorted[PAYMENTS / 2 - 1] ?? 0) + (sorted[PAYMENTS / 2] ?? 0)) / 2;
  console.log(`${what}: ${ms.map((one) => Math.round(one)).join(' ')}`);
  console.log(`median ${Math.round(middle)} ms, slowest ${Math.round(sorted.at(-1) ?? 0)} ms`);
}

await main();
process.exit();
