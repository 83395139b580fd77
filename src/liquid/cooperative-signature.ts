import type { Random } from '../lib/random.ts';
import type { SwapTree } from './swap-tree.ts';
import { pointFromScalar, verifySchnorr } from 'tiny-secp256k1';
import { sameBytes } from '../lib/bytes.ts';
import { taggedHash } from './swap-tree.ts';
import { zkp } from './zkp.ts';

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

const NONCE_BYTES = 66;
const PARTIAL_BYTES = 32;

/** @throws Error when the private key is not the one of the tree. */
export function startCooperativeSignature(
  request: { claimPrivateKey: Uint8Array; tree: SwapTree; sighash: Uint8Array },
  random: Random,
): CooperativeSession {
  const { claimPrivateKey, tree, sighash } = request;
  const [theirKey, ourKey] = tree.keys;
  if (sighash.length !== 32) throw new RangeError('a sighash has 32 bytes');
  if (!sameBytes(pointFromScalar(claimPrivateKey, true) ?? new Uint8Array(), ourKey))
    throw new RangeError('the private key is not the claim key');
  const { musig } = zkp();
  const { secNonce, pubNonce } = musig.nonceGen(nonceSeed(request, random), ourKey);
  let used = false;
  return {
    publicNonce: pubNonce,
    finish(theirNonce, theirPartial) {
      if (used) throw new Error('a signing session serves once');
      used = true;
      // The library reads as many bytes as there must be, however many there are.
      if (theirNonce.length !== NONCE_BYTES || theirPartial.length !== PARTIAL_BYTES) throw new RangeError('their answer has another size');
      const session = musig.nonceProcess(musig.nonceAgg([theirNonce, pubNonce]), sighash, tree.aggregate);
      const fits = musig.partialVerify(theirPartial, theirNonce, theirKey, tree.aggregate, session);
      if (!fits) throw new Error('their partial signature does not fit');
      const ourPartial = musig.partialSign(secNonce, claimPrivateKey, tree.aggregate, session);
      secNonce.fill(0);
      const signature = musig.partialSigAgg(session, [theirPartial, ourPartial]);
      if (!verifySchnorr(sighash, tree.outputKey, signature)) throw new Error('the joint signature is not valid');
      return signature;
    },
  };
}

/**
 * What the nonce is made from. The library makes it from this and the public key alone; key and message are mixed in as BIP-327 advises, so
 * that a source of chance that repeats itself does not give the key away.
 */
function nonceSeed(
  { claimPrivateKey, tree, sighash }: { claimPrivateKey: Uint8Array; tree: SwapTree; sighash: Uint8Array },
  random: Random,
) {
  return taggedHash('AvoPay/nonce', random(32), claimPrivateKey, tree.outputKey, sighash);
}
