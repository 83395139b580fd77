import type { Cluster } from './cluster.ts';
import { createClient } from 'graphql-ws';
import pg from 'pg';
import { WebSocket } from 'ws';
import { eventually } from './avopay.ts';
import { WATCH_PAYMENT } from './watched-payment.ts';

/** Callers at once. */
const LANES = 4;

export type Rolled = {
  readonly failures: readonly string[];
  /** Of the processes that were stopped. */
  readonly codes: readonly (number | null)[];
  readonly restarts: number;
  /** Orders for which there is another number of payments than one. */
  readonly duplicated: readonly string[];
  /** The last state that a reader heard whose server was stopped under it again and again. */
  readonly watched: string | undefined;
  readonly figures: { readonly requests: number; readonly restarts: number; readonly failed: number };
};

type Play = { readonly seconds: number; readonly newAddress: () => string };

/** Stops and starts the api processes in turn while callers create, create again with the same key, and read, through the proxy. No request is tried twice. */
export async function playRolling(cluster: Cluster, { seconds, newAddress }: Play): Promise<Rolled> {
  const failures: string[] = [];
  const orders: string[] = [];
  let requests = 0;
  let isOver = false;
  const ask = async (wanted: number, ...[method, path, options]: Parameters<Cluster['call']>) => {
    requests++;
    const headers = { ...options?.headers, 'x-from': newAddress() };
    const reply = await cluster.call(method, path, { ...options, headers }).catch((error: unknown) => String(error));
    if (typeof reply === 'string') return void failures.push(`${method} ${path}: ${reply}`);
    if (reply.status === wanted) return reply.body;
    failures.push(`${method} ${path}: ${reply.status} ${reply.text}`);
  };
  const lane = async (_: unknown, number: number) => {
    for (let n = 0; !isOver; n++) {
      const order = `rolling-${number}-${n}`;
      const created = { body: { amount: 7, currency: 'EUR', metadata: { order } }, headers: { 'idempotency-key': order } };
      const made = await ask(201, 'POST', '/api/v1/payments', created);
      const again = n % 4 === 0 ? await ask(201, 'POST', '/api/v1/payments', created) : made;
      if (made && again && made.payment_id !== again.payment_id) failures.push(`${order} was made twice`);
      if (made) await ask(200, 'GET', `/api/v1/payments/${made.payment_id}`);
      orders.push(order);
    }
  };
  const watched = (await ask(201, 'POST', '/api/v1/payments', { body: { amount: 8, currency: 'EUR' } })).payment_id;
  const reader = keepReading(cluster, watched);
  const lanes = Array.from({ length: LANES }, lane);
  const { codes } = await roll(cluster, seconds);
  isOver = true;
  await Promise.all(lanes);
  const { lightning_invoice: invoice } = await ask(200, 'GET', `/api/v1/payments/${watched}`);
  await cluster.sandbox('POST', '/pay', { invoice });
  await eventually(async () => reader.last() === 'PAID').catch(() => undefined); // said below
  await reader.close();
  return {
    ...{ failures, codes, restarts: codes.length, watched: reader.last(), duplicated: await duplicatedOf(cluster, orders) },
    figures: { requests, restarts: codes.length, failed: failures.length },
  };
}

async function roll({ apis, proxy }: Cluster, seconds: number): Promise<{ codes: (number | null)[] }> {
  const codes: (number | null)[] = [];
  const end = performance.now() + seconds * 1_000;
  for (let turn = 0; performance.now() < end || turn < 2; turn++) {
    const node = apis[turn % 2] ?? apis[0];
    codes.push(await node.stop());
    await node.start();
    await eventually(async () => proxy.ready().length === apis.length);
  }
  return { codes };
}

/** A reader as our pages are one: whenever its socket ends with a code that is not final it comes back. */
function keepReading({ proxy, demo }: Cluster, id: string) {
  let last: string | undefined;
  const client = createClient({
    url: `${proxy.url.replace(/^http/, 'ws')}/graphql`,
    webSocketImpl: WebSocket,
    connectionParams: { authorization: `Bearer ${demo.secret_key}` },
    retryAttempts: Number.POSITIVE_INFINITY,
    retryWait: () => new Promise((resolve) => setTimeout(resolve, 50)),
  });
  const next = ({ data }: { data?: unknown }) => {
    last = (data as { paymentUpdated: { status: string } }).paymentUpdated.status;
  };
  const say = (error: unknown) => {
    last = JSON.stringify(error);
  };
  client.subscribe({ query: WATCH_PAYMENT, variables: { id } }, { next, error: say, complete: () => {} });
  return { last: () => last, close: () => client.dispose() };
}

async function duplicatedOf({ connectionString }: Cluster, orders: readonly string[]): Promise<string[]> {
  const db = new pg.Client(connectionString);
  await db.connect();
  const { rows } = await db.query<{ order: string; n: number }>(
    `SELECT o AS "order", (SELECT count(*)::int FROM "Payment" p WHERE p."metadataText"::json->>'order' = o) AS n FROM unnest($1::text[]) o`,
    [orders],
  );
  await db.end();
  return rows.flatMap(({ order, n }) => (n === 1 ? [] : [`${order}: ${n}`]));
}
