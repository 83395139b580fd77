import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { pause } from '../../src/lib/time.ts';

/** Between an end and the next start: what looks after processes elsewhere waits about as long. */
const RESTART_MS = 100;

/** One AvoPay process that is started again whenever it has ended, for whatever reason, until `stop`. */
export type MortalNode = {
  readonly name: string;
  /** Serves, or works, now. */
  readonly isUp: () => boolean;
  /** kill -9 to whatever there is of it, also in the middle of its start. False: nothing ran. */
  readonly kill: () => boolean;
  readonly pause: () => boolean;
  readonly resume: () => void;
  /** Ends that nobody asked for, each with the last of what it printed. */
  readonly ownEnds: readonly string[];
  /** Ctrl-C; answers the exit code. */
  readonly stop: () => Promise<number | null>;
};

/** How a start is tried: resolves when it serves, rejects when it ended before. */
export type Spawn = (born: (child: ChildProcess) => void) => Promise<{ readonly output: () => string }>;

/** Kept up from now on; wait for `isUp`. */
export function keepUp(name: string, spawn: Spawn): MortalNode {
  const ownEnds: string[] = [];
  let child: ChildProcess | null = null;
  let isUp = false;
  let isKilled = false;
  let isStopping = false;
  let code: number | null = null;
  const life = async () => {
    isKilled = false;
    const started = spawn((born) => {
      child = born;
    });
    const running = await started.catch((error: unknown) => String(error));
    if (typeof running !== 'string') {
      isUp = true;
      const ended = child;
      if (ended && ended.exitCode === null && ended.signalCode === null) await once(ended, 'exit');
      isUp = false;
      code = ended?.exitCode ?? null;
    }
    if (!isKilled && !isStopping) ownEnds.push(typeof running === 'string' ? running : running.output().slice(-LAST_WORDS_CHARS));
  };
  const run = (async () => {
    for (; !isStopping; await pause(RESTART_MS)) await life();
  })();
  return {
    name,
    ownEnds,
    isUp: () => isUp,
    kill: () => {
      isKilled = true;
      return child?.kill('SIGKILL') ?? false;
    },
    pause: () => (isUp && child?.kill('SIGSTOP')) || false,
    resume: () => void child?.kill('SIGCONT'),
    stop: async () => {
      isStopping = true;
      child?.kill('SIGCONT');
      child?.kill('SIGINT');
      await run;
      return code;
    },
  };
}

const LAST_WORDS_CHARS = 600;
