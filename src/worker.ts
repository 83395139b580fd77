import type { Log } from './lib/log.ts';
import { makeRest, monotonicMs, pause, SECOND_MS } from './lib/time.ts';

/** A job does what is due now and says how much it did; 0 means that nothing is left. */
export type Jobs = { readonly [name: string]: () => Promise<number> };

/** How a job that is woken very often goes about it. */
export type Pace = {
  /** A round that did less than this left nothing behind that was there when it began: who adds more wakes the job. */
  readonly fullRound: number;
  /** So long after the beginning of one round the next one begins at the soonest, unless that one was full: what comes together is done together. */
  readonly apartMs: number;
};
export type Paces = { readonly [name: string]: Pace };

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

/** A round that did anything may have left something; the next one says. */
const NO_PACE: Pace = { fullRound: 1, apartMs: 0 };

/** The loops of the worker role. Jobs lease what they touch, so any number of workers may run. `paces`: of jobs that have one. */
export function startWorker(jobs: Jobs, log: Log, paces: Paces = {}): Worker {
  const byName = new Map(Object.entries(jobs).map(([name, job]) => [name, startLoop({ name, job, pace: paces[name] ?? NO_PACE }, log)]));
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

type Looped = { readonly name: string; readonly job: () => Promise<number>; readonly pace: Pace };

function startLoop({ name, job, pace }: Looped, log: Log) {
  let stopped = false;
  let wanted = false;
  let tail: Promise<unknown> = Promise.resolve();
  const idle = makeRest();
  const apart = makeRest();

  /** One run after another, never two at once in this process. */
  const runOnce = (): Promise<number> => {
    const run = tail.then(job).catch((fault: unknown) => {
      log.error({ fault, job: name }, 'job failed');
      return 0;
    });
    tail = run;
    return run;
  };
  const loop = async () => {
    while (!stopped) {
      wanted = false; // whoever wakes from here on wants a round after this one
      const nextAt = monotonicMs() + pace.apartMs;
      if ((await runOnce()) >= pace.fullRound) continue;
      if (!wanted && !stopped) await idle.rest(TICK_MS);
      const wait = nextAt - monotonicMs();
      if (wait > 0 && !stopped) await apart.rest(wait);
    }
  };
  const running = loop();
  return {
    runOnce,
    wake: () => {
      wanted = true;
      idle.end();
    },
    stop: async () => {
      stopped = true;
      idle.end();
      apart.end();
      await running;
      await tail;
    },
  };
}
