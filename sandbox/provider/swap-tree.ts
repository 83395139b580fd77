import { secp256k1 } from '@noble/curves/secp256k1.js';
import { fromHex, toHex } from '../../src/lib/bytes.ts';
import { claimLeaf, refundLeaf } from '../elements/script.ts';
import { TAPSCRIPT_LEAF_VERSION, tapTweak, swapOutput as treeOutput } from '../elements/taproot.ts';

/** The tree of a reverse swap as the API shows it. */
export type SwapTree = {
  readonly claimLeaf: SwapLeaf;
  readonly refundLeaf: SwapLeaf;
  /** Only in a lie: nobody asks this provider for a third leaf. */
  readonly covenantClaimLeaf?: SwapLeaf;
};
export type SwapLeaf = { readonly version: number; readonly output: string };

export type SwapTreeTerms = {
  /** sha256 of the preimage. */
  readonly preimageHash: Uint8Array;
  readonly timeoutBlockHeight: number;
  /** 33-byte keys. */
  readonly keys: { readonly claim: Uint8Array; readonly refund: Uint8Array };
};

/** Keys stand x-only in the leaves. */
export function makeSwapTree({ preimageHash, timeoutBlockHeight, keys }: SwapTreeTerms): SwapTree {
  return {
    claimLeaf: showLeaf(claimLeaf(preimageHash, keys.claim.slice(1))),
    refundLeaf: showLeaf(refundLeaf(keys.refund.slice(1), timeoutBlockHeight)),
  };
}

/** The output that locks the coins: its script, and the tweak that a key-path signature needs. `internalKey` is x-only. */
export function swapOutput(tree: SwapTree, internalKey: Uint8Array): { script: Uint8Array; tweak: Uint8Array; parity: 0 | 1 } {
  const leaves = { claim: fromHex(tree.claimLeaf.output), refund: fromHex(tree.refundLeaf.output) };
  const { script, parity, merkleRoot } = treeOutput(internalKey, leaves);
  return { script, parity, tweak: tapTweak(internalKey, merkleRoot) };
}

/** 33 bytes. */
export function publicKeyOf(privateKey: Uint8Array): Uint8Array {
  return secp256k1.getPublicKey(privateKey, true);
}

function showLeaf(script: Uint8Array): SwapLeaf {
  return { version: TAPSCRIPT_LEAF_VERSION, output: toHex(script) };
}
