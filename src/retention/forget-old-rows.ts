import type { Log } from '../lib/log.ts';
import type { Clock } from '../lib/time.ts';
import type { RetainedKind } from './retention.ts';
import { addMs } from '../lib/time.ts';
import { RETENTION } from './retention.ts';

/** Rows of one kind that go in one commit: short enough that nobody waits for its locks, and what a crash undoes is soon done again. */
export const FORGET_BATCH = 500;

/** What is old enough: it ended at `before` or earlier. `at`: now, for what has an owner until a time. */
export type Old = { readonly before: Date; readonly at: Date; readonly most: number };
/** Removes one batch, whole or not at all; answers how many rows went. Two at once take different rows. */
export type Forget = (old: Old) => Promise<number>;

export type ForgetDeps = {
  readonly now: Clock;
  readonly log: Log;
  /** One for each kind that this job removes. */
  readonly kinds: { readonly [Kind in RetainedKind]?: Forget };
};

/** Removes a batch of each kind that is past its time. A kind that fails does not keep the others. Answers how many rows went. */
export async function forgetOldRows({ now, log, kinds }: ForgetDeps): Promise<number> {
  let gone = 0;
  for (const [kind, forget] of Object.entries(kinds)) {
    const at = now();
    const { keptMs } = RETENTION[kind as RetainedKind]; // the keys of `kinds`
    try {
      const count = await forget({ before: addMs(at, -keptMs), at, most: FORGET_BATCH });
      if (count > 0) log.info({ kind, count }, 'old rows removed');
      gone += count;
    } catch (fault) {
      log.error({ fault, kind }, 'old rows could not be removed');
    }
  }
  return gone;
}
