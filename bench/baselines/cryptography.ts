import { fromHex } from '../../src/lib/bytes.ts';
import { parseConfidentialAddress } from '../../src/liquid/address.ts';
import { CLAIM_FEE_SATS } from '../../src/liquid/claim-transaction.ts';
import { liquidNetwork } from '../../src/liquid/network.ts';
import { startProofPool } from '../../src/liquid/proof-pool.ts';
import { parseTransaction } from '../../src/liquid/transaction.ts';
import { swapVectors as vector } from '../../test/support/liquid-vectors.ts';
import { answerTasks, endWithParent } from '../answer-tasks.ts';

/** The proofs of a claim and nothing else, in as many threads as AvoPay has: the lockup is opened, the claim is built. */
const THREADS = 2;
const pool = startProofPool(THREADS);
const network = liquidNetwork('regtest');
const output = parseTransaction(vector.lockup.hex).outputs[vector.lockup.vout];
const destination = parseConfidentialAddress(network, vector.merchant.confidential);
if (!output || !destination) throw new Error('the vectors have changed');
const blindingKey = fromHex(vector.blindingPrivateKey);
const where = { network, lockupHex: vector.lockup.hex, lockupVout: vector.lockup.vout, destination, feeSats: CLAIM_FEE_SATS };

async function claim(): Promise<void> {
  if (!output) return;
  const lockup = await pool.unblind(output, blindingKey);
  if (!lockup) throw new Error('the vectors have changed');
  await pool.buildClaim({ ...where, lockup });
}

endWithParent();
answerTasks({
  port: () => 0,
  /** Claims per second. */
  claims: async ({ count }: { count: number }) => {
    const startedMs = performance.now();
    await Promise.all(Array.from({ length: count }, claim));
    return (count / (performance.now() - startedMs)) * 1e3;
  },
});
