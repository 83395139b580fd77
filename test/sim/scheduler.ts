import { sha256 } from '../../src/lib/bytes.ts';
import { Dice } from './dice.ts';

/** A process of the simulated cluster, as far as time is concerned. */
export type Owner = { readonly name: string; epoch: number; pausedUntil: number };
type Happening = {
  readonly at: number;
  readonly tie: number;
  readonly sequence: number;
  readonly label: string;
  readonly owner: Owner | null;
  readonly epoch: number;
  readonly run: () => void;
  dead: boolean;
};

/** Where every simulated day begins. */
export const DAY_ONE_MS = Date.UTC(2027, 0, 1, 12);
const REAL = {
  ...{ setTimeout: globalThis.setTimeout, clearTimeout: globalThis.clearTimeout },
  ...{ setImmediate: globalThis.setImmediate, monotonic: performance.now.bind(performance) },
};

/**
 * One line of time for everything: what is to happen stands in a heap by virtual time and a thrown tie-break. One thing happens, all promise
 * jobs that it set off run dry, the invariants are checked, the next thing happens. Nothing in a run waits for real time.
 */
export class Scheduler {
  nowMs = DAY_ONE_MS;
  /** Whose work runs now: timers set meanwhile die with it. */
  current: Owner | null = null;
  happened = 0;
  /** Two halves of a rolling hash over everything that happened and when. */
  #hash: [number, number] = [0x811c9dc5, 0x9747b28c];
  readonly #heap: Happening[] = [];
  readonly #ties: Dice;
  readonly #timers = new Map<number, Happening>();
  #sequence = 0;
  log: string[] | null = null;
  /** Waits until nothing is left to do but what stands in the heap. */
  drained: () => Promise<void> = dry;

  constructor(seed: number) {
    this.#ties = new Dice(seed, 'ties');
  }

  in(delayMs: number, label: string, run: () => void, owner: Owner | null = this.current): Happening {
    const at = this.nowMs + Math.max(0, delayMs);
    const happening = {
      ...{ at, tie: this.#ties.next(), sequence: this.#sequence++, label, owner, epoch: owner?.epoch ?? 0, run, dead: false },
    };
    this.#push(happening);
    return happening;
  }

  /** Runs until nothing is left or `endMs` is reached; `after` sees the world between two happenings. */
  async run(endMs: number, after: () => void): Promise<void> {
    for (let next = this.#heap[0]; next && next.at <= endMs; next = this.#heap[0]) {
      this.#pop();
      if (next.dead || (next.owner && next.owner.epoch !== next.epoch)) continue;
      if (next.owner && next.owner.pausedUntil > next.at) {
        this.#push({ ...next, at: next.owner.pausedUntil });
        continue;
      }
      this.nowMs = next.at;
      this.current = next.owner;
      this.happened++;
      this.note(next.label);
      next.run();
      await this.drained();
      after();
    }
    this.nowMs = Math.max(this.nowMs, endMs);
    this.current = null;
  }

  /** Adds a word to the trace. */
  note(label: string): void {
    this.log?.push(`${((this.nowMs - DAY_ONE_MS) / 1000).toFixed(3).padStart(9)} ${this.current?.name ?? '-'} ${label}`);
    let [a, b] = this.#hash;
    for (const part of [this.nowMs - DAY_ONE_MS, numberOf(this.current?.name ?? '-'), numberOf(label)]) {
      a = Math.imul(a ^ part, 16_777_619);
      b = Math.imul(b ^ part, 0x5bd1e995) ^ (b >>> 13);
    }
    this.#hash = [a, b];
  }

  traceHash(): string {
    return this.#hash.map((half) => (half >>> 0).toString(16).padStart(8, '0')).join('');
  }

  /** From here on `pause` and `monotonicMs` (src/lib/time.ts) run on this line of time; the answer puts the real ones back. */
  takeOverTimers(): () => void {
    const set = (run: () => void, ms = 0) => {
      const timer = this.in(ms, 'timer', run);
      this.#timers.set(timer.sequence, timer);
      return timer.sequence;
    };
    const clear = (id: number) => {
      const timer = this.#timers.get(id);
      if (timer) timer.dead = true;
      this.#timers.delete(id);
    };
    Object.assign(globalThis, { setTimeout: set, clearTimeout: clear });
    Object.assign(performance, { now: () => this.nowMs - DAY_ONE_MS });
    return () => {
      Object.assign(globalThis, { setTimeout: REAL.setTimeout, clearTimeout: REAL.clearTimeout });
      Object.assign(performance, { now: REAL.monotonic });
    };
  }

  #push(item: Happening): void {
    const heap = this.#heap;
    heap.push(item);
    for (let i = heap.length - 1; i > 0; ) {
      const parent = (i - 1) >> 1;
      if (!isSooner(heap, i, parent)) break;
      swap(heap, i, parent);
      i = parent;
    }
  }

  #pop(): void {
    const heap = this.#heap;
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return;
    heap[0] = last;
    for (let i = 0; ; ) {
      let least = i;
      for (const child of [2 * i + 1, 2 * i + 2]) if (child < heap.length && isSooner(heap, child, least)) least = child;
      if (least === i) return;
      swap(heap, i, least);
      i = least;
    }
  }
}

/** The words of a trace are few, and each is read once. */
const numbers = new Map<string, number>();

function numberOf(word: string): number {
  const known = numbers.get(word);
  if (known !== undefined) return known;
  const number = sha256(word).reduce((sum, byte, i) => (i < 4 ? sum * 256 + byte : sum), 0);
  numbers.set(word, number);
  return number;
}

function isSooner(heap: readonly Happening[], i: number, j: number): boolean {
  const [a, b] = [heap[i], heap[j]];
  if (!a || !b) return false;
  return a.at !== b.at ? a.at < b.at : a.tie !== b.tie ? a.tie < b.tie : a.sequence < b.sequence;
}

function swap(heap: Happening[], i: number, j: number): void {
  const [a, b] = [heap[i], heap[j]];
  if (a && b) [heap[i], heap[j]] = [b, a];
}

/** A tick comes when no promise job is left: Node empties that queue first. A turn of the event loop would cost ten times as much. */
export function dry(): Promise<void> {
  return new Promise((resolve) => void process.nextTick(resolve));
}

/** A whole turn of the real event loop, for what comes from outside. */
export function realTurn(): Promise<void> {
  return new Promise((resolve) => void REAL.setImmediate(resolve));
}

export function realWait(ms: number): Promise<void> {
  return new Promise((resolve) => void REAL.setTimeout(resolve, ms));
}

/** Real milliseconds, whatever was taken over. */
export function realMs(): number {
  return REAL.monotonic();
}
