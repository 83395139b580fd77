import type { Share, Told } from './slice.ts';
import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { Worker } from 'node:worker_threads';
import { sha256, toHex } from '../../src/lib/bytes.ts';
import { REACHABLE } from './crash-points.ts';
import { EDGES } from './invariants.ts';
import { runSeed } from './run-seed.ts';
import { realMs } from './scheduler.ts';

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '1000' },
    from: { type: 'string', default: '1' },
    seed: { type: 'string' },
    'until-found': { type: 'boolean', default: false },
    'no-regressions': { type: 'boolean', default: false },
    workers: { type: 'string', default: String(Math.min(2, availableParallelism())) },
  },
});
/** A storm leaves nothing behind: with room for a few, most of it is gone before anything is copied. */
const YOUNG_MB = 96;
const REGRESSIONS: readonly number[] = JSON.parse(readFileSync(new URL('./regressions.json', import.meta.url), 'utf8')).seeds;

async function main(): Promise<void> {
  const started = realMs();
  if (values.seed !== undefined) return replay(Number(values.seed), started);
  const first = Number(values.from);
  const range = Array.from({ length: Number(values.seeds) }, (_, i) => first + i);
  const seeds = values['no-regressions'] ? range : [...new Set([...REGRESSIONS, ...range])];
  const told = await playAll(seeds);
  const bad = told.filter(({ violations }) => violations.length > 0);
  for (const { seed, violations } of bad.slice(0, 10)) {
    for (const what of violations) console.error(`seed ${seed}: ${what}`);
    console.error(`replay: npm run sim -- --seed ${seed}`);
  }
  report(told, bad.length, started);
}

/** The whole story of one seed. */
async function replay(seed: number, started: number): Promise<void> {
  const result = await runSeed(seed, true);
  for (const line of result.log) console.log(line);
  for (const what of result.violations) console.log(`seed ${seed}: ${what}`);
  report([result], Number(result.violations.length > 0), started);
}

async function playAll(seeds: readonly number[]): Promise<readonly Told[]> {
  const workers = Math.max(1, Number(values.workers));
  const told: Told[] = [];
  const shares = Array.from({ length: workers }, (_, i) => seeds.filter((_seed, place) => place % workers === i));
  const running = shares.map((share) => {
    const workerData: Share = { seeds: share, untilFound: values['until-found'] };
    return new Worker(new URL('./slice.ts', import.meta.url), { workerData, resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MB } });
  });
  await Promise.all(
    running.map(
      (worker) =>
        new Promise<void>((resolve, reject) => {
          worker.on('message', (one: Told) => {
            told.push(one);
            if (values['until-found'] && one.violations.length > 0) for (const other of running) void other.terminate();
          });
          worker.on('error', reject);
          worker.on('exit', () => resolve());
        }),
    ),
  );
  return told.sort((a, b) => a.seed - b.seed);
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
  const out = {
    seeds: told.length,
    violations,
    trace_hash: traceHash,
    crash_points_hit: crashPoints.length,
    planted_found: null,
    seconds,
    cpu_ms_per_seed: cpuMs(told.length),
  };
  console.log(JSON.stringify({ ...out, ...(values['until-found'] ? { found } : {}) }));
  process.exitCode = violations > 0 ? 1 : 0;
}

/** Processor time of this process and all its workers: what the clock says depends on who else is on the machine. */
function cpuMs(seeds: number): number {
  const { user, system } = process.cpuUsage();
  return Math.round((user + system) / Math.max(1, seeds) / 100) / 10;
}

await main();
