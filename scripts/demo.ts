import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createClient } from 'graphql-ws';
import { WebSocket } from 'ws';
import { receiveWebhooks } from './demo-receiver.ts';
import { freePort, spawnAvopay } from './spawn-server.ts';

/** A step that takes longer has failed. */
const STEP_MS = 30_000;

/** One payment from the API call to the merchant's wallet, told step by step. Throws at the first thing that is not so. */
async function play(url: string, secretKey: string): Promise<void> {
  const call = async (method: string, path: string, body?: object) => {
    const headers = { authorization: `Bearer ${secretKey}`, ...(body ? { 'content-type': 'application/json' } : {}) };
    const response = await fetch(url + path, {
      method,
      headers,
      ...(body ? { body: JSON.stringify(body) } : {}),
      signal: AbortSignal.timeout(STEP_MS),
    });
    const reply = await response.json();
    if (!response.ok) throw new Error(`${method} ${path} answered ${response.status}: ${reply.error}`);
    return reply;
  };
  const receiver = await receiveWebhooks();
  const { secret } = await call('POST', '/sandbox/webhook', { url: receiver.url });
  receiver.useSecret(secret);
  const before = await call('GET', '/sandbox/wallet');

  const session = await call('POST', '/api/v1/payments', { amount: 49.99, currency: 'EUR', metadata: { order_id: '1234' } });
  say('created', session.payment_id, `until ${session.expires_at}`);
  const asked = await call('GET', `/api/v1/payments/${session.payment_id}`);
  say('invoice', `${asked.lightning_invoice.slice(0, 40)}…`, `${asked.amount_sats} sats for ${asked.amount_fiat} ${asked.currency}`);
  const states = followTimeline(url, secretKey, session.payment_id);
  const held = await call('POST', '/sandbox/pay', { invoice: asked.lightning_invoice });
  say('held', held.payment_hash, 'the payer’s coins wait on Lightning');
  const detected = await states.until('payment.detected');
  say('lockup verified', detected.facts.txid, 'script, asset and value checked on the chain');
  const paid = await states.until('payment.confirmed');
  say('claim accepted', paid.facts.txid, 'the merchant’s transaction is in the mempool');
  states.close();
  const read = await call('GET', `/api/v1/payments/${session.payment_id}`);
  if (read.status !== 'paid') throw new Error(`the payment is ${read.status}`);
  say('paid', read.payment_id, `at ${read.paid_at}`);
  const delivery = await receiver.next(STEP_MS);
  if (delivery.body.payment_id !== session.payment_id) throw new Error('the webhook was about another payment');
  say('webhook 200', delivery.deliveryId, `${delivery.body.event}, signature accepted`);
  await checkWallet(call, before.balance_sats, asked.amount_sats);
  await receiver.close();
}

// biome-ignore lint/suspicious/noExplicitAny: replies of an HTTP API, judged where they are used
type Call = (method: string, path: string, body?: object) => Promise<any>;

/** The documented fees: 0.25 % rounded up and 27 sats for the lockup, then what the claim itself says it paid (at most 200 sats). */
async function checkWallet(call: Call, beforeSats: number, invoiceSats: number): Promise<void> {
  const after = await call('GET', '/sandbox/wallet');
  const received = after.balance_sats - beforeSats;
  const locked = invoiceSats - Math.ceil((invoiceSats * 25) / 10_000) - 27;
  const claimFee = locked - received;
  if (claimFee <= 0 || claimFee > 200 || after.invisible_sats !== 0)
    throw new Error(`the wallet holds ${received} sats of ${locked} locked`);
  say('in the wallet', `${received} sats`, `= ${invoiceSats} − ${invoiceSats - locked} provider and lockup − ${claimFee} claim`);
}

function say(step: string, id: string, more: string): void {
  console.log(`${step.padEnd(16)} ${id}  ${more}`);
}

type Told = { readonly code: string; readonly facts: { readonly txid: string } };

/** The payment's timeline, live over the socket. */
function followTimeline(url: string, secretKey: string, id: string) {
  const client = createClient({
    url: `${url.replace('http', 'ws')}/graphql`,
    webSocketImpl: WebSocket,
    connectionParams: { authorization: `Bearer ${secretKey}` },
  });
  const stream = client.iterate<{ paymentUpdated: { timeline: Told[] } }>({
    query: 'subscription ($id: ID!) { paymentUpdated(id: $id) { timeline { code facts } } }',
    variables: { id },
  });
  let timeline: Told[] = [];
  return {
    async until(code: string): Promise<Told> {
      for (;;) {
        const found = timeline.find((entry) => entry.code === code);
        if (found) return found;
        const { value, done } = await stream.next();
        if (done || !value.data) throw new Error(`the subscription ended before ${code}: ${JSON.stringify(value)}`);
        timeline = value.data.paymentUpdated.timeline;
      }
    },
    close: () => void client.dispose(),
  };
}

async function main(): Promise<void> {
  const dataDir = await mkdtemp(join(tmpdir(), 'avopay-demo-'));
  const port = await freePort();
  try {
    const server = await spawnAvopay({ dataDir, port, program: 'dist/main.js', limited: true });
    try {
      await play(`http://127.0.0.1:${port}`, server.secretKey);
    } finally {
      await server.stop();
    }
  } finally {
    await rm(dataDir, { recursive: true, force: true });
  }
  console.log('the main job works');
}

await main().catch((fault: unknown) => {
  console.error(`failed: ${fault instanceof Error ? fault.message : String(fault)}`);
  process.exitCode = 1;
});
process.exit();
