import type { Mutant } from './mutants-table.ts';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { MUTANTS } from './mutants-table.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
/** A guard that runs longer has hung, which is not how a fault should be found. */
const GUARD_MS = 240_000;
/** Faults judged at a time, each in a copy of its own: most guards wait for clocks and sockets more than they compute. */
const LANES = Math.min(3, availableParallelism() + 1);

type Verdict = 'found' | 'MISSED' | 'NOT PLANTED' | 'HUNG';

/** A copy of every file that git knows or would add, with the same packages. */
function copyProject(): string {
  const copy = mkdtempSync(join(tmpdir(), 'avopay-mutants-'));
  const files = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], { cwd: ROOT, encoding: 'utf8' });
  for (const file of files.split('\0').filter(Boolean)) cpSync(join(ROOT, file), join(copy, file), { recursive: true });
  cpSync(join(ROOT, 'prisma/generated'), join(copy, 'prisma/generated'), { recursive: true });
  symlinkSync(join(ROOT, 'node_modules'), join(copy, 'node_modules'));
  return copy;
}

async function judge(copy: string, mutant: Mutant): Promise<Verdict> {
  const path = join(copy, mutant.file);
  const original = readFileSync(path, 'utf8');
  const planted = original.replace(mutant.find, () => mutant.replace);
  if (planted === original) return 'NOT PLANTED';
  writeFileSync(path, planted);
  try {
    const status = await runGuard(copy, mutant.guard, GUARD_MS);
    if (status === null) return 'HUNG';
    return status === 0 ? 'MISSED' : 'found';
  } finally {
    writeFileSync(path, original);
  }
}

/** Exit status of the guard; null when it had to be stopped. */
async function runGuard(copy: string, guard: readonly string[], timeout?: number): Promise<number | null> {
  const isScript = guard[0]?.startsWith('scripts/');
  const args = isScript ? [...guard, '--check'] : ['node_modules/vitest/vitest.mjs', 'run', '--bail=1', ...guard];
  const stdio = timeout ? 'ignore' : 'inherit'; // a fault's words are many; without one, whoever looks on wants to see which guard fails
  const [status] = await once(spawn(process.execPath, args, { cwd: copy, stdio, ...(timeout ? { timeout } : {}) }), 'exit');
  return status as number | null; // the first argument of the event
}

/** A guard that fails without a fault finds nothing. */
async function seeGreen(copy: string, mutants: readonly Mutant[]): Promise<void> {
  const files = [...new Set(mutants.flatMap(({ guard }) => guard))];
  const tests = files.filter((file) => !file.startsWith('scripts/'));
  const groups = [...files.filter((file) => !tests.includes(file)).map((file) => [file]), ...(tests.length > 0 ? [tests] : [])];
  for (const group of groups) {
    if ((await runGuard(copy, group)) !== 0) throw new Error(`fails before any fault is planted: one of ${group.join(' ')}`);
  }
}

async function judgeAll(copies: readonly string[], mutants: readonly Mutant[]): Promise<Verdict[]> {
  const left = [...mutants];
  const verdicts: Verdict[] = [];
  const lane = async (copy: string) => {
    for (let mutant = left.shift(); mutant; mutant = left.shift()) {
      const verdict = await judge(copy, mutant);
      verdicts.push(verdict);
      console.log(`${verdict.padEnd(12)} ${mutant.promise}  (${mutant.file})`);
    }
  };
  await Promise.all(copies.map(lane));
  return verdicts;
}

const wanted = process.argv[2];
const mutants = MUTANTS.filter(({ promise }) => !wanted || promise.includes(wanted));
const copies = Array.from({ length: Math.min(LANES, mutants.length) }, copyProject);
try {
  if (copies[0]) await seeGreen(copies[0], mutants);
  const verdicts = await judgeAll(copies, mutants);
  const found = verdicts.filter((verdict) => verdict === 'found').length;
  console.log(`${found} of ${verdicts.length} planted faults found`);
  process.exitCode = found === verdicts.length && found > 0 ? 0 : 1;
} finally {
  for (const copy of copies) rmSync(copy, { recursive: true, force: true });
}
