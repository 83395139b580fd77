import type { Child } from '../child.ts';
import type { Part } from '../report.ts';
import type { World } from '../world.ts';
import { median } from '../rounds.ts';

const KIB = 'KiB';

/** A cold start, to ready, on a fresh database, and the memory of a server that only waits. */
export async function measureStart(world: World): Promise<Part> {
  const startedS: number[] = [];
  const yogaS: number[] = [];
  const memory: number[] = [];
  const yogaMemory: number[] = [];
  for (let round = 0; round < world.sizes.STARTS; round++) {
    await timed(startedS, memory, () => world.another());
    await timed(yogaS, yogaMemory, () => world.freshBaseline('bare-yoga.ts'));
  }
  const row = (work: string, unit: string, [ours, yoga]: readonly [number[], number[]]) => ({
    ...{ row: 'start', work, unit, ours: median(ours) },
    baselines: { 'bare Yoga': median(yoga) },
  });
  return {
    rows: [row('cold start to ready', 's', [startedS, yogaS]), row('memory at rest', KIB, [memory, yogaMemory])],
    figures: { start_s: median(startedS) },
  };
}

async function timed(seconds: number[], memory: number[], start: () => Promise<Child>): Promise<void> {
  const startedMs = performance.now();
  const child = await start();
  seconds.push((performance.now() - startedMs) / 1e3);
  memory.push(await child.ask<number>('memory'));
  await child.stop();
}
