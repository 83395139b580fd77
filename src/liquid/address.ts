import type { Sats } from '../lib/money.ts';
import type { LiquidNetwork } from './network.ts';
import { bech32, bech32m, createBase58check } from '@scure/base';
import { isPointCompressed } from 'tiny-secp256k1';
import { sameBytes, sha256 } from '../lib/bytes.ts';
import { lbtcText } from '../lib/money.ts';
import { decodeBlech32, encodeBlech32 } from './blech32.ts';

/** A script that has an address: a hash with its kind, or a witness program. */
type Destination =
  | { readonly kind: 'pubKeyHash' | 'scriptHash'; readonly hash: Uint8Array }
  | { readonly kind: 'witness'; readonly version: number; readonly program: Uint8Array };

const base58check = createBase58check(sha256);
const HASH_BYTES = 20;
const KEY_BYTES = 33;
const OP_RESERVED = 0x50;
const WITNESS_VERSION_MAX = 16;

/** @throws RangeError when the script has no address or the key is not a compressed public key: a caller's bug. */
export function confidentialAddress(network: LiquidNetwork, scriptPubKey: Uint8Array, blindingPublicKey: Uint8Array): string {
  if (!isPointCompressed(blindingPublicKey)) throw new RangeError('the blinding key is not a compressed public key');
  const destination = destinationOf(scriptPubKey);
  if (destination.kind === 'witness') {
    const { version, program } = destination;
    return encodeBlech32({ prefix: network.address.blech32, witnessVersion: version, blindingPublicKey, program });
  }
  const prefixes = [network.address.confidential, network.address[destination.kind]];
  return base58check.encode(Uint8Array.from([...prefixes, ...blindingPublicKey, ...destination.hash]));
}

/** @throws RangeError when the script has no address. */
export function unconfidentialAddress(network: LiquidNetwork, scriptPubKey: Uint8Array): string {
  const destination = destinationOf(scriptPubKey);
  if (destination.kind !== 'witness') return base58check.encode(Uint8Array.from([network.address[destination.kind], ...destination.hash]));
  const code = destination.version === 0 ? bech32 : bech32m;
  return code.encode(network.address.bech32, [destination.version, ...code.toWords(destination.program)]);
}

/** Null for everything that is not a confidential address of this very network. */
export function parseConfidentialAddress(
  network: LiquidNetwork,
  text: string,
): { scriptPubKey: Uint8Array; blindingPublicKey: Uint8Array } | null {
  const parsed = parseBlech32(network, text) ?? parseBase58(network, text);
  return parsed && isPointCompressed(parsed.blindingPublicKey) ? parsed : null;
}

/** A payment URI that wallets open: `liquidnetwork:ADDRESS?amount=0.00062341&assetid=…` (eight decimals, L-BTC). */
export function liquidUri(network: LiquidNetwork, address: string, amountSats: Sats): string {
  return `${network.uriScheme}:${address}?amount=${lbtcText(amountSats)}&assetid=${network.lbtcAsset}`;
}

function parseBlech32(network: LiquidNetwork, text: string): { scriptPubKey: Uint8Array; blindingPublicKey: Uint8Array } | null {
  const decoded = decodeBlech32(network.address.blech32, text);
  if (!decoded) return null;
  const { witnessVersion, program, blindingPublicKey } = decoded;
  if (!isWitnessProgram(witnessVersion, program)) return null;
  const versionByte = witnessVersion === 0 ? 0 : OP_RESERVED + witnessVersion;
  return { scriptPubKey: Uint8Array.from([versionByte, program.length, ...program]), blindingPublicKey };
}

function parseBase58(network: LiquidNetwork, text: string): { scriptPubKey: Uint8Array; blindingPublicKey: Uint8Array } | null {
  const payload = decodeBase58(text);
  if (payload?.length !== 2 + KEY_BYTES + HASH_BYTES || payload[0] !== network.address.confidential) return null;
  const hash = payload.slice(2 + KEY_BYTES);
  const blindingPublicKey = payload.slice(2, 2 + KEY_BYTES);
  if (payload[1] === network.address.scriptHash) return { scriptPubKey: scriptHashScript(hash), blindingPublicKey };
  if (payload[1] === network.address.pubKeyHash) return { scriptPubKey: pubKeyHashScript(hash), blindingPublicKey };
  return null;
}

/** Longest base58 text worth decoding (decoding is quadratic): a confidential address has about 80 characters. */
const BASE58_CHARS_MAX = 120;

function decodeBase58(text: string): Uint8Array | null {
  if (text.length > BASE58_CHARS_MAX) return null;
  try {
    return base58check.decode(text);
  } catch {
    return null; // the library's only way to say "not base58check"
  }
}

function destinationOf(script: Uint8Array): Destination {
  const hash = script.slice(2, 2 + HASH_BYTES);
  if (hash.length === HASH_BYTES && sameBytes(script, scriptHashScript(hash))) return { kind: 'scriptHash', hash };
  const keyHash = script.slice(3, 3 + HASH_BYTES);
  if (keyHash.length === HASH_BYTES && sameBytes(script, pubKeyHashScript(keyHash))) return { kind: 'pubKeyHash', hash: keyHash };
  const [first = 0, length] = script;
  const version = first === 0 ? 0 : first - OP_RESERVED;
  const program = script.slice(2);
  if (length === program.length && isWitnessProgram(version, program)) return { kind: 'witness', version, program };
  throw new RangeError('the script has no address');
}

/** BIP-141: 2 to 40 bytes; version 0 is a key hash or a script hash. BIP-341: version 1 is a 32-byte key. */
function isWitnessProgram(version: number, program: Uint8Array): boolean {
  if (version < 0 || version > WITNESS_VERSION_MAX) return false;
  if (version === 0) return program.length === 20 || program.length === 32;
  if (version === 1) return program.length === 32;
  return program.length >= 2 && program.length <= 40;
}

function scriptHashScript(hash: Uint8Array): Uint8Array {
  return Uint8Array.from([0xa9, HASH_BYTES, ...hash, 0x87]);
}

function pubKeyHashScript(hash: Uint8Array): Uint8Array {
  return Uint8Array.from([0x76, 0xa9, HASH_BYTES, ...hash, 0x88, 0xac]);
}
