// npm run build: everything that npm start needs, without starting it.
import { main, prepare } from './prepare.mjs';

await main(async () => {
  await prepare();
  return 0;
});
