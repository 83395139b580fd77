import { ripemd160 } from '@noble/hashes/legacy.js';
import { sha256 } from '../lib/bytes.ts';
import { zkp } from './zkp.ts';

/**
 * The two ways out of a swap's lockup output, as Boltz lays them out for Liquid reverse swaps (`docs.boltz.exchange`, "Claiming Swap
 * Transactions"): together by one aggregate key, or by one leaf each.
 */
export type SwapTerms = Readonly<{
  /** SHA-256 of the preimage, 32 bytes: the invoice's payment hash. */
  preimageHash: Uint8Array;
  /** Ours, compressed. */
  claimPublicKey: Uint8Array;
  /** The provider's, compressed: its parity matters for the aggregate, not for the leaf. */
  refundPublicKey: Uint8Array;
  timeoutBlockHeight: number;
}>;

export type SwapTree = Readonly<{
  /** The provider's, ours: MuSig2 key aggregation depends on the order, and theirs stands first, unsorted. */
  keys: readonly [Uint8Array, Uint8Array];
  /** Both keys with the tweak, as the library keeps them for signing. */
  aggregate: Uint8Array;
  claimLeaf: Uint8Array;
  refundLeaf: Uint8Array;
  leafVersion: 0xc4;
  internalKey: Uint8Array;
  merkleRoot: Uint8Array;
  tweak: Uint8Array;
  outputKey: Uint8Array;
  outputKeyParity: 0 | 1;
  scriptPubKey: Uint8Array;
  claimControlBlock: Uint8Array;
}>;

/** Elements' tapscript version (Bitcoin's is 0xc0). */
export const LEAF_VERSION = 0xc4;
/** From this number on, a lock time is a time and not a height (BIP-65). */
const LOCK_TIME_THRESHOLD = 500_000_000;

/** About 1 ms, after `readyLiquid()`. @throws RangeError or the library's error on terms that make no tree: hash length, key off the curve, height. */
export function buildSwapTree(terms: SwapTerms): SwapTree {
  checkTerms(terms);
  const claimLeaf = claimLeafOf(terms);
  const refundLeaf = refundLeafOf(terms);
  const claimHash = tapLeafHash(claimLeaf);
  const refundHash = tapLeafHash(refundLeaf);
  const merkleRoot = taggedHash('TapBranch/elements', ...[claimHash, refundHash].sort(Buffer.compare));
  const keys: SwapTree['keys'] = [terms.refundPublicKey, terms.claimPublicKey];
  const { musig } = zkp();
  const { aggPubkey: internalKey, keyaggCache } = musig.pubkeyAgg([...keys]);
  const tweak = taggedHash('TapTweak/elements', internalKey, merkleRoot);
  const { pubkey: output, keyaggCache: aggregate } = musig.pubkeyXonlyTweakAdd(keyaggCache, tweak);
  const outputKey = output.slice(1);
  const outputKeyParity = output[0] === 3 ? 1 : 0;
  return {
    keys,
    aggregate,
    claimLeaf,
    refundLeaf,
    leafVersion: LEAF_VERSION,
    internalKey,
    merkleRoot,
    tweak,
    outputKey,
    outputKeyParity,
    scriptPubKey: Uint8Array.from([0x51, 0x20, ...outputKey]),
    claimControlBlock: Uint8Array.from([LEAF_VERSION | outputKeyParity, ...internalKey, ...refundHash]),
  };
}

/** The hash of a leaf as the Elements taproot sighash and the merkle tree want it. */
export function tapLeafHash(leaf: Uint8Array): Uint8Array {
  if (leaf.length >= 0xfd) throw new RangeError('a swap leaf is shorter than 253 bytes');
  return taggedHash('TapLeaf/elements', Uint8Array.of(LEAF_VERSION, leaf.length), leaf);
}

/** BIP-340 tagged hash. */
export function taggedHash(tag: string, ...parts: readonly Uint8Array[]): Uint8Array {
  const tagHash = sha256(tag);
  return sha256(Buffer.concat([tagHash, tagHash, ...parts]));
}

/** SIZE 32 EQUALVERIFY HASH160 <hash> EQUALVERIFY <key> CHECKSIG */
function claimLeafOf({ preimageHash, claimPublicKey }: SwapTerms): Uint8Array {
  const hash160 = ripemd160(preimageHash);
  return Uint8Array.from([0x82, 0x01, 0x20, 0x88, 0xa9, 0x14, ...hash160, 0x88, 0x20, ...claimPublicKey.subarray(1), 0xac]);
}

/** <key> CHECKSIGVERIFY <height> CHECKLOCKTIMEVERIFY */
function refundLeafOf({ refundPublicKey, timeoutBlockHeight }: SwapTerms): Uint8Array {
  return Uint8Array.from([0x20, ...refundPublicKey.subarray(1), 0xad, ...minimalPush(timeoutBlockHeight), 0xb1]);
}

/** A positive number as Bitcoin script pushes it minimally: OP_1 to OP_16, then little-endian bytes with a clear sign bit. */
function minimalPush(number: number): number[] {
  if (number <= 16) return [0x50 + number];
  const bytes: number[] = [];
  for (let rest = number; rest > 0; rest = Math.floor(rest / 256)) bytes.push(rest % 256);
  if ((bytes.at(-1) ?? 0) >= 0x80) bytes.push(0);
  return [bytes.length, ...bytes];
}

function checkTerms({ preimageHash, claimPublicKey, refundPublicKey, timeoutBlockHeight }: SwapTerms): void {
  if (preimageHash.length !== 32) throw new RangeError('a preimage hash has 32 bytes');
  if (claimPublicKey.length !== 33 || refundPublicKey.length !== 33) throw new RangeError('swap keys are compressed public keys');
  const isHeight = Number.isSafeInteger(timeoutBlockHeight) && timeoutBlockHeight > 0 && timeoutBlockHeight < LOCK_TIME_THRESHOLD;
  if (!isHeight) throw new RangeError('the timeout is not a block height');
}
