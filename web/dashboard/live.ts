/** One socket for the whole dashboard. What it says is only a hint: lists are read again. */
import type { TadaDocumentNode } from 'gql.tada';
import type { Client } from 'graphql-ws';
import { print } from 'graphql';
import { createClient } from 'graphql-ws';

/** A sleeping laptop leaves sockets that look open and carry nothing: ask this often, */
const KEEP_ALIVE_MS = 12_000;
/** and give up on one that has not answered for this long. */
const PONG_WITHIN_MS = 5_000;
const RETRY_BASE_MS = 500;
const RETRY_CAP_MS = 15_000;
/** The server ended a stream (a restart, a session that is over): ask again after this. */
const RESUBSCRIBE_MS = 10_000;

let client: Client | undefined;
const onConnected = new Set<() => void>();

function socket(): Client {
  let pongTimer: ReturnType<typeof setTimeout> | undefined;
  client ??= createClient({
    url: `${location.origin.replace(/^http/, 'ws')}/graphql`,
    retryAttempts: Number.POSITIVE_INFINITY,
    shouldRetry: () => true,
    retryWait: (retries) => {
      const full = Math.min(RETRY_CAP_MS, RETRY_BASE_MS * 2 ** Math.min(retries, 10));
      return new Promise((resolve) => setTimeout(resolve, full * (1 - Math.random() / 2)));
    },
    keepAlive: KEEP_ALIVE_MS,
    on: {
      connected: () => {
        for (const look of onConnected) look();
      },
      closed: () => clearTimeout(pongTimer),
      ping: (received) => {
        if (!received) pongTimer = setTimeout(() => client?.terminate(), PONG_WITHIN_MS);
      },
      pong: (received) => received && clearTimeout(pongTimer),
    },
  });
  return client;
}

/** Calls `look` after every hint, every (re)connect, and when the page is seen again. The returned function ends it. */
export function onHints<Data, Variables>(
  subscription: TadaDocumentNode<Data, Variables>,
  variables: Record<string, unknown>,
  look: () => void,
): () => void {
  let stopped = false;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let end = () => {};
  const again = () => {
    if (!stopped) timer = setTimeout(open, RESUBSCRIBE_MS);
  };
  const open = () => {
    const query = print(subscription);
    end = socket().subscribe({ query, variables }, { next: look, error: again, complete: again });
  };
  const onSeen = () => document.visibilityState === 'visible' && look();
  onConnected.add(look);
  document.addEventListener('visibilitychange', onSeen);
  addEventListener('online', onSeen);
  open();
  return () => {
    stopped = true;
    clearTimeout(timer);
    onConnected.delete(look);
    document.removeEventListener('visibilitychange', onSeen);
    removeEventListener('online', onSeen);
    end();
  };
}
