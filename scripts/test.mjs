// npm test: the same preparation as npm start, then all tests, or those that the arguments name.
import { join } from 'node:path';
import process from 'node:process';
import { main, prepare, run } from './prepare.mjs';

await main(async () => {
  const node = await prepare();
  // Every worker, and every server that a test starts, loads the same libraries. npm runs its scripts in the project's own folder.
  process.env.NODE_COMPILE_CACHE ??= join(process.cwd(), 'node_modules', '.cache', 'compiled');
  await run(node, ['node_modules/vitest/vitest.mjs', 'run', ...process.argv.slice(2)]).catch(() => {
    process.exitCode = 1; // the runner has said what failed
  });
  return process.exitCode ?? 0;
});
