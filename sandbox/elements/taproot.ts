import { secp256k1 } from '@noble/curves/secp256k1.js';
import { sha256 } from '../../src/lib/bytes.ts';
import { chunk, join } from './codec.ts';

/** Elements' taproot: BIP-341 with tags of its own, so that no signature or leaf of one chain means anything on the other. */
export const TAPSCRIPT_LEAF_VERSION = 0xc4;
const CONTROL_BASE_BYTES = 33;
const NODE_BYTES = 32;
const DEPTH_MAX = 128;

export function taggedHash(tag: string, ...parts: readonly Uint8Array[]): Uint8Array {
  const tagHash = sha256(tag);
  return sha256(join(tagHash, tagHash, ...parts));
}

export function leafHash(script: Uint8Array, version: number = TAPSCRIPT_LEAF_VERSION): Uint8Array {
  return taggedHash('TapLeaf/elements', Uint8Array.of(version), chunk(script));
}

/** The lesser hash stands first, so that a path needs no directions. */
export function branchHash(one: Uint8Array, other: Uint8Array): Uint8Array {
  return Buffer.compare(one, other) <= 0 ? taggedHash('TapBranch/elements', one, other) : taggedHash('TapBranch/elements', other, one);
}

export function tapTweak(internalKey: Uint8Array, merkleRoot: Uint8Array): Uint8Array {
  return taggedHash('TapTweak/elements', internalKey, merkleRoot);
}

export type OutputKey = { readonly key: Uint8Array; readonly parity: 0 | 1 };

/** @throws Error when `internalKey` is no x coordinate of the curve, or the tweak is out of range. */
export function outputKey(internalKey: Uint8Array, merkleRoot: Uint8Array): OutputKey {
  const tweak = BigInt(`0x${Buffer.from(tapTweak(internalKey, merkleRoot)).toString('hex')}`);
  if (tweak >= secp256k1.Point.CURVE().n) throw new RangeError('the tweak is not a scalar');
  const internal = secp256k1.Point.fromBytes(join(Uint8Array.of(2), internalKey));
  const bytes = internal.add(secp256k1.Point.BASE.multiply(tweak)).toBytes(true);
  return { key: bytes.slice(1), parity: bytes[0] === 3 ? 1 : 0 };
}

export type SwapLeaves = { readonly claim: Uint8Array; readonly refund: Uint8Array };

/** The two-leaf tree of a reverse swap under an internal key (x-only). */
export function swapOutput(
  internalKey: Uint8Array,
  leaves: SwapLeaves,
): OutputKey & { readonly merkleRoot: Uint8Array; readonly script: Uint8Array } {
  const merkleRoot = branchHash(leafHash(leaves.claim), leafHash(leaves.refund));
  const output = outputKey(internalKey, merkleRoot);
  return { ...output, merkleRoot, script: join(Uint8Array.of(0x51, 0x20), output.key) };
}

/** The control block that opens one leaf of a two-leaf tree; `sibling` is the other leaf. */
export function controlBlock(internalKey: Uint8Array, parity: 0 | 1, sibling: Uint8Array): Uint8Array {
  return join(Uint8Array.of(TAPSCRIPT_LEAF_VERSION | parity), internalKey, leafHash(sibling));
}

export function isControlBlockSize(size: number): boolean {
  const path = size - CONTROL_BASE_BYTES;
  return path >= 0 && path % NODE_BYTES === 0 && path / NODE_BYTES <= DEPTH_MAX;
}

/** Does `control` prove that `script` is a leaf under the output key `key`? Its size must have been checked. */
export function provesLeaf(control: Uint8Array, script: Uint8Array, key: Uint8Array): boolean {
  const first = control[0] ?? 0;
  const internalKey = control.slice(1, CONTROL_BASE_BYTES);
  let node = leafHash(script, first & 0xfe);
  for (let from = CONTROL_BASE_BYTES; from < control.length; from += NODE_BYTES)
    node = branchHash(node, control.slice(from, from + NODE_BYTES));
  try {
    const output = outputKey(internalKey, node);
    return output.parity === (first & 1) && Buffer.compare(output.key, key) === 0;
  } catch {
    return false; // the internal key is not on the curve
  }
}
