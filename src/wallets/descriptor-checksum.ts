/**
 * Checksum of output descriptors (BIP-380, "Checksum"): eight symbols of a BCH code over the text, so that a slip of the finger is
 * found before money follows it.
 */
const INPUT_ALPHABET = "0123456789()[],'/*abcdefgh@:$%{}" + 'IJKLMNOPQRSTUVWXYZ&+-.;<=>?!^_|~' + 'ijklmnopqrstuvwxyzABCDEFGH`#"\\ ';
const CHECKSUM_ALPHABET = 'qpzry9x8gf2tvdw0s3jn54khce6mua7l';
const GENERATOR = [0xf5dee51989n, 0xa9fdca3312n, 0x1bab10e32dn, 0x3706b1677an, 0x644d626ffdn] as const;
const CHECKSUM_CHARS = 8;

/** Every character of the text is one that descriptors may have. */
export function isDescriptorText(text: string): boolean {
  for (const char of text) if (!INPUT_ALPHABET.includes(char)) return false;
  return true;
}

/** The checksum of `body`, the text before the `#`. @throws RangeError on a character that descriptors do not have. */
export function descriptorChecksum(body: string): string {
  let sum = 1n;
  let group = 0;
  let groupSize = 0;
  for (const char of body) {
    const position = INPUT_ALPHABET.indexOf(char);
    if (position < 0) throw new RangeError('not a descriptor character');
    sum = step(sum, position & 31);
    group = group * 3 + (position >> 5);
    groupSize += 1;
    if (groupSize === 3) {
      sum = step(sum, group);
      group = 0;
      groupSize = 0;
    }
  }
  if (groupSize > 0) sum = step(sum, group);
  for (let i = 0; i < CHECKSUM_CHARS; i++) sum = step(sum, 0);
  sum ^= 1n;
  let text = '';
  for (let i = 0; i < CHECKSUM_CHARS; i++) text += CHECKSUM_ALPHABET[Number((sum >> BigInt(5 * (CHECKSUM_CHARS - 1 - i))) & 31n)];
  return text;
}

function step(sum: bigint, value: number): bigint {
  const top = sum >> 35n;
  let next = ((sum & 0x7ffffffffn) << 5n) ^ BigInt(value);
  for (const [bit, coefficient] of GENERATOR.entries()) if ((top >> BigInt(bit)) & 1n) next ^= coefficient;
  return next;
}
