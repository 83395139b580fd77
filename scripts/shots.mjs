// npm run shots: prepares, then takes the pictures of README.md and docs/ in a real browser.
import process from 'node:process';
import { main, prepare, run } from './prepare.mjs';

await main(async () => {
  const node = await prepare();
  await run(node, ['--disable-warning=ExperimentalWarning', 'scripts/shots.ts', ...process.argv.slice(2)], 'taking the pictures');
  return 0;
});
