import type { Database } from '../lib/database.ts';
import type { Log } from '../lib/log.ts';
import type { Sealer } from '../lib/sealed.ts';
import type { Clock } from '../lib/time.ts';
import { dueSwapIds } from './swap-store.ts';

export type SweepDeps = {
  readonly database: Database;
  readonly sealer: Sealer;
  readonly now: Clock;
  readonly log: Log;
  readonly look: (swapId: string) => Promise<unknown>;
};

/** Looks at once in one sweep: each costs a few calls to chain and provider, and a database connection. */
const LOOKS_IN_PARALLEL = 8;
/** One sweep takes at most this many that something has happened to; the rest is due in the next. */
export const SWEEP_MOVING_MAX = 500;
/**
 * And so many of those that nobody was seen to pay. A sweep a second looks at each of 1,500 open invoices every 30 seconds; of more, less often:
 * their looks would otherwise take the whole server from those who pay. That one was paid is mostly known by a hint, which waits for no sweep.
 */
export const SWEEP_UNPAID_MAX = 50;

/** Looks at every swap that is due. One that fails is logged, stays due, and holds up no other. Returns at how many it looked. */
export async function sweepSwaps(deps: SweepDeps): Promise<number> {
  const due = await dueSwapIds(deps, deps.now(), { moving: SWEEP_MOVING_MAX, unpaid: SWEEP_UNPAID_MAX });
  const queue = [...due];
  const work = async () => {
    for (let swapId = queue.shift(); swapId !== undefined; swapId = queue.shift()) {
      try {
        await deps.look(swapId);
      } catch (error) {
        deps.log.error({ swapId, err: error }, 'a look at a swap failed');
      }
    }
  };
  await Promise.all(Array.from({ length: LOOKS_IN_PARALLEL }, work));
  return due.length;
}
