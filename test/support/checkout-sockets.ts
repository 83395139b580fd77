import type { Bus } from '../../subscriptions/pubsub.ts';
import type { Payment } from '../../src/payments/payment.ts';
import { createServer } from 'node:http';
import { once } from 'node:events';
import { NO_BROWSER } from '../../schema/context.ts';
import { makeGraphqlServer } from '../../src/graphql-server.ts';
import { makeLog } from '../../src/lib/log.ts';
import { UNLIMITED } from '../../src/limits/limiter.ts';
import { serveSockets } from '../../subscriptions/socket.ts';

export type CheckoutSockets = { readonly url: string; readonly close: () => Promise<void> };

/** The real sockets before the real schema; of payments there is what `readPayment` says, and nothing else. */
export async function serveCheckouts(world: {
  readonly bus: Bus;
  readonly readPayment: (id: string) => Promise<Payment | null>;
}): Promise<CheckoutSockets> {
  const at = new Date('2026-05-15T14:10:00.000Z');
  const merchant = { name: 'Alba', brandColour: null, logoHash: null };
  const anonymous = { ok: false, error: { kind: 'unauthenticated', code: 'invalid_api_key', message: 'no' } };
  const app = {
    limiter: UNLIMITED,
    bus: world.bus,
    now: () => at,
    newRequestId: () => 'req_1',
    readCheckout: async (id: string) => {
      const payment = await world.readPayment(id);
      return payment && { payment, merchant, serverTime: at, lightning: null, redirectUrl: null, backUrl: null };
    },
    authenticate: async () => anonymous,
  };
  const log = makeLog('silent');
  const { yoga, makeContext, admit, mask } = makeGraphqlServer(app as never, { explorable: false, log, cookieOf: () => null }); // what a checkout asks for is here
  const http = createServer();
  const sockets = serveSockets(http, {
    ...{ makeContext, admit, mask, log, allowedOrigins: [], limited: false },
    getEnveloped: (initial) => yoga.getEnveloped(initial),
    addressOf: () => '',
    webOf: () => NO_BROWSER,
  });
  http.listen(0, '127.0.0.1');
  await once(http, 'listening');
  const address = http.address();
  return {
    url: `ws://127.0.0.1:${typeof address === 'object' ? address?.port : 0}/graphql`,
    close: async () => {
      await sockets.close();
      http.close();
    },
  };
}
