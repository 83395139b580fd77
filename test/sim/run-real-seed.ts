import type { PostgresServer } from './postgres-server.ts';
import type { SeedResult } from './run-seed.ts';
import { runSeed } from './run-seed.ts';
import { firstRows, World } from './world.ts';

/** Plays one seed of layer B. The same number as in layer A has the same cluster, payers and faults, and other strokes of luck. */
export async function runRealSeed(server: PostgresServer, seed: number, withLog = false): Promise<SeedResult> {
  await server.reset(firstRows());
  return runSeed(seed, withLog, (one) => {
    const world = new World(one, server);
    world.time.drained = server.drained;
    return world;
  });
}
