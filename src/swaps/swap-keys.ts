import type { BIP32Interface } from 'bip32';
import type { Secret } from '../lib/secret.ts';
import type { KeyRef } from './swap.ts';
import { BIP32Factory } from 'bip32';
import * as ecc from 'tiny-secp256k1';
import { sha256, toHex } from '../lib/bytes.ts';

/** A swap's private side. Whoever asks for it wipes `privateKey` and `preimage` after use. */
export type SwapKeyPair = Readonly<{ privateKey: Uint8Array; publicKey: Uint8Array; preimage: Uint8Array; preimageHash: Uint8Array }>;

/** BIP32 indexes end where hardened ones begin. */
export const KEY_INDEX_MAX = 0x7fffffff;

const bip32 = BIP32Factory(ecc);

/**
 * Keys at m/44/0/{era - 1}/0/{index}, none hardened, preimage = sha256(private key): the layout that the provider's restore by xpub knows
 * (https://api.docs.boltz.exchange/swap-restore.html). One child key and the xpub together give every sibling: neither ever leaves.
 */
export function deriveSwapKeys(seed: Secret<Uint8Array>, ref: KeyRef): SwapKeyPair {
  const node = eraNode(seed, ref.era).derive(checkedIndex(ref.index));
  if (!node.privateKey) throw new Error('a key derived from a seed has a private part');
  const publicKey = Uint8Array.from(node.publicKey); // made from the private key when it is first read: before that is wiped
  const privateKey = Uint8Array.from(node.privateKey);
  node.privateKey.fill(0);
  const preimage = sha256(privateKey);
  return { privateKey, publicKey, preimage, preimageHash: sha256(preimage) };
}

/** For the provider's restore: it shows which swaps are ours, which the provider knows already, and lets nobody spend. */
export function eraXpub(seed: Secret<Uint8Array>, era: number): string {
  return eraNode(seed, era).neutered().toBase58();
}

/** Names an era's extended public key without showing it: the first 16 hex characters of its hash. */
export function xpubFingerprint(seed: Secret<Uint8Array>, era: number): string {
  return toHex(sha256(eraXpub(seed, era))).slice(0, 16);
}

/** The era's own key, from which those of its swaps are one step: made once, beside the seed that it comes from. */
let latest: { readonly seed: Secret<Uint8Array>; readonly era: number; readonly node: BIP32Interface } | null = null;

function eraNode(seed: Secret<Uint8Array>, era: number): BIP32Interface {
  if (!Number.isSafeInteger(era) || era < 1) throw new RangeError('key eras count from 1');
  if (latest?.seed === seed && latest.era === era) return latest.node;
  const node = bip32.fromSeed(seed.reveal()).derivePath(`m/44/0/${era - 1}/0`);
  latest = { seed, era, node };
  return node;
}

function checkedIndex(index: number): number {
  if (!Number.isSafeInteger(index) || index < 0 || index > KEY_INDEX_MAX) throw new RangeError('not a BIP32 index');
  return index;
}
