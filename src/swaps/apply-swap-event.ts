import type { Database, Tx, Write } from '../lib/database.ts';
import type { Log } from '../lib/log.ts';
import type { Ask } from '../lib/row-statements.ts';
import type { Sealer } from '../lib/sealed.ts';
import type { Clock } from '../lib/time.ts';
import type { LightningProgress } from './lightning.ts';
import type { Swap } from './swap.ts';
import type { Lease, SwapSave } from './swap-store.ts';
import type { SwapEvent } from './transitions.ts';
import { askIn, sharing } from '../lib/database.ts';
import { addMs } from '../lib/time.ts';
import { progressOf } from './swap-progress.ts';
import { lockSwap, saveSwap, saveSwapWith } from './swap-store.ts';
import { advance } from './transitions.ts';

export type ApplyDeps = {
  readonly database: Database;
  readonly sealer: Sealer;
  readonly now: Clock;
  readonly log: Log;
  /** Of a payment's swap it only asks (`onlyAsks`). */
  readonly onProgress: (tx: Tx, progress: LightningProgress) => Promise<void>;
};

export type SwapChange = Readonly<{
  lease: Lease;
  /** What happened; or how to find out once the row is locked. */
  event: SwapEvent | ((tx: Tx, swap: Swap) => Promise<SwapEvent>);
  /** Runs in the same transaction after the swap is saved, and only if it changed. */
  within?: (tx: Tx, swap: Swap) => Promise<void>;
  /** The same as `within`, where it needs no answer of the database: tried first, in a commit with others'. Where that is taken back, `within` runs. */
  writes?: readonly Write[];
  /** All that this change does in its transaction only asks: it needs no Prisma (`Database.transactAsked`). */
  asksOnly?: boolean;
  /** Whose row `within` locks, see `Database.transact`. */
  turn?: string;
  /** The swap as the holder of the lease last read or wrote it: it need not be read again. Should it be stale, nothing is lost. */
  known?: Swap;
  /** The holder is done: the lease goes back in the same commit, and the swap is due then. */
  restUntil?: Date;
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
 * The one writer of a swap's status: load, advance, save by version and fence, say it, all in one transaction. Where the swap is known and
 * nobody is to be told, the save alone is the transaction: the compare-and-set that it always was.
 * Returns the swap as it now stands. @throws LeaseLost; Error when the table has no such edge, which is a bug of the caller.
 */
export async function applySwapEvent(deps: ApplyDeps, change: SwapChange): Promise<Swap> {
  let known = change.known ? knownStep(change, change.known) : null;
  for (let attempt = 1; attempt <= APPLY_ATTEMPTS_MAX; attempt++) {
    const outcome = await applyOnce(deps, change, known);
    known = null; // whatever was known did not hold: it is read under the row's lock
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

type Step = Readonly<{ before: Swap; after: Swap }>;

/** Null: the row is another by now, or another's, or what was to be written with it could not be. */
async function applyOnce(deps: ApplyDeps, change: SwapChange, known: Step | null): Promise<Step | null> {
  if (known && !progressOf(known.before, known.after, deps.now())) {
    if (!change.within) return save(deps, sharing(deps.database, 'swap steps'), { change, step: known });
    if (change.writes) return saveWith(deps, change, { step: known, writes: change.writes });
  }
  const { transact, transactAsked } = deps.database;
  const run = change.asksOnly ? transactAsked : transact;
  return run((tx) => applyInTx(deps, tx, { change, known }), change.turn);
}

/** Whether those who are told of this swap, or are asked about it, only ask: a payment does; a plan or a registration may go through Prisma. */
export function onlyAsks({ subject }: Pick<Swap, 'subject'>): boolean {
  return subject === 'payment';
}

type Changing = Readonly<{ change: SwapChange; step: Step }>;

/** The step from what is known; null where that is not enough to tell: the row will say. */
function knownStep({ event }: SwapChange, before: Swap): Step | null {
  const advanced = typeof event === 'function' ? null : advance(before, event);
  return advanced?.ok && advanced.value.changed ? { before, after: advanced.value.swap } : null;
}

/** Null: the row is another by now, or another's. */
async function save(deps: ApplyDeps, ask: Ask, { change, step }: Changing): Promise<Step | null> {
  return (await saveSwap(deps, ask, savingOf(deps, change, step))) ? step : null;
}

/** In a lane of those who lock the same row. */
async function saveWith(
  deps: ApplyDeps,
  change: SwapChange,
  { step, writes }: { step: Step; writes: readonly Write[] },
): Promise<Step | null> {
  const lane = `${change.turn ?? change.lease.swapId} ${step.after.status}`;
  return (await saveSwapWith(deps, savingOf(deps, change, step), { lane, writes })) ? step : null;
}

function savingOf(deps: ApplyDeps, change: SwapChange, step: Step): SwapSave {
  const { lease, restUntil = null } = change;
  return { ...step, fence: lease.fence, leaseUntil: addMs(deps.now(), LEASE_MS), restUntil };
}

async function applyInTx(deps: ApplyDeps, tx: Tx, { change, known }: { change: SwapChange; known: Step | null }): Promise<Step | null> {
  const step = known ?? (await lockedStep(deps, tx, change));
  const { before, after } = step;
  if (before === after) return step;
  if (!(await save(deps, askIn(tx), { change, step }))) return null;
  await change.within?.(tx, after);
  const progress = progressOf(before, after, deps.now());
  if (progress) await deps.onProgress(tx, progress);
  return step;
}

/** Read under the row's lock. The same swap twice: the event says nothing new. */
async function lockedStep(deps: ApplyDeps, tx: Tx, change: SwapChange): Promise<Step> {
  const { swapId, fence } = change.lease;
  const locked = await lockSwap(deps, tx, swapId);
  if (!locked) throw new Error(`swap ${swapId} does not exist`);
  if (locked.fence !== fence) throw new LeaseLost(swapId);
  const before = locked.swap;
  const event = typeof change.event === 'function' ? await change.event(tx, before) : change.event;
  const advanced = advance(before, event);
  if (!advanced.ok) throw new Error(`${advanced.error.message} (${swapId})`);
  return { before, after: advanced.value.changed ? advanced.value.swap : before };
}
