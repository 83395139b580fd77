import type { RealShare, Share, Told } from './play.ts';
import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { Worker } from 'node:worker_threads';
import { sha256, toHex } from '../../src/lib/bytes.ts';
import { REACHABLE } from './crash-points.ts';
import { EDGES } from './invariants.ts';
import { startOwnPostgres } from './own-postgres.ts';
import { PostgresServer } from './postgres-server.ts';
import { runRealSeed, withMigrations } from './run-real-seed.ts';
import { runSeed } from './run-seed.ts';
import { realMs } from './scheduler.ts';

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '1000' },
    from: { type: 'string', default: '1' },
    seed: { type: 'string' },
    /** How many of the seeds layer B plays too; with --seed: that one in layer B. */
    real: { type: 'string' },
    /** A migrated database of layer B's own; else it starts a server for itself. */
    database: { type: 'string' },
    'until-found': { type: 'boolean', default: false },
    'no-regressions': { type: 'boolean', default: false },
    workers: { type: 'string', default: String(Math.min(2, availableParallelism())) },
  },
});
/** A storm leaves nothing behind: with room for a few, most of it is gone before anything is copied. */
const YOUNG_MB = 96;
/** Layer B plays one seed for so many of layer A. */
const REAL_EVERY = 100;
const REGRESSIONS: readonly number[] = JSON.parse(readFileSync(new URL('./regressions.json', import.meta.url), 'utf8')).seeds;

async function main(): Promise<void> {
  const started = realMs();
  if (values.seed !== undefined) return replay(Number(values.seed), started);
  const first = Number(values.from);
  const range = Array.from({ length: Number(values.seeds) }, (_, i) => first + i);
  const seeds = values['no-regressions'] ? range : [...new Set([...REGRESSIONS, ...range])];
  const real = range.slice(0, values.real === undefined ? Math.ceil(range.length / REAL_EVERY) : Number(values.real));
  const told = await playAll(seeds, real);
  const bad = told.filter(({ violations }) => violations.length > 0);
  for (const { seed, layer, violations } of bad.slice(0, 10)) {
    for (const what of violations) console.error(`seed ${seed}: ${what}`);
    console.error(`replay: npm run sim -- --seed ${seed}${layer === 'b' ? ' --real 1' : ''}`);
  }
  report(told, bad.length, started);
}

/** The whole story of one seed. */
async function replay(seed: number, started: number): Promise<void> {
  const layer = values.real === undefined ? 'a' : 'b';
  const result = layer === 'a' ? await runSeed(seed, true) : await replayReal(seed);
  for (const line of result.log) console.log(line);
  for (const what of result.violations) console.log(`seed ${seed}: ${what}`);
  report([{ ...result, layer }], Number(result.violations.length > 0), started);
}

async function replayReal(seed: number) {
  return withDatabase(async (connectionString) => {
    const server = await PostgresServer.start(connectionString);
    try {
      return await withMigrations(await runRealSeed(server, seed, true), connectionString);
    } finally {
      await server.close();
    }
  });
}

async function withDatabase<T>(work: (connectionString: string) => Promise<T>): Promise<T> {
  if (values.database !== undefined) return work(values.database);
  const own = await startOwnPostgres();
  try {
    return await work(own.connectionString);
  } finally {
    await own.stop();
  }
}

async function playAll(seeds: readonly number[], real: readonly number[]): Promise<readonly Told[]> {
  const told: Told[] = [];
  const running: Worker[] = [];
  const untilFound = values['until-found'];
  const play = (file: string, share: Share | RealShare) =>
    new Promise<void>((resolve, reject) => {
      const worker = new Worker(new URL(file, import.meta.url), {
        workerData: share,
        resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MB },
      });
      running.push(worker);
      worker.on('message', (one: Told) => {
        told.push(one);
        if (untilFound && one.violations.length > 0) for (const other of running) void other.terminate();
      });
      worker.on('error', reject);
      worker.on('exit', () => resolve());
    });
  const workers = Math.max(1, Number(values.workers));
  const share = (all: readonly number[], ways: number) =>
    Array.from({ length: ways }, (_, i) => all.filter((_seed, place) => place % ways === i)).filter(({ length }) => length > 0);
  const layerA = share(seeds, workers).map((some) => play('./slice.ts', { seeds: some, untilFound }));
  // Layer B waits for PostgreSQL half of its time: played in as many threads, it ends with layer A.
  const layerB = share(real, values.database === undefined ? workers : 1).map((some, i) =>
    withDatabase((connectionString) => play('./real-slice.ts', { seeds: some, untilFound, connectionString, cutsMigrations: i === 0 })),
  );
  await Promise.all([...layerA, ...layerB]);
  return told.sort((a, b) => a.layer.localeCompare(b.layer) || a.seed - b.seed);
}

function report(told: readonly Told[], violations: number, started: number): void {
  const hits = new Map<string, number>();
  for (const one of told) for (const [name, count] of one.hits) hits.set(name, (hits.get(name) ?? 0) + count);
  const crashPoints = REACHABLE.filter((point) => (hits.get(point) ?? 0) > 0);
  const missed = [...REACHABLE, ...EDGES].filter((name) => (hits.get(name) ?? 0) === 0);
  const traceHash = toHex(sha256(told.map((one) => one.traceHash).join(''))).slice(0, 32);
  const seconds = Math.round((realMs() - started) / 100) / 10;
  console.error(
    `crash points ${crashPoints.length} of ${REACHABLE.length}, edges ${EDGES.filter((edge) => hits.has(edge)).length} of ${EDGES.length}`,
  );
  if (missed.length > 0) console.error(`not reached: ${missed.join(', ')}`);
  const found = told.find((one) => one.violations.length > 0)?.seed ?? null;
  const count = (layer: Told['layer']) => told.filter((one) => one.layer === layer).length;
  const out = {
    ...{ seeds: count('a'), real_seeds: count('b'), violations, trace_hash: traceHash, crash_points_hit: crashPoints.length },
    ...{ planted_found: null, seconds, cpu_seconds: cpuSeconds() },
  };
  console.log(JSON.stringify({ ...out, ...(values['until-found'] ? { found } : {}) }));
  process.exitCode = violations > 0 ? 1 : 0;
}

/** Processor time of this process and its workers, without PostgreSQL's: what the clock says depends on who else is on the machine. */
function cpuSeconds(): number {
  const { user, system } = process.cpuUsage();
  return Math.round((user + system) / 100_000) / 10;
}

await main();
