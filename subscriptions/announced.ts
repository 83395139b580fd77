import type { Bus } from './pubsub.ts';
import { RefusalError } from '../src/lib/refusal.ts';
import { announcementStream } from './announcement-stream.ts';

/** Things of one topic that a reader may be behind with: far more than a dashboard shows, a few kB at most. */
export const BEHIND_MAX = 1_000;

/**
 * The things of a topic that are announced from now on, each as it is when the reader takes it; one that changes several times meanwhile is
 * told once. `read` answers null for what is not the reader's: it is passed over. A reader that falls too far behind is told so, and has to
 * ask for the list again: it is never left with a gap that it does not know of.
 */
export function announced<T>(bus: Bus, topic: string, read: (id: string) => Promise<T | null>): AsyncIterableIterator<T> {
  const waiting = new Set<string>();
  return announcementStream<T>(bus, topic, {
    hear({ id }) {
      if (id !== undefined && waiting.size <= BEHIND_MAX) waiting.add(id);
    },
    ready: () => waiting.size > 0,
    async take() {
      if (waiting.size > BEHIND_MAX) throw new RefusalError(TOO_FAR_BEHIND);
      const [id = ''] = waiting;
      waiting.delete(id);
      const value = await read(id);
      return value === null ? 'pass' : { value };
    },
  });
}

const TOO_FAR_BEHIND = {
  kind: 'unavailable',
  code: 'subscriber_too_slow',
  message: 'Too much has changed since you last read — ask for the list again, then subscribe',
} as const;
