import type { Random } from '../../src/lib/random.ts';
import type { Zkp } from '../elements/zkp.ts';

/**
 * The provider's half of a MuSig2 signature (BIP-327) by the Schnorr-with-two-nonces module of libsecp256k1-zkp.
 * The product signs with another implementation, so that one bug cannot pass on both sides.
 */
export type CooperativeSigner = {
  /** The key of `publicKeys` together, in the given order: x-only, untweaked. */
  aggregate(publicKeys: readonly Uint8Array[]): Uint8Array;
  /** Signs `sighash` under the aggregate tweaked by `tweak`, with a fresh nonce each time. @throws Error when their nonce is not one. */
  sign(request: PartialSignatureRequest): PartialSignature;
  /** Whether a partial signature is `publicKey`'s own share. */
  verify(share: PartialSignature & { publicKey: Uint8Array }, request: Omit<PartialSignatureRequest, 'privateKey'>): boolean;
};

export type PartialSignatureRequest = {
  readonly privateKey: Uint8Array;
  /** Both 33-byte keys; the provider's first. */
  readonly publicKeys: readonly Uint8Array[];
  readonly tweak: Uint8Array;
  readonly sighash: Uint8Array;
  /** 66 bytes. */
  readonly theirNonce: Uint8Array;
};

export type PartialSignature = { readonly publicNonce: Uint8Array; readonly partial: Uint8Array };

export function makeCooperativeSigner({ musig }: Pick<Zkp, 'musig'>, random: Random): CooperativeSigner {
  const tweakedCache = (publicKeys: readonly Uint8Array[], tweak: Uint8Array) =>
    musig.pubkeyXonlyTweakAdd(musig.pubkeyAgg([...publicKeys]).keyaggCache, tweak, true).keyaggCache;
  return {
    aggregate: (publicKeys) => musig.pubkeyAgg([...publicKeys]).aggPubkey,
    sign({ privateKey, publicKeys, tweak, sighash, theirNonce }) {
      const cache = tweakedCache(publicKeys, tweak);
      const own = publicKeys[0];
      if (!own) throw new RangeError('no public key to sign for');
      const { pubNonce, secNonce } = musig.nonceGen(random(32), own);
      const session = musig.nonceProcess(musig.nonceAgg([pubNonce, theirNonce]), sighash, cache);
      return { publicNonce: pubNonce, partial: musig.partialSign(secNonce, privateKey, cache, session) };
    },
    verify({ publicNonce, partial, publicKey }, { publicKeys, tweak, sighash, theirNonce }) {
      const cache = tweakedCache(publicKeys, tweak);
      const session = musig.nonceProcess(musig.nonceAgg([publicNonce, theirNonce]), sighash, cache);
      return musig.partialVerify(partial, publicNonce, publicKey, cache, session);
    },
  };
}
