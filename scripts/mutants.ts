import type { Mutant } from './mutants-table.ts';
import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { MUTANTS } from './mutants-table.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
/** A guard that runs longer has hung, which is not how a fault should be found. */
const GUARD_MS = 240_000;

type Verdict = 'found' | 'MISSED' | 'NOT PLANTED';

/** A copy of every file that git knows or would add, with the same packages. */
function copyProject(): string {
  const copy = mkdtempSync(join(tmpdir(), 'avopay-mutants-'));
  const files = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], { cwd: ROOT, encoding: 'utf8' });
  for (const file of files.split('\0').filter(Boolean)) cpSync(join(ROOT, file), join(copy, file), { recursive: true });
  cpSync(join(ROOT, 'prisma/generated'), join(copy, 'prisma/generated'), { recursive: true });
  symlinkSync(join(ROOT, 'node_modules'), join(copy, 'node_modules'));
  return copy;
}

function judge(copy: string, mutant: Mutant): Verdict {
  const path = join(copy, mutant.file);
  const original = readFileSync(path, 'utf8');
  const planted = original.replace(mutant.find, () => mutant.replace);
  if (planted === original) return 'NOT PLANTED';
  writeFileSync(path, planted);
  try {
    return guardPasses(copy, mutant.guard) ? 'MISSED' : 'found';
  } finally {
    writeFileSync(path, original);
  }
}

function guardPasses(copy: string, guard: readonly string[]): boolean {
  const isScript = guard[0]?.startsWith('scripts/');
  const args = isScript ? [...guard, '--check'] : ['node_modules/vitest/vitest.mjs', 'run', '--bail=1', ...guard];
  const { status } = spawnSync(process.execPath, args, { cwd: copy, stdio: 'ignore', timeout: GUARD_MS });
  return status === 0;
}

const copy = copyProject();
const wanted = process.argv[2];
const verdicts: Verdict[] = [];
try {
  for (const mutant of MUTANTS.filter(({ promise }) => !wanted || promise.includes(wanted))) {
    const verdict = judge(copy, mutant);
    verdicts.push(verdict);
    console.log(`${verdict.padEnd(12)} ${mutant.promise}  (${mutant.file})`);
  }
} finally {
  rmSync(copy, { recursive: true, force: true });
}
const found = verdicts.filter((verdict) => verdict === 'found').length;
console.log(`${found} of ${verdicts.length} planted faults found`);
process.exitCode = found === verdicts.length && found > 0 ? 0 : 1;
