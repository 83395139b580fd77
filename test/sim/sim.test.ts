import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { freshDatabase } from '../support/database.ts';
import { PLANTED } from './planted-table.ts';

const CLI = fileURLToPath(new URL('cli.ts', import.meta.url));
/** A few storms in the suite; `SEEDS=20000 npm test test/sim` or `npm run sim` for a real one. */
const SEEDS = process.env['SEEDS'] ?? '60';

type Report = { seeds: number; real_seeds: number; violations: number; trace_hash: string; crash_points_hit: number };

let database: Awaited<ReturnType<typeof freshDatabase>>;
beforeAll(async () => {
  database = await freshDatabase();
});
afterAll(() => database.close());

/** In a process of its own: a run takes over the clock and the timers. */
function sim(...options: string[]): { report: Report; said: string } {
  const args = ['--disable-warning=ExperimentalWarning', CLI, ...options];
  const { stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 });
  return { report: JSON.parse(stdout.trim().split('\n').at(-1) ?? ''), said: stderr };
}

describe('in simulated storms', () => {
  test('no promise about money is broken, in new seeds and in every one that once broke one', () => {
    const { report, said } = sim('--seeds', SEEDS, '--database', database.connectionString);
    expect(said).not.toContain('replay:');
    expect(report).toMatchObject({ violations: 0 });
    expect(report.seeds).toBeGreaterThanOrEqual(Number(SEEDS));
    expect(report.real_seeds, 'storms on PostgreSQL').toBeGreaterThan(0);
  });

  test('the same seed twice is the same story, and another seed is another', () => {
    const [first, again, other] = [sim('--seed', '7'), sim('--seed', '7'), sim('--seed', '8')];
    expect(first.report.trace_hash).toMatch(/^[0-9a-f]{32}$/);
    expect(again.report.trace_hash).toBe(first.report.trace_hash);
    expect(other.report.trace_hash).not.toBe(first.report.trace_hash);
  });

  test('at least 15 faults are ready to be planted, each in a place that is still there', () => {
    expect(PLANTED.length).toBeGreaterThanOrEqual(15);
    for (const { file, find } of PLANTED) {
      expect(readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8'), file).toContain(find);
    }
  });
});
