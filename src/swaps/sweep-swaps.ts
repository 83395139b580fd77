import type { Database } from '../lib/database.ts';
import type { Log } from '../lib/log.ts';
import type { Clock } from '../lib/time.ts';
import { eachAtOnce } from '../lib/each-at-once.ts';
import { dueSwapIds } from './swap-store.ts';

export type SweepDeps = {
  readonly database: Database;
  readonly now: Clock;
  readonly log: Log;
  readonly look: (swapId: string) => Promise<unknown>;
};

/** Looks at once in one sweep: each costs a few calls to chain and provider, and a database connection. */
const LOOKS_IN_PARALLEL = 8;
/** One sweep takes at most this many; the rest is due in the next. */
export const SWEEP_MAX = 500;

/**
 * Looks at every swap that is due and that something has happened to; the others are glanced at (glance-unpaid.ts). One that fails is logged,
 * stays due, and holds up no other. Returns at how many it looked.
 */
export async function sweepSwaps(deps: SweepDeps): Promise<number> {
  const due = await dueSwapIds(deps, deps.now(), SWEEP_MAX);
  await eachAtOnce(due, {
    atOnce: LOOKS_IN_PARALLEL,
    work: deps.look,
    failed: (swapId, error) => deps.log.error({ swapId, err: error }, 'a look at a swap failed'),
  });
  return due.length;
}
