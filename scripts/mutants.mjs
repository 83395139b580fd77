// npm run mutants: plants one fault for each promise in a copy of the project and sees that its tests fail.
import process from 'node:process';
import { main, prepare, run } from './prepare.mjs';

await main(async () => {
  const node = await prepare();
  await run(node, ['--disable-warning=ExperimentalWarning', 'scripts/mutants.ts', ...process.argv.slice(2)]);
  return 0;
});
