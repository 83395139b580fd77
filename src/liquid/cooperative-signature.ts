import type { Random } from '../lib/random.ts';
import type { SwapTerms } from './swap-tree.ts';
import { schnorr } from '@noble/curves/secp256k1.js';
import { IndividualPubkey, nonceAggregate, nonceGen, Session } from '@scure/btc-signer/musig2.js';
import { sameBytes } from '../lib/bytes.ts';
import { aggregationOrder, buildSwapTree } from './swap-tree.ts';

/** One try at signing a claim together with the provider (BIP-327). Nonces serve once: a retry is a new session. */
export type CooperativeSession = {
  /** 66 bytes, for the provider. */
  readonly publicNonce: Uint8Array;
  /**
   * Verifies their partial signature, adds ours, verifies the whole under the lockup's output key: 64 bytes ready for the witness.
   * @throws Error on any mismatch, and on a second call.
   */
  finish(theirNonce: Uint8Array, theirPartial: Uint8Array): Uint8Array;
};

const THEIR_INDEX = 0; // the provider's key stands first in the aggregate

/** @throws Error when the private key is not the one of the terms, or the terms make no tree. */
export function startCooperativeSignature(
  request: { claimPrivateKey: Uint8Array; terms: SwapTerms; sighash: Uint8Array },
  random: Random,
): CooperativeSession {
  const { claimPrivateKey, terms, sighash } = request;
  if (sighash.length !== 32) throw new RangeError('a sighash has 32 bytes');
  if (!sameBytes(IndividualPubkey(claimPrivateKey), terms.claimPublicKey)) throw new RangeError('the private key is not the claim key');
  const tree = buildSwapTree(terms);
  const nonces = nonceGen(terms.claimPublicKey, claimPrivateKey, tree.outputKey, sighash, undefined, random(32));
  const publicNonce = Uint8Array.from(nonces.public);
  let used = false;
  return {
    publicNonce,
    finish(theirNonce, theirPartial) {
      if (used) throw new Error('a signing session serves once');
      used = true;
      const order = [theirNonce, publicNonce];
      const session = new Session(nonceAggregate(order), aggregationOrder(terms), sighash, [tree.tweak], [true]);
      if (!session.partialSigVerify(theirPartial, order, THEIR_INDEX)) throw new Error('their partial signature does not fit');
      const ourPartial = session.sign(nonces.secret, claimPrivateKey);
      const signature = session.partialSigAgg([theirPartial, ourPartial]);
      if (!schnorr.verify(signature, sighash, tree.outputKey)) throw new Error('the joint signature is not valid');
      return signature;
    },
  };
}
