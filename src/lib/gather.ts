import { nextTurn } from './time.ts';

/**
 * One read for all that ask for the same key in the same turn of the event loop. The read begins after the last of them has asked, so that each
 * is answered with what was true then or later, never with something older. Nothing is remembered: the next turn reads again.
 */
export function gather<Key, T>(read: (key: Key) => Promise<T>): (key: Key) => Promise<T> {
  const waiting = new Map<Key, Promise<T>>();
  return (key) => {
    const known = waiting.get(key);
    if (known) return known;
    const asked = nextTurn().then(() => {
      waiting.delete(key);
      return read(key);
    });
    waiting.set(key, asked);
    return asked;
  };
}

/**
 * The same for reads that can be told many keys at once: all keys that are asked for in one turn are read together, each once. What the read
 * does not answer is null.
 */
export function gatherMany<T>(read: (keys: readonly string[]) => Promise<ReadonlyMap<string, T>>): (key: string) => Promise<T | null> {
  let waiting = new Set<string>();
  const readWaiting = gather(() => {
    const keys = [...waiting];
    waiting = new Set();
    return read(keys);
  });
  return async (key) => {
    waiting.add(key);
    return (await readWaiting(undefined)).get(key) ?? null;
  };
}
