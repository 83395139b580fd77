// Runs one program of the build until it ends, and ends as it ended.
import { spawn } from 'node:child_process';
import process from 'node:process';
import { environment, forwardSignals, prepare, ROOT } from './prepare.mjs';

/**
 * What a server's Node is started with, here and in the Dockerfile. New objects have 8 MiB instead of 32: collecting them stops the server for a third of
 * the time, more often, and it needs less memory. V8 gets one helper fewer than there are cores (0), at least one, instead of four: where there are fewer
 * cores than helpers, what answers requests waits for each of them in turn.
 */
const NODE_FLAGS = ['--enable-source-maps', '--max-semi-space-size=8', '--v8-pool-size=0'];

/**
 * Prepares, then runs `program` (a file of the build). It stays in our process group, so whatever ends the group ends it too; when
 * only we are killed it sees the channel to us close.
 * @returns its exit code; 0 when it was asked to stop and did.
 */
export async function runServer(program, args) {
  const node = await prepare();
  const child = spawn(node, [...NODE_FLAGS, program, ...args], {
    cwd: ROOT,
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
    env: environment(),
  });
  const release = forwardSignals(child);
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => {
      const asked = release() !== null;
      if (signal !== null && !asked) process.stderr.write(`AvoPay was ended by ${signal}\n`);
      resolve(code ?? (asked ? 0 : 1));
    });
  });
}
