import type { NetworkText } from '../support/liquid-vectors.ts';
import { HDKey } from '@scure/bip32';
import { createBase58check } from '@scure/base';
import { describe, expect, test } from 'vitest';
import { descriptorChecksum } from '../../sandbox/merchant-wallet/descriptor-checksum.ts';
import { sha256 } from '../../src/lib/bytes.ts';
import { parseDescriptor } from '../../src/wallets/descriptor.ts';
import { isGoodDescriptor } from '../support/descriptor-oracle.ts';
import { descriptorVectors as vectors } from '../support/liquid-vectors.ts';
import { PATTERNS } from '../../src/wallets/descriptor-patterns.ts';
import { countSteps } from '../support/regex-steps.ts';

/** `MUTATIONS=5000 npm test test/rules/descriptor-fuzz.test.ts` is the published figure; the suite plays a slice. `SEED` chooses which. */
const MUTATIONS = Number(process.env['MUTATIONS'] ?? 300);
const SEED = Number(process.env['SEED'] ?? 1);
const NETWORKS: readonly NetworkText[] = ['liquid', 'testnet', 'regtest'];

/** Reproducible numbers below `limit` (mulberry32). */
function numbers(seed: number): (limit: number) => number {
  let state = seed;
  return (limit) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % limit;
  };
}

/** A descriptor in its fields; together they are the text before the checksum. */
const FIELDS = /^(ct\()(slip77\()([^)]*)(\),)(elsh\(wpkh\(|elwpkh\()(\[)([0-9a-f]{8})([^\]]*)(\])([^/]*)(\/[^)]*)(\)+)$/;
type Base = { readonly network: NetworkText; readonly fields: readonly string[] };
const bases: readonly Base[] = vectors.descriptors.flatMap(({ network, descriptor, multipathDescriptor }) =>
  [descriptor, multipathDescriptor].map((text) => {
    const [, ...fields] = FIELDS.exec(text.split('#')[0] ?? '') ?? [];
    if (fields.length !== 12) throw new Error(`a vector of another form: ${text}`);
    return { network, fields };
  }),
);
const hostileKey = HDKey.fromMasterSeed(new Uint8Array(64).fill(3)).derive("m/49'/1776'/0'");
const base58check = createBase58check(sha256);
/** What somebody might put where a field was. */
const HOSTILE: readonly string[] = [
  ...['', ' ', '\n', '\0', 'é', '(', ')', '))', ',', '#', '[', ']', '/', '*', "'", '‮', '\u{1f4b0}', 'x'.repeat(400)],
  ...[
    '0'.repeat(64),
    'F'.repeat(64),
    'f'.repeat(63),
    'f'.repeat(65),
    'g'.repeat(64),
    'elip151',
    'SLIP77(',
    'CT(',
    'sh(wpkh(',
    'eltr(',
    'elwsh(',
  ],
  ...['/0/*', '/1/*', '/*', '/0', '/0/0/*', "/0/*'", '/0/*h', '/<0;1>/*', '/<1;0>/*', '/<0;1;2>/*', '/00/*', '/0/* ', '/2147483648/*'],
  ...["/49'/1776'/0'", '/49h/1776H/0h', "/49'/1'/0'", '/49/1776/0', "/049'/1776'/0'", "/49'/1776'/2147483648'", '//', '/'],
  ...[
    hostileKey.privateExtendedKey,
    hostileKey.publicExtendedKey,
    base58check.encode(Uint8Array.from([0x80, ...new Uint8Array(32).fill(5), 1])),
  ],
];

type Mutant = { readonly text: string; readonly network: NetworkText; readonly how: string };

/** One field of a good descriptor changed; its checksum made right again, left wrong, or left away. */
function mutantOf(next: (limit: number) => number): Mutant {
  const pick = <T>(list: readonly T[]): T => list[next(list.length)] as T; // never empty
  const base = pick(bases);
  const fields = [...base.fields];
  const place = next(fields.length);
  const old = fields[place] ?? '';
  const spot = next(old.length + 1);
  const kinds: { readonly [kind: string]: () => string } = {
    hostile: () => pick(HOSTILE),
    appended: () => old + pick(HOSTILE),
    prepended: () => pick(HOSTILE) + old,
    doubled: () => old + old,
    dropped: () => '',
    foreign: () => pick(bases).fields[place] ?? '',
    moved: () => pick(base.fields),
    shorter: () => old.slice(0, spot) + old.slice(spot + 1),
    longer: () => old.slice(0, spot) + pick([...'0aZ*/)[#é']) + old.slice(spot),
    changed: () => old.slice(0, spot) + String.fromCodePoint(32 + next(95)) + old.slice(spot + 1),
    upper: () => old.toUpperCase(),
    other_case: () => (old === old.toLowerCase() ? old.toUpperCase() : old.toLowerCase()),
    kept: () => old,
  };
  const kind = pick(Object.keys(kinds));
  fields[place] = kinds[kind]?.() ?? old;
  const body = fields.join('');
  const sum = (text: string) => (/^[\x20-\x7e]*$/.test(text) ? descriptorChecksum(text) : 'qqqqqqqq');
  const good = sum(body);
  const tail = pick([
    '',
    '',
    `#${good}`,
    `#${good}`,
    `#${good}`,
    `#${sum(base.fields.join(''))}`,
    `#${good} `,
    `#${good}${good}`,
    '#',
    `#${good.slice(1)}`,
    `#${good.toUpperCase()}`,
  ]);
  const network = next(4) === 0 ? pick(NETWORKS) : base.network;
  return { text: body + tail, network, how: `${kind} field ${place}` };
}

describe('D-3: a descriptor with one field changed', () => {
  const next = numbers(SEED);
  const mutants = Array.from({ length: MUTATIONS }, () => mutantOf(next));

  test(`is accepted when the rules allow it and never otherwise, ${MUTATIONS} times (SEED=${SEED})`, () => {
    let accepted = 0;
    for (const { text, network, how } of mutants) {
      const isAccepted = parseDescriptor(text, network).ok;
      expect(isAccepted, `${how} on ${network}: ${JSON.stringify(text)}`).toBe(isGoodDescriptor(text, network));
      if (isAccepted) accepted++;
    }
    // Both answers occur often enough to mean something.
    expect(accepted).toBeGreaterThan(MUTATIONS / 50);
    expect(accepted).toBeLessThan(MUTATIONS / 2);
  });

  test('is refused in one of our own sentences, which holds nothing of it; a private key in the loud one', () => {
    for (const { text, network } of mutants) {
      const parsed = parseDescriptor(text, network);
      if (parsed.ok) continue;
      expect(parsed.error).toMatchObject({ kind: 'invalid', code: expect.stringMatching(/^descriptor_/) });
      for (let from = 0; from + 12 <= text.length; from += 12) expect(parsed.error.message).not.toContain(text.slice(from, from + 12));
      if (text.includes(`]${hostileKey.privateExtendedKey}`)) expect(parsed.error.code).toBe('descriptor_private_key');
    }
  });

  test('is refused by the oracle, too, where the published list refuses, and accepted where it accepts', () => {
    for (const { descriptor, network } of vectors.invalid) expect(isGoodDescriptor(descriptor, network), descriptor).toBe(false);
    for (const { descriptor, network, multipathDescriptor } of vectors.descriptors) {
      expect([isGoodDescriptor(descriptor, network), isGoodDescriptor(multipathDescriptor, network)]).toEqual([true, true]);
    }
  });
});

describe('the patterns that a descriptor is held against', () => {
  /** Texts that make a pattern with two ways to read the same letters try them all. */
  const attacks: readonly ((n: number) => string)[] = [
    (n) => 'a'.repeat(n),
    (n) => ' '.repeat(n),
    (n) => 'abandon '.repeat(n / 8),
    (n) => `${'abandon '.repeat(n / 8)}!`,
    (n) => `abc${' '.repeat(n)}!`,
    (n) => `ct(${'('.repeat(n)}`,
    (n) => `ct(${')'.repeat(n)}x`,
    (n) => `ct(slip77(${'f'.repeat(64)}),${'elsh(wpkh('.repeat(n / 10)}`,
    (n) => `elsh(wpkh(${'1'.repeat(n)}`,
    (n) => `[${"/0'".repeat(n / 3)}`,
    (n) => `00000000${"/0'".repeat(n / 3)}x`,
    (n) => `00000000${'/1111111111'.repeat(n / 11)}`,
    (n) => `[${'['.repeat(n)}]`,
    (n) => ` ${'xprxprv '.repeat(n / 8)}`,
  ];

  test.each(Object.keys(PATTERNS) as (keyof typeof PATTERNS)[])('%s: twice the text costs at most about twice the steps', (name) => {
    for (const attack of attacks) {
      const [short, long] = [countSteps(PATTERNS[name], attack(330)), countSteps(PATTERNS[name], attack(660))];
      expect(long, JSON.stringify(attack(24))).toBeLessThanOrEqual(2.2 * short + 200);
    }
  });

  test('are counted rightly: a pattern that backtracks is found out', () => {
    expect(countSteps(/^(?:a|aa)+$/, `${'a'.repeat(24)}!`)).toBeGreaterThan(40_000);
    const [short, long] = [countSteps(/a*a*b/, 'a'.repeat(60)), countSteps(/a*a*b/, 'a'.repeat(120))];
    expect(long).toBeGreaterThan(4 * short);
  });
});
