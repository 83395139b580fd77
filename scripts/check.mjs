// npm run check: everything that can be judged without running AvoPay. All faults are shown, not only the first.
import { spawn } from 'node:child_process';
import process from 'node:process';
import { environment, forwardSignals, main, prepare, ROOT } from './prepare.mjs';

/** TABLE: [what it says when it holds, the program and its arguments]. */
const CHECKS = [
  ['types', ['node_modules/typescript/bin/tsc', '--noEmit', '-p', 'tsconfig.json']],
  ['lint and format', ['node_modules/@biomejs/biome/bin/biome', 'check', '--error-on-warnings', '--max-diagnostics=50']],
  ['architecture', ['node_modules/vitest/vitest.mjs', 'run', '--reporter=dot', 'test/architecture.test.ts']],
  ['printed GraphQL schema is fresh', ['scripts/print-schema.ts', '--check']],
  ['types of the dashboard are fresh', ['--disable-warning=ExperimentalWarning', 'scripts/print-web-types.ts', '--check']],
  ['conformance table is fresh', ['scripts/print-conformance.ts', '--check']],
  ['migrations make the schema', ['--disable-warning=ExperimentalWarning', 'scripts/new-migration.mjs', '--check']],
  ['sizes', ['scripts/check-sizes.ts']],
  ['licences', ['scripts/check-licences.ts']],
];

await main(async () => {
  const node = await prepare();
  let failed = 0;
  for (const [name, args] of CHECKS) {
    const { ok, output } = await runQuietly(node, args);
    process.stdout.write(`${ok ? 'ok  ' : 'FAIL'} ${name}\n`);
    if (ok) continue;
    failed += 1;
    process.stdout.write(`${output.trimEnd()}\n\n`);
  }
  process.stdout.write(`\n${CHECKS.length - failed} checks hold, ${failed} fail\n`);
  return failed > 0 ? 1 : 0;
});

function runQuietly(node, args) {
  return new Promise((resolve, reject) => {
    const child = spawn(node, args, { cwd: ROOT, stdio: ['ignore', 'pipe', 'pipe'], env: environment() });
    const release = forwardSignals(child);
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (text) => {
        output += text;
      });
    }
    child.once('error', reject);
    child.once('close', (code) => {
      if (release() !== null) process.exit(130);
      resolve({ ok: code === 0, output });
    });
  });
}
