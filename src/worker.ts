import type { Log } from './lib/log.ts';
import { pause, SECOND_MS } from './lib/time.ts';

/** A job does what is due now and says how much it did; 0 means that nothing is left. */
export type Jobs = { readonly [name: string]: () => Promise<number> };

export type Worker = {
  /** Something may be due: look now instead of at the next tick. `names`: these jobs alone; all of them otherwise. */
  readonly wake: (names?: readonly string[]) => void;
  /** Runs every job until none finds anything to do. */
  readonly runDue: () => Promise<void>;
  readonly stop: () => Promise<void>;
};

/** The slow path that would be enough alone: every job looks this often, woken or not. */
const TICK_MS = SECOND_MS;
/** `runDue` gives up after this many rounds: work that always finds more work is a fault. */
const ROUNDS_MAX = 1_000;

/** How long running jobs may finish when the server stops. Every step is recorded before it is taken: what is cut off is taken up again. */
const DRAIN_MS = 2_000;

/** The loops of the worker role. Jobs lease what they touch, so any number of workers may run. */
export function startWorker(jobs: Jobs, log: Log): Worker {
  const byName = new Map(Object.entries(jobs).map(([name, job]) => [name, startLoop(name, job, log)]));
  const loops = [...byName.values()];
  return {
    wake: (names) => {
      for (const loop of names?.map((name) => byName.get(name)) ?? loops) loop?.wake();
    },
    runDue: async () => {
      for (let round = 0; round < ROUNDS_MAX; round++) {
        let done = 0;
        for (const loop of loops) done += await loop.runOnce();
        if (done === 0) return;
      }
      throw new Error('jobs never came to rest');
    },
    stop: async () => {
      await Promise.race([Promise.all(loops.map((loop) => loop.stop())), pause(DRAIN_MS)]);
    },
  };
}

function startLoop(name: string, job: () => Promise<number>, log: Log) {
  let stopping = new AbortController();
  let stopped = false;
  let wanted = false;
  let tail: Promise<unknown> = Promise.resolve();

  /** One run after another, never two at once in this process. */
  const runOnce = (): Promise<number> => {
    const run = tail.then(job).catch((fault: unknown) => {
      log.error({ fault, job: name }, 'job failed');
      return 0;
    });
    tail = run;
    return run;
  };
  const wake = () => {
    wanted = true;
    stopping.abort();
  };
  const loop = async () => {
    while (!stopped) {
      wanted = false;
      stopping = new AbortController();
      while (!stopped && (await runOnce()) > 0);
      if (!wanted && !stopped) await pause(TICK_MS, stopping.signal).catch(() => {});
    }
  };
  const running = loop();
  return {
    runOnce,
    wake,
    stop: async () => {
      stopped = true;
      stopping.abort();
      await running;
      await tail;
    },
  };
}
