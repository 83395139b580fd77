import { monitorEventLoopDelay } from 'node:perf_hooks';
import { answerTasks } from './answer-tasks.ts';

/** Loaded into a server before it starts: tells what only its own process can see. */
const RESOLUTION_MS = 1;
const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS });

answerTasks({
  watchLoop: () => {
    delay.reset();
    delay.enable();
  },
  /** The longest that the event loop was held, in ms, since `watchLoop`. */
  longestBlock: () => {
    delay.disable();
    return Math.max(0, delay.max / 1e6 - RESOLUTION_MS);
  },
  /** Resident memory in KiB, after a collection where the process allows one. */
  memory: () => {
    globalThis.gc?.();
    return process.memoryUsage.rss() / 1024;
  },
  cpuMs: () => {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1e3;
  },
});
