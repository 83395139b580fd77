import type { PostgresServer } from './postgres-server.ts';
import type { SeedResult } from './run-seed.ts';
import { watchAgents } from './agent-invariants.ts';
import { startAgents } from './agents.ts';
import { playMigrations } from './migration-scene.ts';
import { runSeed } from './run-seed.ts';
import { firstRows, World } from './world.ts';

/** Plays one seed of layer B. The same number as in layer A has the same cluster, payers and faults, other strokes of luck, and agents. */
export async function runRealSeed(server: PostgresServer, seed: number, withLog = false): Promise<SeedResult> {
  await server.reset(firstRows());
  return runSeed(seed, withLog, (one) => {
    const world = new World(one, server);
    world.time.drained = server.drained;
    const { onCommit } = server;
    server.onCommit = (changes, owner) => {
      onCommit(changes, owner);
      watchAgents(world, changes);
    };
    startAgents(world, one);
    return world;
  });
}

/** A run of layer B plays, beside its first seed, migrations that are cut off: they have a database of their own, and no part in the trace. */
export async function withMigrations(result: SeedResult, connectionString: string): Promise<SeedResult> {
  const faults = await playMigrations(connectionString, result.seed);
  return { ...result, violations: [...result.violations, ...faults], hits: new Map(result.hits).set('C26', 1) };
}
