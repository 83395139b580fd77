import type { NetworkName } from '../liquid/network.ts';
import type { Refusal } from '../lib/refusal.ts';
import type { Result } from '../lib/result.ts';
import { createBase58check } from '@scure/base';
import { BIP32Factory } from 'bip32';
import * as ecc from 'tiny-secp256k1';
import { liquidNetwork } from '../liquid/network.ts';
import { sha256, toHex } from '../lib/bytes.ts';
import { ok, refuse } from '../lib/result.ts';
import { PATTERNS } from './descriptor-patterns.ts';
import { descriptorRefusal } from './descriptor-refusal.ts';

/** The key expression of a descriptor (BIP-380, "Key Expressions"): `[fingerprint/path]xpub/0/*`. */
export type ExtendedKey = Readonly<{
  publicKey: Uint8Array;
  chainCode: Uint8Array;
  depth: number;
  parentFingerprint: string;
  childNumber: number;
  origin: KeyOrigin | null;
}>;

export type KeyOrigin = Readonly<{ fingerprint: string; path: readonly PathStep[] }>;
export type PathStep = Readonly<{ index: number; hardened: boolean }>;

/** BIP-32 derivation over tiny-secp256k1. */
const bip32 = BIP32Factory(ecc);
const base58check = createBase58check(sha256);

const RECEIVE_PATHS: readonly string[] = ['/0/*', '/<0;1>/*'];
const HARDENED = 0x8000_0000;
/** 82 bytes are at most 112 base58 characters; decoding is quadratic, so nothing longer is tried. */
const KEY_CHARS_MAX = 112;
const KEY_BYTES = 78;
/** Wallet import format: 80 (Bitcoin, Liquid) or ef (test networks), key, and 01 when it is compressed. */
const WIF_VERSIONS: readonly number[] = [0x80, 0xef];
/** Version bytes of ypub, zpub, upub, vpub and their multi-signature forms (SLIP-132): for the right sentence only. */
const SLIP132_VERSIONS: readonly number[] = [
  0x049d7cb2, 0x04b24746, 0x044a5262, 0x045f1cf6, 0x0295b43f, 0x02aa7ed3, 0x024289ef, 0x02575483,
];

export function parseExtendedKey(text: string, network: NetworkName): Result<ExtendedKey, Refusal> {
  const parts = splitOrigin(text);
  if (!parts) return refuse(descriptorRefusal('origin'));
  const [keyText = ''] = parts.key.split('/', 1);
  const decoded = decodeKey(keyText, network);
  if (!decoded.ok) return decoded;
  if (!RECEIVE_PATHS.includes(parts.key.slice(keyText.length))) return refuse(descriptorRefusal('path'));
  const key: ExtendedKey = { ...decoded.value, origin: parts.origin };
  if (key.origin && !originFits(key, key.origin)) return refuse(descriptorRefusal('origin'));
  // Liquid's own coin type is 1776; an account of the test networks on the main one is a mix-up (conformance D-4).
  const coinType = key.origin?.path[1];
  if (network === 'liquid' && coinType?.hardened && coinType.index === 1) return refuse(descriptorRefusal('network'));
  return ok(key);
}

/** Branch 0 below the key: the receiving addresses. */
export function receiveBranch(key: Pick<ExtendedKey, 'publicKey' | 'chainCode'>): { publicKey: Uint8Array; chainCode: Uint8Array } {
  const branch = bip32.fromPublicKey(key.publicKey, key.chainCode).derive(0);
  return { publicKey: Uint8Array.from(branch.publicKey), chainCode: Uint8Array.from(branch.chainCode) };
}

/** The compressed public key at `index` below a branch. @throws RangeError on an index that is not a non-hardened one. */
export function childPublicKey(branch: { publicKey: Uint8Array; chainCode: Uint8Array }, index: number): Uint8Array {
  if (!Number.isInteger(index) || index < 0 || index >= HARDENED) throw new RangeError('not an address index');
  return bip32.fromPublicKey(branch.publicKey, branch.chainCode).derive(index).publicKey;
}

/** Null when there are brackets that hold no key origin. */
function splitOrigin(text: string): { origin: KeyOrigin | null; key: string } | null {
  if (!text.startsWith('[')) return { origin: null, key: text };
  const [, originText, key] = PATTERNS.origin.exec(text) ?? [];
  const [, fingerprint, pathText] = PATTERNS.originText.exec(originText ?? '') ?? [];
  if (!fingerprint || pathText === undefined || !key) return null;
  const path = pathText.split('/').slice(1).map(pathStep);
  if (path.some((step) => step.index >= HARDENED)) return null;
  return { origin: { fingerprint: fingerprint.toLowerCase(), path }, key };
}

function pathStep(text: string): PathStep {
  const hardened = /['hH]$/.test(text);
  return { index: Number(hardened ? text.slice(0, -1) : text), hardened };
}

function decodeKey(text: string, network: NetworkName): Result<Omit<ExtendedKey, 'origin'>, Refusal> {
  const bytes = decodeBase58(text);
  if (!bytes) return refuse(descriptorRefusal('key'));
  if (isPrivate(bytes)) return refuse(descriptorRefusal('private_key'));
  if (bytes.length !== KEY_BYTES) return refuse(descriptorRefusal('key'));
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  const version = view.getUint32(0);
  if (version !== liquidNetwork(network).xpubVersion) return refuse(descriptorRefusal(isKnownVersion(version) ? 'network' : 'key'));
  const depth = view.getUint8(4);
  const publicKey = bytes.slice(45);
  const isMaster = depth === 0;
  const hasParent = view.getUint32(5) !== 0 || view.getUint32(9) !== 0;
  if (!ecc.isPointCompressed(publicKey) || (isMaster && hasParent)) return refuse(descriptorRefusal('key'));
  return ok({
    publicKey,
    chainCode: bytes.slice(13, 45),
    depth,
    parentFingerprint: toHex(bytes.slice(5, 9)),
    childNumber: view.getUint32(9),
  });
}

function decodeBase58(text: string): Uint8Array | null {
  if (text.length > KEY_CHARS_MAX) return null;
  try {
    return Uint8Array.from(base58check.decode(text));
  } catch {
    return null; // the library's only way to say "not base58check"
  }
}

/** A serialised extended private key has 00 before its 32 key bytes, whatever its version says. */
function isPrivate(bytes: Uint8Array): boolean {
  const isWif = (bytes.length === 33 || bytes.length === 34) && WIF_VERSIONS.includes(bytes[0] ?? 0);
  return isWif || (bytes.length === KEY_BYTES && bytes[45] === 0);
}

function isKnownVersion(version: number): boolean {
  return (
    version === liquidNetwork('liquid').xpubVersion ||
    version === liquidNetwork('testnet').xpubVersion ||
    SLIP132_VERSIONS.includes(version)
  );
}

/** The origin must lead to this very key, as far as the key itself can tell (BIP-32, "Serialization format"). */
function originFits(key: ExtendedKey, { fingerprint, path }: KeyOrigin): boolean {
  if (path.length !== key.depth) return false;
  const last = path.at(-1);
  if (!last) return fingerprint === toHex(bip32.fromPublicKey(key.publicKey, key.chainCode).fingerprint);
  if (key.childNumber !== last.index + (last.hardened ? HARDENED : 0)) return false;
  return path.length > 1 || fingerprint === key.parentFingerprint;
}
