/** The GraphQL subscription of one payment. Loaded after the page works without it. */
import { createClient } from 'graphql-ws';

/** What the server keeps as `subscription Checkout` in schema/persisted.ts: its name is shorter than its text. */
export const CHECKOUT_SHA256 = '1456e4595ac7cc813f9b70ddec8000b9613e961806bc48afac7833b10d1f933f';

/** A phone that changes networks leaves sockets that look open and carry nothing: ask this often, */
const KEEP_ALIVE_MS = 12_000;
/** and give up on a socket that has not answered for this long. */
const PONG_WITHIN_MS = 5_000;
/** First wait before connecting again, doubled each time up to the cap, then spread so that a restarted server is not stormed. */
const RETRY_BASE_MS = 500;
const RETRY_CAP_MS = 15_000;
/** The server itself ended the subscription (a restart, a full house): ask for a new one after this. */
const RESUBSCRIBE_MS = 10_000;

export type SocketEvents = {
  readonly onOpen: () => void;
  readonly onClose: () => void;
  readonly onCheckout: (checkout: unknown) => void;
};

/** Connects now and for ever; the returned function ends it. */
export function openCheckoutSocket(paymentId: string, events: SocketEvents): () => void {
  let closed = false;
  let again: ReturnType<typeof setTimeout> | undefined;
  let close = () => {};
  const open = () => {
    close = subscribe(paymentId, events, () => {
      close();
      if (!closed) again = setTimeout(open, RESUBSCRIBE_MS);
    });
  };
  open();
  return () => {
    closed = true;
    clearTimeout(again);
    close();
  };
}

/** One client with one subscription. It connects again by itself; `onEnd` says that the server ended or refused the subscription. */
function subscribe(paymentId: string, events: SocketEvents, onEnd: () => void): () => void {
  let pongTimer: ReturnType<typeof setTimeout> | undefined;
  const client = createClient({
    url: `${location.origin.replace(/^http/, 'ws')}/graphql`,
    retryAttempts: Number.POSITIVE_INFINITY,
    shouldRetry: () => true,
    retryWait: (retries) => new Promise((resolve) => setTimeout(resolve, retryDelayMs(retries, Math.random()))),
    keepAlive: KEEP_ALIVE_MS,
    on: {
      connected: events.onOpen,
      closed() {
        clearTimeout(pongTimer);
        events.onClose();
      },
      ping(received) {
        if (!received) pongTimer = setTimeout(() => client.terminate(), PONG_WITHIN_MS);
      },
      pong(received) {
        if (received) clearTimeout(pongTimer);
      },
    },
  });
  client.subscribe<{ checkout: unknown }>(
    { query: '', extensions: { persistedQuery: { version: 1, sha256Hash: CHECKOUT_SHA256 } }, variables: { id: paymentId } },
    { next: (result) => events.onCheckout(result.data?.checkout), error: onEnd, complete: onEnd },
  );
  return () => void client.dispose();
}

function retryDelayMs(retries: number, chance: number): number {
  const full = Math.min(RETRY_CAP_MS, RETRY_BASE_MS * 2 ** Math.min(retries, 10));
  return full * (1 - chance / 2);
}
