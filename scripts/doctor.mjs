// npm run doctor -- --url URL: asks a running sandbox the documented API line by line, over the wire.
import { spawn } from 'node:child_process';
import process from 'node:process';
import { environment, forwardSignals, main, prepare, ROOT } from './prepare.mjs';

await main(async () => {
  const node = await prepare();
  return new Promise((resolve, reject) => {
    const child = spawn(node, ['doctor/main.ts', ...process.argv.slice(2)], { cwd: ROOT, stdio: 'inherit', env: environment() });
    const release = forwardSignals(child);
    child.once('error', reject);
    child.once('close', (code) => resolve(release() === null ? (code ?? 1) : 130));
  });
});
