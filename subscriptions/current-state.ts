import type { Refusal } from '../src/lib/refusal.ts';
import type { Bus } from './pubsub.ts';
import { RefusalError } from '../src/lib/refusal.ts';
import { announcementStream } from './announcement-stream.ts';

/** Where the state of one thing comes from: `read` answers null for "not there, or not yours". */
export type Source<T> = { readonly bus: Bus; readonly topic: string; readonly read: () => Promise<T | null> };

export type CurrentState<T> = AsyncIterableIterator<T> & {
  readonly source: Source<T>;
  /** Whether something was announced since the state was read that came last. */
  readonly isStale: () => boolean;
};

/**
 * A stream of the state of one thing: first as it is now, then again after every announcement. It reads rather than trusts announcements,
 * and a slow reader skips states but always ends with the newest. Where nothing can be read, the stream ends.
 */
export function currentState<T>(bus: Bus, topic: string, read: () => Promise<T | null>): CurrentState<T> {
  let stale = true;
  const stream = announcementStream<T>(bus, topic, {
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
  return Object.assign(stream, { source: { bus, topic, read }, isStale: () => stale });
}

/** A stream whose first state is known: it can be followed as it is, or by whoever follows the same source already (`Broadcast`). */
export type Existing<T> = CurrentState<T> & { readonly first: T };

/** Refuses a stream of something that is not there (or not the caller's): the first state decides. */
export async function existing<T>(states: CurrentState<T>, refusal: Refusal): Promise<Existing<T>> {
  const first = await states.next();
  if (first.done) throw new RefusalError(refusal);
  let given = false;
  const iterator: AsyncIterableIterator<T> = {
    async next() {
      if (given) return states.next();
      given = true;
      return first;
    },
    return: async (value) => states.return?.(value) ?? { done: true, value },
    [Symbol.asyncIterator]: () => iterator,
  };
  return Object.assign(iterator, { first: first.value, source: states.source, isStale: states.isStale });
}
