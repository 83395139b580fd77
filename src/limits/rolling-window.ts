import type { Ask, Decision, RollingWindow } from './decision.ts';
import { decisionOf } from './decision.ts';

/** Subjects remembered per bucket: at 300 uses of 8 bytes each that is 48 MB at the very worst. Beyond it the longest silent one is forgotten. */
export const SUBJECTS_MAX = 20_000;
/** Silent subjects looked at with every use: twice as many as one use can add, so memory follows the traffic down again. */
const SWEPT_PER_USE = 2;

/** Times of the allowed uses of one subject, oldest first. */
type Uses = { readonly times: number[]; windowMs: number };

/** Counts in this process. Each bucket has its own memory: a flood of reads cannot make it forget who guesses passwords. */
export class LocalWindow implements RollingWindow {
  readonly #buckets = new Map<string, Map<string, Uses>>();
  readonly #subjectsMax: number;

  constructor(subjectsMax = SUBJECTS_MAX) {
    this.#subjectsMax = subjectsMax;
  }

  async take(ask: Ask): Promise<Decision> {
    const bucket = this.#buckets.get(ask.bucket) ?? new Map<string, Uses>();
    this.#buckets.set(ask.bucket, bucket);
    const uses = bucket.get(ask.subject) ?? { times: [], windowMs: ask.windowMs };
    uses.windowMs = ask.windowMs;
    // Insertion order is the order of the last touch.
    bucket.delete(ask.subject);
    bucket.set(ask.subject, uses);
    const decision = decide(uses.times, ask);
    // Afterwards: an asker whose earlier uses have all left would be swept with the use that is noted now.
    sweep(bucket, ask.at.getTime(), this.#subjectsMax);
    return decision;
  }

  /** Subjects in memory, for tests and figures. */
  size(): number {
    return [...this.#buckets.values()].reduce((sum, bucket) => sum + bucket.size, 0);
  }

  async close(): Promise<void> {
    this.#buckets.clear();
  }
}

/** Judges one use and notes it when it is allowed. */
function decide(times: number[], ask: Ask): Decision {
  const newest = times.at(-1) ?? Number.NEGATIVE_INFINITY;
  const given = ask.at.getTime();
  // A clock that was set back by more than a window says nothing about these uses; a smaller step is counted as if no time had passed.
  if (newest - given > ask.windowMs) times.length = 0;
  const at = newest - given > ask.windowMs ? given : Math.max(given, newest);
  const gone = times.findIndex((time) => time > at - ask.windowMs);
  times.splice(0, gone === -1 ? times.length : gone);
  const allowed = times.length < ask.limit;
  if (allowed) times.push(at);
  const counted = times.length;
  const leaves = times[Math.max(0, counted - ask.limit)] ?? at;
  return decisionOf(ask, { allowed, counted, leavesAtMs: leaves + ask.windowMs });
}

/** Forgets the longest silent subjects whose uses have all left their window, and beyond the bound the longest silent ones anyway. */
function sweep(bucket: Map<string, Uses>, at: number, subjectsMax: number): void {
  let looked = 0;
  for (const [subject, { times, windowMs }] of bucket) {
    const over = bucket.size > subjectsMax;
    if (!over && looked++ >= SWEPT_PER_USE) return;
    const ended = (times.at(-1) ?? at) <= at - windowMs;
    if (!over && !ended) return;
    bucket.delete(subject);
  }
}
