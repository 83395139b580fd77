import type { Share } from './play.ts';
import { parentPort, workerData } from 'node:worker_threads';
import { playShare } from './play.ts';
import { runSeed } from './run-seed.ts';

// Layer A: the database is in memory.
await playShare(workerData as Share, { layer: 'a', run: runSeed, tell: (told) => parentPort?.postMessage(told), twiceEvery: 100 });
