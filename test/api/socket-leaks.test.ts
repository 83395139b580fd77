import type { Bus } from '../../subscriptions/pubsub.ts';
import type { CheckoutSockets } from '../support/checkout-sockets.ts';
import { once } from 'node:events';
import { createClient } from 'graphql-ws';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { localBus } from '../../subscriptions/pubsub.ts';
import { serveCheckouts } from '../support/checkout-sockets.ts';
import { paymentFixture } from '../support/payments.ts';

const SOCKETS = 1_000;
const AT_ONCE = 50;
const PAYMENT = paymentFixture({ status: 'pending' });

/** The bus counts who listens. */
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

let served: CheckoutSockets;
let url: string;
beforeAll(async () => {
  served = await serveCheckouts({ bus: counted(localBus()), readPayment: async () => PAYMENT });
  url = served.url;
});
afterAll(() => served.close());

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
