import type { ProofPool } from './proof-pool.ts';
import type { LiquidOutput } from './transaction.ts';
import type { Unblinded } from './unblind.ts';
import { createHash } from 'node:crypto';
import { pointFromScalar } from 'tiny-secp256k1';

/** Outputs that are remembered; the older half goes beyond it. About 0.5 KiB each. */
export const OPENED_MAX = 4_000;

type Proofs = Pick<ProofPool, 'unblind' | 'buildClaim'>;

/**
 * Unblinding for callers that look at the same outputs again and again: each look at a swap, and the chain's follower. What an output holds
 * follows from its bytes and the key alone, so it is worked out once; those who ask meanwhile share the work. A failure of the pool is not
 * remembered: it says nothing of the output. The output of a claim that was built here is known from its making.
 */
export function rememberOpened(proofs: Proofs): Proofs {
  const opened = new Map<string, Promise<Unblinded | null>>();
  const remember = (name: string, work: Promise<Unblinded | null>) => {
    if (opened.size >= OPENED_MAX) for (const old of [...opened.keys()].slice(0, OPENED_MAX / 2)) opened.delete(old);
    opened.set(name, work);
    work.catch(() => opened.delete(name)); // whoever asked hears of it
    return work;
  };
  return {
    async unblind(output, blindingPrivateKey) {
      const name = nameOf(output, pointFromScalar(blindingPrivateKey, true));
      return await (opened.get(name) ?? remember(name, proofs.unblind(output, blindingPrivateKey)));
    },
    async buildClaim(request) {
      const claim = await proofs.buildClaim(request);
      void remember(nameOf(claim.output, request.destination.blindingPublicKey), Promise.resolve(claim.opened));
      return claim;
    },
  };
}

/** Of everything that the answer depends on; lengths keep the parts apart. @throws RangeError without a key. */
function nameOf({ script, asset, value, nonce, rangeProof, surjectionProof }: LiquidOutput, blindingKey: Uint8Array | null): string {
  if (!blindingKey) throw new RangeError('not a blinding private key');
  const hash = createHash('sha256');
  for (const part of [script, asset, value, nonce, rangeProof, surjectionProof, blindingKey]) hash.update(`${part.length} `).update(part);
  return hash.digest('base64');
}
