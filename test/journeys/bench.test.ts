import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { FIGURES } from '../../bench/report.ts';
import { slope } from '../../bench/rounds.ts';

/** The least of everything: what is proved is that the command works, not how fast anything is. */
const LEAST = {
  ...{ ROUNDS: '1', SLICE_MS: '40', CONNECTIONS: '2', SOCKETS: '5', DELIVERIES: '20', IDLE: '1', SETTLES: '1', STARTS: '1', SHARED: 'yes' },
  ...{ GROWTH_MIN: '10', GROWTH_MAX: '100' },
};

/** `BENCH=least npm test test/journeys/bench.test.ts`: a dozen servers that start one after another take their minute. */
const IS_ASKED = process.env['BENCH'] === 'least';

test('every figure of the benchmark is explained to whoever reads it', () => {
  const page = readFileSync(new URL('../../docs/benchmarks.md', import.meta.url), 'utf8');
  expect(FIGURES.filter((figure) => !page.includes(`\`${figure}\``))).toEqual([]);
});

test('memory that grows by 3 a second is said to, however it swings around that', () => {
  const swings = [5, -5, -5, 5, 5, -5, -5, 5];
  const looks = swings.map((swing, at) => ({ atS: at * 10, value: 1_000 + at * 30 + swing }));
  expect(slope(looks)).toBeCloseTo(3);
});

if (IS_ASKED)
  test('the benchmark measures every figure of its JSON, the last line, as a finite number', async () => {
    const { stdout } = await promisify(execFile)(process.execPath, ['--disable-warning=ExperimentalWarning', 'bench/bench.ts'], {
      env: { PATH: process.env['PATH'], ...LEAST },
      maxBuffer: 1024 * 1024,
    });
    const { rows, figures } = JSON.parse(stdout.trim().split('\n').at(-1) ?? '');
    expect(Object.keys(figures)).toEqual([...FIGURES]);
    expect(Object.values(figures).filter((figure) => !Number.isFinite(figure))).toEqual([]);
    expect(figures.push_lost).toBe(0);
    expect([...new Set(rows.map(({ row }: { row: string }) => row))]).toEqual([
      ...['create', 'read', 'push', 'webhook', 'settle', 'page', 'growth', 'start'],
    ]);
    expect(stdout).toContain('synchronous_commit=on');
  }, 600_000); // a dozen processes on a machine that others use
