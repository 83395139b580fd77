import { bech32 } from '@scure/base';

/**
 * Blech32 and Blech32m: confidential segwit addresses of Elements (`blech32.cpp`). Bech32 with a longer checksum: twelve symbols
 * of a 60-bit BCH code, because a blinded address is longer than Bech32 can protect.
 */
export type Blech32 = Readonly<{ prefix: string; witnessVersion: number; blindingPublicKey: Uint8Array; program: Uint8Array }>;

const ALPHABET = 'qpzry9x8gf2tvdw0s3jn54khce6mua7l';
const GENERATOR = [0x7d52fba40bd886n, 0x5e8dbf1a03950cn, 0x1c3a3c74072a18n, 0x385d72fa0e5139n, 0x7093e5a608865bn] as const;
const BLECH32_CONSTANT = 1n;
const BLECH32M_CONSTANT = 0x455972a3350f7a1n;
const CHECKSUM_SYMBOLS = 12;
const KEY_BYTES = 33;
/** Longest text that Elements reads. */
const TEXT_CHARS_MAX = 1_000;

export function encodeBlech32({ prefix, witnessVersion, blindingPublicKey, program }: Blech32): string {
  const words = [witnessVersion, ...bech32.toWords(Uint8Array.from([...blindingPublicKey, ...program]))];
  const sum = polymod([...expandPrefix(prefix), ...words, ...new Array<number>(CHECKSUM_SYMBOLS).fill(0)]) ^ constantOf(witnessVersion);
  for (let i = 0; i < CHECKSUM_SYMBOLS; i++) words.push(Number((sum >> BigInt(5 * (CHECKSUM_SYMBOLS - 1 - i))) & 31n));
  return `${prefix}1${words.map((word) => ALPHABET[word]).join('')}`;
}

/** Null for anything that is not one whole blech32 (witness version 0) or blech32m (1 and above) text with that prefix. */
export function decodeBlech32(prefix: string, text: string): Blech32 | null {
  const lower = text.toLowerCase();
  if (text.length > TEXT_CHARS_MAX || (text !== lower && text !== text.toUpperCase())) return null;
  if (!lower.startsWith(`${prefix}1`)) return null;
  const symbols = Array.from(lower.slice(prefix.length + 1), (symbol) => ALPHABET.indexOf(symbol));
  const [witnessVersion] = symbols;
  if (witnessVersion === undefined || symbols.includes(-1) || symbols.length <= CHECKSUM_SYMBOLS + 1) return null;
  if (polymod([...expandPrefix(prefix), ...symbols]) !== constantOf(witnessVersion)) return null;
  const bytes = bech32.fromWordsUnsafe(symbols.slice(1, -CHECKSUM_SYMBOLS));
  if (!bytes || bytes.length <= KEY_BYTES) return null;
  return { prefix, witnessVersion, blindingPublicKey: bytes.slice(0, KEY_BYTES), program: bytes.slice(KEY_BYTES) };
}

function constantOf(witnessVersion: number): bigint {
  return witnessVersion === 0 ? BLECH32_CONSTANT : BLECH32M_CONSTANT;
}

function expandPrefix(prefix: string): number[] {
  const codes = Array.from(prefix, (char) => char.charCodeAt(0));
  return [...codes.map((code) => code >> 5), 0, ...codes.map((code) => code & 31)];
}

function polymod(values: readonly number[]): bigint {
  let sum = 1n;
  for (const value of values) {
    const top = sum >> 55n;
    sum = ((sum & 0x7fffffffffffffn) << 5n) ^ BigInt(value);
    for (const [bit, coefficient] of GENERATOR.entries()) if ((top >> BigInt(bit)) & 1n) sum ^= coefficient;
  }
  return sum;
}
