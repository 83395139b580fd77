import type { ProofPool } from './proof-pool.ts';
import type { LiquidOutput } from './transaction.ts';
import type { Unblinded } from './unblind.ts';
import { createHash } from 'node:crypto';
import { pointFromScalar } from 'tiny-secp256k1';
import { sameBytes } from '../lib/bytes.ts';

/** Outputs that are remembered; the older half goes beyond it. About 0.5 KiB each. */
export const OPENED_MAX = 4_000;

type Proofs = Pick<ProofPool, 'unblind' | 'buildClaim'>;

/** What the output of a claim holds, for whoever has the private key of this public one. */
type Built = { readonly blindingPublicKey: Uint8Array; readonly opened: Unblinded };

/**
 * Unblinding for callers that look at the same outputs again and again: each look at a swap, and the chain's follower. What an output holds
 * follows from its bytes and the key alone, so it is worked out once; those who ask meanwhile share the work. A failure of the pool is not
 * remembered: it says nothing of the output. The output of a claim that was built here is known from its making.
 */
export function rememberOpened(proofs: Proofs): Proofs {
  const opened = new Map<string, Promise<Unblinded | null>>();
  const built = new Map<string, Built>();
  const remember = (name: string, work: Promise<Unblinded | null>) => {
    forgetOld(opened);
    opened.set(name, work);
    work.catch(() => opened.delete(name)); // whoever asked hears of it
    return work;
  };
  return {
    async unblind(output, blindingPrivateKey) {
      const claim = built.get(nameOf(output));
      if (claim && isKeyOf(blindingPrivateKey, claim.blindingPublicKey)) return claim.opened;
      const name = nameOf(output, blindingPrivateKey);
      return await (opened.get(name) ?? remember(name, proofs.unblind(output, blindingPrivateKey)));
    },
    async buildClaim(request) {
      const claim = await proofs.buildClaim(request);
      forgetOld(built);
      built.set(nameOf(claim.output), { blindingPublicKey: request.destination.blindingPublicKey, opened: claim.opened });
      return claim;
    },
  };
}

function forgetOld(known: Map<string, unknown>): void {
  if (known.size >= OPENED_MAX) for (const old of [...known.keys()].slice(0, OPENED_MAX / 2)) known.delete(old);
}

/** Work on the curve, half a millisecond: done for outputs of claims alone. */
function isKeyOf(privateKey: Uint8Array, publicKey: Uint8Array): boolean {
  const point = pointFromScalar(privateKey, true);
  return point !== null && sameBytes(point, publicKey);
}

/** Of everything that the answer depends on; lengths keep the parts apart. */
function nameOf({ script, asset, value, nonce, rangeProof, surjectionProof }: LiquidOutput, ...keys: readonly Uint8Array[]): string {
  const hash = createHash('sha256');
  for (const part of [script, asset, value, nonce, rangeProof, surjectionProof, ...keys]) hash.update(`${part.length} `).update(part);
  return hash.digest('base64');
}
