import type { ProofPool } from './proof-pool.ts';
import type { LiquidOutput } from './transaction.ts';
import type { Unblinded } from './unblind.ts';
import { createHash } from 'node:crypto';

/** Outputs that are remembered; the older half goes beyond it. About 0.5 KiB each. */
export const OPENED_MAX = 4_000;

/**
 * Unblinding for callers that look at the same outputs again and again: each look at a swap, and the chain's follower. What an output holds
 * follows from its bytes and the key alone, so it is worked out once; those who ask meanwhile share the work. A failure of the pool is not
 * remembered: it says nothing of the output.
 */
export function rememberOpened(proofs: Pick<ProofPool, 'unblind'>): Pick<ProofPool, 'unblind'> {
  const opened = new Map<string, Promise<Unblinded | null>>();
  return {
    unblind(output, blindingPrivateKey) {
      const name = nameOf(output, blindingPrivateKey);
      const known = opened.get(name);
      if (known) return known;
      const work = proofs.unblind(output, blindingPrivateKey);
      if (opened.size >= OPENED_MAX) for (const old of [...opened.keys()].slice(0, OPENED_MAX / 2)) opened.delete(old);
      opened.set(name, work);
      work.catch(() => opened.delete(name)); // whoever asked hears of it
      return work;
    },
  };
}

/** Of everything that the answer depends on; lengths keep the parts apart. */
function nameOf({ script, asset, value, nonce, rangeProof, surjectionProof }: LiquidOutput, key: Uint8Array): string {
  const hash = createHash('sha256');
  for (const part of [script, asset, value, nonce, rangeProof, surjectionProof, key]) hash.update(`${part.length} `).update(part);
  return hash.digest('base64');
}
