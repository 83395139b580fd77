// npm run bench: prepares, then measures AvoPay beside its baselines (docs/benchmarks.md). Arguments: names of rows; none: all, and the JSON.
import process from 'node:process';
import { main, prepare, run } from './prepare.mjs';

await main(async () => {
  const node = await prepare();
  await run(node, ['--disable-warning=ExperimentalWarning', 'bench/bench.ts', ...process.argv.slice(2)]);
  return 0;
});
