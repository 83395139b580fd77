import type { Bus } from './pubsub.ts';

/**
 * A stream of the state of one thing: first as it is now, then again after every announcement. It reads rather than trusts announcements,
 * and a slow reader skips states but always ends with the newest. `read` answers null for "not there, or not yours": the stream ends.
 */
export function currentState<T>(bus: Bus, topic: string, read: () => Promise<T | null>): AsyncIterableIterator<T> {
  let stale = true;
  let done = false;
  let wake: (() => void) | undefined;
  const rouse = () => {
    stale = true;
    wake?.();
  };
  const leave = bus.listen(topic, rouse);
  const end = () => {
    done = true;
    leave();
    wake?.();
    return { done: true, value: undefined } as const;
  };
  return {
    async next() {
      while (!done && !stale) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
      if (done) return { done: true, value: undefined };
      stale = false;
      const value = await read().catch((fault: unknown) => {
        end();
        throw fault;
      });
      return value === null ? end() : { done: false, value };
    },
    return: async () => end(),
    throw: async (fault) => {
      end();
      throw fault;
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}
