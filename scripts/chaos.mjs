// npm run chaos: kills AvoPay, its database and its network while payments run, and counts what was lost. `--payments N --kills N --stops N --pauses N --seed S --embedded`.
import process from 'node:process';
import { main, prepare, run } from './prepare.mjs';

await main(async () => {
  const node = await prepare();
  await run(node, ['--disable-warning=ExperimentalWarning', 'test/chaos/cli.ts', ...process.argv.slice(2)]);
  return 0;
});
