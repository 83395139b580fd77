import type { SeedResult } from './run-seed.ts';
import { parentPort, workerData } from 'node:worker_threads';
import { runSeed } from './run-seed.ts';

/** One worker's share of a run. */
export type Share = Readonly<{ seeds: readonly number[]; untilFound: boolean }>;
export type Told = Pick<SeedResult, 'seed' | 'violations' | 'traceHash' | 'hits'>;

/** One seed in a hundred is played twice: the same events at the same times, or the run proves nothing. */
const TWICE_EVERY = 100;

Error.stackTraceLimit = 0; // thousands of simulated outages a second: nobody reads where they were made
const { seeds, untilFound } = workerData as Share;
for (const seed of seeds) {
  const told = await play(seed);
  parentPort?.postMessage(told);
  if (untilFound && told.violations.length > 0) break;
}

async function play(seed: number): Promise<Told> {
  const { violations, traceHash, hits } = await runSeed(seed);
  const again = seed % TWICE_EVERY === 0 ? await runSeed(seed) : null;
  const isSame = again === null || again.traceHash === traceHash;
  return { seed, violations: isSame ? violations : [...violations, 'the same seed went another way'], traceHash, hits };
}
