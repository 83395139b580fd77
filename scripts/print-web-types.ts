import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const FILE = join(ROOT, 'schema', 'generated', 'introspection.d.ts');

/** Writes the types that the dashboard's operations are held to, from the printed SDL; with --check it only says whether the committed ones are fresh. */
const folder = mkdtempSync(join(tmpdir(), 'avopay-types-'));
try {
  const made = join(folder, 'introspection.d.ts');
  execFileSync(process.execPath, [join(ROOT, 'node_modules', 'gql.tada', 'bin', 'cli.js'), 'generate-output', '--output', made], {
    cwd: ROOT,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const text = readFileSync(made, 'utf8');
  if (!process.argv.includes('--check')) writeFileSync(FILE, text);
  else if (readFileSync(FILE, 'utf8') !== text) {
    console.error('schema/generated is stale: run `npm run schema`');
    process.exitCode = 1;
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
