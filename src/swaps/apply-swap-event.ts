import type { Database, Tx } from '../lib/database.ts';
import type { Log } from '../lib/log.ts';
import type { Sealer } from '../lib/sealed.ts';
import type { Clock } from '../lib/time.ts';
import type { LightningProgress } from './lightning.ts';
import type { Swap } from './swap.ts';
import type { Lease } from './swap-store.ts';
import type { SwapEvent } from './transitions.ts';
import { addMs } from '../lib/time.ts';
import { progressOf } from './swap-progress.ts';
import { lockSwap, saveSwap } from './swap-store.ts';
import { advance } from './transitions.ts';

export type ApplyDeps = {
  readonly database: Database;
  readonly sealer: Sealer;
  readonly now: Clock;
  readonly log: Log;
  readonly onProgress: (tx: Tx, progress: LightningProgress) => Promise<void>;
};

export type SwapChange = Readonly<{
  lease: Lease;
  /** What happened; or how to find out once the row is locked. */
  event: SwapEvent | ((tx: Tx, swap: Swap) => Promise<SwapEvent>);
  /** Runs in the same transaction after the swap is saved, and only if it changed. */
  within?: (tx: Tx, swap: Swap) => Promise<void>;
  /** Whose row `within` locks, see `Database.transact`. */
  turn?: string;
}>;

/** The holder's lease has passed to another worker: everything further is that one's. */
export class LeaseLost extends Error {
  constructor(swapId: string) {
    super(`the lease on ${swapId} has passed to another worker`);
    this.name = 'LeaseLost';
  }
}

/** Retries of a lost compare-and-set. The row lock makes a loss nearly impossible; a loop without an end would hide a bug. */
export const APPLY_ATTEMPTS_MAX = 5;
/** How long a holder may be silent: longer than any one step of work, short enough that a killed process is replaced within the minute. */
export const LEASE_MS = 20_000;

/**
 * The one writer of a swap's status: load, advance, save by version and fence, say it, all in one transaction.
 * Returns the swap as it now stands. @throws LeaseLost; Error when the table has no such edge, which is a bug of the caller.
 */
export async function applySwapEvent(deps: ApplyDeps, change: SwapChange): Promise<Swap> {
  for (let attempt = 1; attempt <= APPLY_ATTEMPTS_MAX; attempt++) {
    const outcome = await deps.database.transact((tx) => applyInTx(deps, tx, change), change.turn);
    if (outcome === null) continue;
    const { before, after } = outcome;
    if (before.status !== after.status) {
      const { id: swapId, subjectId } = after;
      deps.log.info({ swapId, subjectId, from: before.status, to: after.status }, 'swap advanced');
    }
    return after;
  }
  throw new Error(`swap ${change.lease.swapId} could not be saved in ${APPLY_ATTEMPTS_MAX} attempts`);
}

async function applyInTx(deps: ApplyDeps, tx: Tx, change: SwapChange): Promise<{ before: Swap; after: Swap } | null> {
  const { swapId, fence } = change.lease;
  const locked = await lockSwap(deps, tx, swapId);
  if (!locked) throw new Error(`swap ${swapId} does not exist`);
  if (locked.fence !== fence) throw new LeaseLost(swapId);
  const before = locked.swap;
  const event = typeof change.event === 'function' ? await change.event(tx, before) : change.event;
  const advanced = advance(before, event);
  if (!advanced.ok) throw new Error(`${advanced.error.message} (${swapId})`);
  const after = advanced.value.swap;
  if (!advanced.value.changed) return { before, after };
  const at = deps.now();
  if (!(await saveSwap(deps, tx, { before, after, fence, leaseUntil: addMs(at, LEASE_MS) }))) return null;
  await change.within?.(tx, after);
  const progress = progressOf(before, after, at);
  if (progress) await deps.onProgress(tx, progress);
  return { before, after };
}
