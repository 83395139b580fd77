import type { Bus } from './pubsub.ts';
import { announcementStream } from './announcement-stream.ts';

/**
 * A stream of the state of one thing: first as it is now, then again after every announcement. It reads rather than trusts announcements,
 * and a slow reader skips states but always ends with the newest. `read` answers null for "not there, or not yours": the stream ends.
 */
export function currentState<T>(bus: Bus, topic: string, read: () => Promise<T | null>): AsyncIterableIterator<T> {
  let stale = true;
  return announcementStream<T>(bus, topic, {
    hear() {
      stale = true;
    },
    ready: () => stale,
    async take() {
      stale = false;
      const value = await read();
      return value === null ? 'end' : { value };
    },
  });
}
