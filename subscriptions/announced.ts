import type { Bus } from './pubsub.ts';
import { RefusalError } from '../src/lib/refusal.ts';

/** Things of one topic that a reader may be behind with: far more than a dashboard shows, a few kB at most. */
export const BEHIND_MAX = 1_000;

/**
 * The things of a topic that are announced from now on, each as it is when the reader takes it; one that changes several times meanwhile is
 * told once. `read` answers null for what is not the reader's: it is passed over. A reader that falls too far behind is told so, and has to
 * ask for the list again: it is never left with a gap that it does not know of.
 */
export function announced<T>(bus: Bus, topic: string, read: (id: string) => Promise<T | null>): AsyncIterableIterator<T> {
  const waiting = new Set<string>();
  let done = false;
  let wake: (() => void) | undefined;
  const leave = bus.listen(topic, ({ id }) => {
    if (id === undefined || waiting.size > BEHIND_MAX) return;
    waiting.add(id);
    wake?.();
  });
  const end = () => {
    done = true;
    leave();
    wake?.();
    return { done: true, value: undefined } as const;
  };
  return {
    async next() {
      for (;;) {
        while (!done && waiting.size === 0) {
          await new Promise<void>((resolve) => {
            wake = resolve;
          });
        }
        if (done) return { done: true, value: undefined };
        if (waiting.size > BEHIND_MAX) {
          end();
          throw new RefusalError(TOO_FAR_BEHIND);
        }
        const [id = ''] = waiting;
        waiting.delete(id);
        const value = await read(id).catch((fault: unknown) => {
          end();
          throw fault;
        });
        if (value !== null) return { done: false, value };
      }
    },
    return: async () => end(),
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}

const TOO_FAR_BEHIND = {
  kind: 'unavailable',
  code: 'subscriber_too_slow',
  message: 'Too much has changed since you last read — ask for the list again, then subscribe',
} as const;
