import type { ProofAnswer, ProofJob } from './proof-message.ts';
import { parentPort } from 'node:worker_threads';
import { systemRandom } from '../lib/random.ts';
import { standBack } from '../lib/stand-back.ts';
import { buildClaim } from './claim-transaction.ts';
import { unblindOutput } from './unblind.ts';
import { readyLiquid } from './zkp.ts';

/** Runs in a worker thread: takes one job after the other and answers each exactly once. */
const port = parentPort;
if (!port) throw new Error('this file runs as a worker thread');

standBack();

// Listening starts at once; a job that arrives during the load waits for it.
const ready = readyLiquid();
port.on('message', async (job: ProofJob) => {
  await ready;
  port.postMessage(answer(job));
});

function answer(job: ProofJob): ProofAnswer {
  try {
    if (job.kind === 'unblind') return { kind: 'unblinded', unblinded: unblindOutput(job.output, job.blindingPrivateKey) };
    return { kind: 'claim', claim: buildClaim(job.request, systemRandom) };
  } catch (error) {
    return { kind: 'failed', message: error instanceof Error ? error.message : String(error) };
  }
}
