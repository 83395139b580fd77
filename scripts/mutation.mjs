// npm run mutation: changes the pure core in thousands of ways and counts the changes that its tests notice. Arguments: some files of it.
import process from 'node:process';
import { main, prepare, run } from './prepare.mjs';

await main(async () => {
  const node = await prepare();
  await run(node, ['--disable-warning=ExperimentalWarning', 'scripts/mutation.ts', ...process.argv.slice(2)]);
  return 0;
});
