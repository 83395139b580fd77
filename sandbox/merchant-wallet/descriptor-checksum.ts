/** BIP-380: the eight characters behind `#`, a BCH code over the descriptor's characters. */
const INPUT = `0123456789()[],'/*abcdefgh@:$%{}IJKLMNOPQRSTUVWXYZ&+-.;<=>?!^_|~ijklmnopqrstuvwxyzABCDEFGH\`#"\\ `;
const CHECKSUM = 'qpzry9x8gf2tvdw0s3jn54khce6mua7l';
const CHECKSUM_CHARS = 8;
const GENERATOR = [0xf5dee51989n, 0xa9fdca3312n, 0x1bab10e32dn, 0x3706b1677an, 0x644d626ffdn];

/** @throws RangeError on a character that no descriptor has. */
export function descriptorChecksum(descriptor: string): string {
  let code = 1n;
  const groups: number[] = [];
  for (const character of descriptor) {
    const position = INPUT.indexOf(character);
    if (position < 0) throw new RangeError('not a descriptor');
    code = feed(code, position & 31);
    groups.push(position >> 5);
    if (groups.length === 3) code = feed(code, foldGroups(groups));
  }
  if (groups.length > 0) code = feed(code, foldGroups(groups));
  for (let i = 0; i < CHECKSUM_CHARS; i++) code = feed(code, 0);
  code ^= 1n;
  const symbols = Array.from(
    { length: CHECKSUM_CHARS },
    (_unused, i) => CHECKSUM[Number((code >> BigInt(5 * (CHECKSUM_CHARS - 1 - i))) & 31n)],
  );
  return symbols.join('');
}

/** Each character's upper bits are collected three at a time, as digits of base 3. */
function foldGroups(groups: number[]): number {
  return groups.splice(0).reduce((folded, group) => folded * 3 + group, 0);
}

function feed(code: bigint, value: number): bigint {
  const top = code >> 35n;
  const shifted = ((code & 0x7ffffffffn) << 5n) ^ BigInt(value);
  return GENERATOR.reduce((mixed, generator, bit) => ((top >> BigInt(bit)) & 1n ? mixed ^ generator : mixed), shifted);
}
