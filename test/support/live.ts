import type { Json } from './json.ts';
import { createClient } from 'graphql-ws';
import { WebSocket } from 'ws';

export type Live = {
  readonly states: Json[];
  readonly until: (wanted: (state: Json) => boolean, withinMs?: number) => Promise<Json>;
  readonly close: () => Promise<void>;
};

/** No claim about speed: what is said at all comes within this, also where many builds share the machine. */
const PATIENCE_MS = 60_000;

/** Follows a subscription over a real socket and keeps every state that it says. */
export function follow(url: string, query: string, variables: Record<string, unknown>, key: string | null = null): Live {
  const client = createClient({
    url: `${url.replace(/^http/, 'ws')}/graphql`,
    webSocketImpl: WebSocket,
    lazy: false,
    ...(key === null ? {} : { connectionParams: { authorization: `Bearer ${key}` } }),
  });
  const states: Json[] = [];
  const waiting = new Set<() => void>();
  let fault: unknown;
  const unsubscribe = client.subscribe(
    { query, variables },
    {
      next: (message) => {
        states.push(message.errors ? { errors: message.errors } : Object.values(message.data ?? {})[0]);
        for (const wake of waiting) wake();
      },
      error: (error) => {
        fault = error;
        for (const wake of waiting) wake();
      },
      complete: () => {},
    },
  );
  return {
    states,
    until: async (wanted, withinMs = PATIENCE_MS) => {
      const end = performance.now() + withinMs;
      for (;;) {
        const found = states.find(wanted);
        if (found) return found;
        if (fault) throw fault;
        const left = end - performance.now();
        if (left <= 0) throw new Error(`not said within ${withinMs} ms; said: ${JSON.stringify(states)}`);
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, left);
          const wake = () => {
            clearTimeout(timer);
            waiting.delete(wake);
            resolve();
          };
          waiting.add(wake);
        });
      }
    },
    close: async () => {
      unsubscribe();
      await client.dispose();
    },
  };
}
