import type { SeedResult } from './run-seed.ts';

/** One worker's share of a run. */
export type Share = Readonly<{ seeds: readonly number[]; untilFound: boolean }>;
/** Layer B's share, and the migrated database that nobody else uses. */
export type RealShare = Share & Readonly<{ connectionString: string; cutsMigrations: boolean }>;
export type Told = Pick<SeedResult, 'seed' | 'violations' | 'traceHash' | 'hits'> & Readonly<{ layer: 'a' | 'b' }>;

type How = Readonly<{
  layer: Told['layer'];
  run: (seed: number) => Promise<SeedResult>;
  tell: (told: Told) => void;
  /** One seed in so many is played twice: the same events at the same times, or the run proves nothing. */
  twiceEvery: number;
}>;

export async function playShare({ seeds, untilFound }: Share, { layer, run, tell, twiceEvery }: How): Promise<void> {
  Error.stackTraceLimit = 0; // thousands of simulated outages a second: nobody reads where they were made
  for (const seed of seeds) {
    const { violations, traceHash, hits } = await run(seed);
    const again = seed % twiceEvery === 0 ? await run(seed) : null;
    const isSame = again === null || again.traceHash === traceHash;
    const all = isSame ? violations : [...violations, 'the same seed went another way'];
    tell({ layer, seed, violations: all, traceHash, hits });
    if (untilFound && all.length > 0) break;
  }
}
