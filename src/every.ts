import type { Clock } from './lib/time.ts';

/**
 * A job that does nothing more often than this. By the business clock, so that a moved clock finds it due; at once again while it finds
 * something to do.
 */
export function every(now: Clock, ms: number, job: () => Promise<number>): () => Promise<number> {
  let nextMs = 0;
  return async () => {
    if (now().getTime() < nextMs) return 0;
    const done = await job();
    nextMs = done > 0 ? 0 : now().getTime() + ms; // more may be left
    return done;
  };
}
