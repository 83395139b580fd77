import type { Bus } from '../../subscriptions/pubsub.ts';
import { createServer } from 'node:http';
import { once } from 'node:events';
import { createClient } from 'graphql-ws';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { NO_BROWSER } from '../../schema/context.ts';
import { makeGraphqlServer } from '../../src/graphql-server.ts';
import { makeLog } from '../../src/lib/log.ts';
import { UNLIMITED } from '../../src/limits/limiter.ts';
import { localBus } from '../../subscriptions/pubsub.ts';
import { serveSockets } from '../../subscriptions/socket.ts';
import { paymentFixture } from '../support/payments.ts';

const SOCKETS = 1_000;
const AT_ONCE = 50;
const PAYMENT = paymentFixture({ status: 'pending' });

/** The real sockets and the real bus, which counts who listens; the payment behind them is always the same. */
let listening = 0;
let mostListening = 0;
const counted = (bus: Bus): Bus => ({
  ...bus,
  listen(topic, listener) {
    const leave = bus.listen(topic, listener);
    mostListening = Math.max(mostListening, ++listening);
    let left = false;
    return () => {
      if (!left) listening -= 1;
      left = true;
      leave();
    };
  },
});

const http = createServer();
let sockets: ReturnType<typeof serveSockets>;
let url: string;
beforeAll(async () => {
  const at = new Date('2026-05-15T14:10:00.000Z');
  const merchant = { name: 'Alba', brandColour: null, logoHash: null };
  const checkout = { payment: PAYMENT, merchant, serverTime: at, lightning: null, redirectUrl: null, backUrl: null };
  const links = { findMany: async () => new Map(), totals: async () => new Map() };
  const useCases = {
    links,
    limiter: UNLIMITED,
    bus: counted(localBus()),
    now: () => at,
    newRequestId: () => 'req_1',
    readCheckout: async () => checkout,
  };
  const anonymous = { ok: false, error: { kind: 'unauthenticated', code: 'invalid_api_key', message: 'no' } };
  const app = { ...useCases, authenticate: async () => anonymous, findInvoices: async () => new Map(), findQuotes: async () => new Map() };
  const options = { explorable: false, log: makeLog('silent'), cookieOf: () => null };
  const { yoga, makeContext, admit } = makeGraphqlServer(app as never, options); // what a checkout asks for is here
  sockets = serveSockets(http, {
    makeContext,
    admit,
    getEnveloped: (initial) => yoga.getEnveloped(initial),
    allowedOrigins: [],
    addressOf: () => '',
    webOf: () => NO_BROWSER,
    limited: false,
  });
  http.listen(0, '127.0.0.1');
  await once(http, 'listening');
  const address = http.address();
  url = `ws://127.0.0.1:${typeof address === 'object' ? address?.port : 0}/graphql`;
});
afterAll(async () => {
  await sockets.close();
  http.close();
});

/** Opens a subscription and leaves it in one of four ways, the last of which is before it has begun. */
async function visit(n: number): Promise<void> {
  const localAddress = `127.0.0.${2 + (n % 5)}`; // one address alone may not open so many in a minute
  if (n % 4 === 3) {
    const socket = new WebSocket(url, 'graphql-transport-ws', { localAddress });
    await once(socket, 'open');
    const query = `subscription { checkout(paymentId: "${PAYMENT.id}") { status } }`;
    socket.send('{"type":"connection_init"}');
    socket.send(JSON.stringify({ id: '1', type: 'subscribe', payload: { query } }));
    socket.terminate();
    return;
  }
  let raw: WebSocket | undefined;
  class Kept extends WebSocket {
    constructor(address: string | URL, protocols?: string | string[]) {
      super(address, protocols, { localAddress });
      raw = this;
    }
  }
  const client = createClient({ url, webSocketImpl: Kept, retryAttempts: 0 });
  const states = client.iterate({ query: `subscription { checkout(paymentId: "${PAYMENT.id}") { status } }` });
  expect((await states.next()).value).toEqual({ data: { checkout: { status: 'PENDING' } } });
  if (n % 4 === 0) raw?.terminate();
  else if (n % 4 === 1) await states.return?.();
  else await client.dispose();
  await client.dispose();
}

test(`${SOCKETS} sockets that come and go leave no listener behind`, { timeout: 120_000 }, async () => {
  let next = 0;
  const lane = async () => {
    for (let n = next++; n < SOCKETS; n = next++) await visit(n);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, lane));
  expect(mostListening).toBeGreaterThan(1);
  await expect.poll(() => listening).toBe(0);
});
