import type { Json } from './json.ts';
import { createClient } from 'graphql-ws';
import { WebSocket } from 'ws';
import { eventually } from './avopay.ts';

export const WATCH_PAYMENT = 'subscription ($id: ID!) { paymentUpdated(id: $id) { status } }';

/** A socket with one open stream; `states` is what it said, `closed` resolves with the code that the server ended the socket with. */
export type WatchedPayment = {
  readonly states: Json[];
  readonly closed: Promise<number>;
  readonly isDone: () => boolean;
  readonly close: () => unknown;
};

/** Watches a payment as whoever these headers say: a key goes with the first message, all else with the upgrade, as browsers do. */
export async function watchPayment(url: string, as: Readonly<Record<string, string>>, id: string): Promise<WatchedPayment> {
  const { authorization, ...headers } = as;
  const states: Json[] = [];
  let close: (code: number) => void = () => {};
  const closed = new Promise<number>((resolve) => {
    close = resolve;
  });
  const client = createClient({
    url: `${url.replace(/^http/, 'ws')}/graphql`,
    webSocketImpl: class extends WebSocket {
      constructor(address: string, protocols: string[]) {
        super(address, protocols, { headers });
      }
    },
    ...(authorization === undefined ? {} : { connectionParams: { authorization } }),
    retryAttempts: 0,
    on: { closed: (event) => close((event as { code: number }).code) },
  });
  let isDone = false;
  const done = () => {
    isDone = true;
  };
  client.subscribe({ query: WATCH_PAYMENT, variables: { id } }, { next: ({ data }) => states.push(data), error: done, complete: done });
  await eventually(async () => states.length > 0);
  return { states, closed, isDone: () => isDone, close: () => client.dispose() };
}
