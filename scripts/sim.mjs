// npm run sim: plays the core through seeded storms. `--seeds N`, `--from S`, or `--seed S` for the whole story of one.
import process from 'node:process';
import { main, prepare, run } from './prepare.mjs';

await main(async () => {
  const node = await prepare();
  const [what, ...rest] = process.argv.slice(2);
  const isPlanted = what === 'planted';
  const file = isPlanted ? 'test/sim/planted.ts' : 'test/sim/cli.ts';
  await run(node, ['--disable-warning=ExperimentalWarning', file, ...(isPlanted ? rest : process.argv.slice(2))]);
  return 0;
});
