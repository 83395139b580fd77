/**
 * One read for all that ask for the same key in the same turn of the event loop. The read begins after the last of them has asked, so that each
 * is answered with what was true then or later, never with something older. Nothing is remembered: the next turn reads again.
 */
export function gather<Key, T>(read: (key: Key) => Promise<T>): (key: Key) => Promise<T> {
  const waiting = new Map<Key, Promise<T>>();
  return (key) => {
    const known = waiting.get(key);
    if (known) return known;
    const asked = new Promise<void>((resolve) => setImmediate(resolve)).then(() => {
      waiting.delete(key);
      return read(key);
    });
    waiting.set(key, asked);
    return asked;
  };
}
