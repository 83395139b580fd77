import type { Log } from '../lib/log.ts';
import type { Reconciled } from './reconcile-swap.ts';
import { pause } from '../lib/time.ts';
import { isHinted } from './provider-hint.ts';

export type LookRunner = {
  /** A fresh look; callers that come while one runs share the one after it, so that what they heard is seen. */
  look(swapId: string): Promise<Reconciled | null>;
  /** The same without waiting: for hints. Faults are logged, the sweep comes again. */
  lookSoon(swapId: string): void;
  /** Waits for what runs. */
  idle(): Promise<void>;
};

export type RunnerDeps = { readonly log: Log; readonly reconcile: (swapId: string) => Promise<Reconciled | null> };

/** Another holder (an opening request, another process) is usually done within this. */
const BUSY_RETRIES = 6;
const BUSY_PAUSE_MS = 150;
/** A hint is not given up while another holder's lease may still run (20 s): that holder may have looked just before what the hint tells of. */
const HINT_ROUNDS_MAX = 24;
/** Hints come faster than looks: more than this many at once would starve requests of database connections. */
const HINTED_AT_ONCE = 8;

/** Keeps looks at one swap apart in this process; leases keep processes apart. A hint that comes during a look is followed after it. */
export function lookRunner(deps: RunnerDeps): LookRunner {
  const running = new Map<string, Promise<Reconciled | null>>();
  const waiting = new Map<string, Promise<Reconciled | null>>();
  const hinted = new Map<string, { rounds: number }>();
  let hintedRunning = 0;
  let ending = false;

  const run = (swapId: string) => {
    const promise = reconcilePatiently(deps, swapId)
      .then((done) => {
        if (done?.kind === 'done' && !isHinted(done.swap.status)) hinted.delete(swapId); // what was heard meanwhile is not news any more
        return done;
      })
      .finally(() => {
        running.delete(swapId);
        drain();
      });
    running.set(swapId, promise);
    return promise;
  };
  const look = (swapId: string): Promise<Reconciled | null> => {
    const current = running.get(swapId);
    if (!current) return run(swapId);
    let next = waiting.get(swapId);
    if (!next) {
      const start = () => {
        waiting.delete(swapId);
        return run(swapId);
      };
      next = current.then(start, start);
      waiting.set(swapId, next);
    }
    return next;
  };
  const drain = () => {
    for (const [swapId, { rounds }] of hinted) {
      if (hintedRunning >= HINTED_AT_ONCE || ending) return;
      if (running.has(swapId) || waiting.has(swapId)) continue; // it waits here, not in the place of another swap
      hinted.delete(swapId);
      hintedRunning += 1;
      void look(swapId)
        .then((done) => {
          if (done?.kind === 'busy' && rounds < HINT_ROUNDS_MAX && !hinted.has(swapId)) hinted.set(swapId, { rounds: rounds + 1 });
        })
        .catch((error: unknown) => deps.log.error({ swapId, err: error }, 'a look at a swap failed'))
        .finally(() => {
          hintedRunning -= 1;
          drain();
        });
    }
  };
  return {
    look,
    lookSoon(swapId) {
      hinted.set(swapId, { rounds: 1 });
      drain();
    },
    async idle() {
      ending = true;
      hinted.clear();
      while (running.size > 0 || waiting.size > 0) await Promise.allSettled([...running.values(), ...waiting.values()]);
    },
  };
}

async function reconcilePatiently(deps: RunnerDeps, swapId: string): Promise<Reconciled | null> {
  for (let tries = 0; tries < BUSY_RETRIES; tries++) {
    const done = await deps.reconcile(swapId);
    if (done?.kind !== 'busy') return done;
    await pause(BUSY_PAUSE_MS);
  }
  return { kind: 'busy' };
}
