// Asks a running sandbox the documented API line by line, over the wire: with Node 24, which runs the doctor unbuilt.
import { spawn } from 'node:child_process';
import { environment, forwardSignals, prepare, ROOT } from './prepare.mjs';

/** @returns 0 when every item holds, 1 when one fails, 2 when there is nothing to ask; 130 when it was asked to stop. */
export async function runDoctor(args) {
  const node = await prepare();
  return new Promise((resolve, reject) => {
    const child = spawn(node, ['doctor/main.ts', ...args], { cwd: ROOT, stdio: 'inherit', env: environment() });
    const release = forwardSignals(child);
    child.once('error', reject);
    child.once('close', (code) => resolve(release() === null ? (code ?? 1) : 130));
  });
}
