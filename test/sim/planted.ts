import type { Planted } from './planted-table.ts';
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { PLANTED } from './planted-table.ts';
import { realMs } from './scheduler.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
/** What a storm of this many seeds does not find, it does not find. */
const SEEDS_MAX = 5_000;
const NEEDED = ['package.json', 'src', 'test/sim', 'prisma/generated'];

/** Writes each planted fault into a copy, and looks how many seeds it takes to be seen. */
function main(): void {
  const started = realMs();
  const copy = mkdtempSync(join(tmpdir(), 'avopay-planted-'));
  const wanted = process.argv[2] ?? '';
  const chosen = PLANTED.filter(({ name }) => name.includes(wanted));
  const seedsToFind: (number | null)[] = [];
  try {
    for (const path of NEEDED) cpSync(join(ROOT, path), join(copy, path), { recursive: true });
    symlinkSync(join(ROOT, 'node_modules'), join(copy, 'node_modules'));
    for (const planted of chosen) {
      const seeds = seedsToSee(copy, planted);
      seedsToFind.push(seeds);
      console.error(`${seeds === null ? 'MISSED' : `seen after ${seeds}`}`.padEnd(18), planted.name);
    }
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
  const found = seedsToFind.filter((seeds) => seeds !== null).sort((a, b) => a - b);
  const median = found[Math.floor(found.length / 2)] ?? null;
  const seconds = Math.round((realMs() - started) / 100) / 10;
  const out = { planted: chosen.length, planted_found: found.length, median_seeds: median, most_seeds: found.at(-1) ?? null, seconds };
  console.log(JSON.stringify(out));
  process.exitCode = found.length === chosen.length && found.length > 0 ? 0 : 1;
}

/** How many seeds were played until one showed the fault; null: none did. @throws Error when the source has moved on and the fault cannot be planted. */
function seedsToSee(copy: string, { name, file, find, replace }: Planted): number | null {
  const path = join(copy, file);
  const original = readFileSync(path, 'utf8');
  const planted = original.replace(find, () => replace);
  if (planted === original) throw new Error(`cannot be planted any more: ${name} (${file})`);
  writeFileSync(path, planted);
  try {
    const options = ['--seeds', String(SEEDS_MAX), '--until-found', '--no-regressions', '--workers', '1', '--real', '0'];
    const args = ['--disable-warning=ExperimentalWarning', 'test/sim/cli.ts', ...options];
    const { stdout, status } = spawnSync(process.execPath, args, { cwd: copy, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
    const told: unknown = JSON.parse(stdout.trim().split('\n').at(-1) ?? 'null');
    const isReport = typeof told === 'object' && told !== null && 'seeds' in told && typeof told.seeds === 'number';
    if (!isReport) throw new Error(`the simulation did not run: ${name}`);
    return status === 0 ? null : Number(told.seeds);
  } finally {
    writeFileSync(path, original);
  }
}

main();
