// npm run demo: plays the main job once against a server that it starts itself, each step with real ids.
import { main, prepare, run } from './prepare.mjs';

await main(async () => {
  const node = await prepare();
  await run(node, ['--disable-warning=ExperimentalWarning', 'scripts/demo.ts'], 'playing one payment');
  return 0;
});
