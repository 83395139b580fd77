/**
 * blech32 and blech32m: bech32 with a checksum of twelve characters, for confidential segwit addresses (Elements, blech32.cpp).
 * Words are 5-bit numbers.
 */
export type Blech32Variant = 'blech32' | 'blech32m';

const CHARSET = 'qpzry9x8gf2tvdw0s3jn54khce6mua7l';
const GENERATORS = [0x7d52fba40bd886n, 0x5e8dbf1a03950cn, 0x1c3a3c74072a18n, 0x385d72fa0e5139n, 0x7093e5a608865bn] as const;
const CONSTANTS = { blech32: 1n, blech32m: 0x455972a3350f7a1n } as const;
const CHECKSUM_CHARS = 12;

export function encodeBlech32(prefix: string, words: readonly number[], variant: Blech32Variant): string {
  const body = [...words, ...new Array<number>(CHECKSUM_CHARS).fill(0)];
  const rest = polymod([...expand(prefix), ...body]) ^ CONSTANTS[variant];
  const checksum = Array.from({ length: CHECKSUM_CHARS }, (_, i) => Number((rest >> BigInt(5 * (CHECKSUM_CHARS - 1 - i))) & 31n));
  return `${prefix}1${[...words, ...checksum].map((word) => CHARSET[word]).join('')}`;
}

/** Null when it is not the prefix's, not one case, or its checksum is wrong under both variants. */
export function decodeBlech32(
  prefix: string,
  text: string,
): { readonly words: readonly number[]; readonly variant: Blech32Variant } | null {
  const lower = text.toLowerCase();
  if (text !== lower && text !== text.toUpperCase()) return null;
  if (!lower.startsWith(`${prefix}1`)) return null;
  const words = [...lower.slice(prefix.length + 1)].map((char) => CHARSET.indexOf(char));
  if (words.length <= CHECKSUM_CHARS || words.includes(-1)) return null;
  const rest = polymod([...expand(prefix), ...words]);
  const variant = rest === CONSTANTS.blech32 ? 'blech32' : rest === CONSTANTS.blech32m ? 'blech32m' : null;
  return variant && { words: words.slice(0, -CHECKSUM_CHARS), variant };
}

function expand(prefix: string): number[] {
  const codes = [...prefix].map((char) => char.charCodeAt(0));
  return [...codes.map((code) => code >> 5), 0, ...codes.map((code) => code & 31)];
}

function polymod(words: readonly number[]): bigint {
  let rest = 1n;
  for (const word of words) {
    const high = rest >> 55n;
    rest = ((rest & 0x7fffffffffffffn) << 5n) ^ BigInt(word);
    for (const [bit, generator] of GENERATORS.entries()) if ((high >> BigInt(bit)) & 1n) rest ^= generator;
  }
  return rest;
}
