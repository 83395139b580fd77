import type { Descriptor } from '../../src/wallets/descriptor.ts';
import { inspect } from 'node:util';
import { HDKey } from '@scure/bip32';
import { base58, createBase58check } from '@scure/base';
import { describe, expect, test } from 'vitest';
import { sha256 } from '../../src/lib/bytes.ts';
import { parseDescriptor } from '../../src/wallets/descriptor.ts';
import { descriptorChecksum } from '../../src/wallets/descriptor-checksum.ts';
import { descriptorVectors as vectors } from '../support/liquid-vectors.ts';

const base58check = createBase58check(sha256);
const SLIP77 = '9e96a6b1cb7156b304e379b8a855c4e98ed94bff0ca9cc5fc2133ab1ddc5ebe5';
const XPUB_VERSIONS = { private: 0x0488ade4, public: 0x0488b21e };
const TPUB_VERSIONS = { private: 0x04358394, public: 0x043587cf };
const seed = new Uint8Array(64).fill(7);
const master = HDKey.fromMasterSeed(seed, XPUB_VERSIONS);
const account = master.derive("m/49'/1776'/0'");
const tpub = HDKey.fromMasterSeed(seed, TPUB_VERSIONS).derive("m/49'/1'/0'").publicExtendedKey;
const fingerprint = master.fingerprint.toString(16).padStart(8, '0');
const xpub = account.publicExtendedKey;
const ORIGIN = `[${fingerprint}/49'/1776'/0']`;

/** A whole descriptor with the right checksum, so that only the tested rule can refuse it. */
function signed(body: string): string {
  return `${body}#${descriptorChecksum(body)}`;
}
function withKey(key: string): string {
  return signed(`ct(slip77(${SLIP77}),elsh(wpkh(${key})))`);
}
function withInner(inner: string): string {
  return signed(`ct(slip77(${SLIP77}),${inner})`);
}
function withBlinding(blinding: string): string {
  return signed(`ct(${blinding},elsh(wpkh(${ORIGIN}${xpub}/0/*)))`);
}
/** The account key with some of its serialised bytes changed and the base58 checksum made right again. */
function changedXpub(change: (bytes: Uint8Array) => Uint8Array | undefined): string {
  const bytes = Uint8Array.from(base58check.decode(xpub));
  return base58check.encode(change(bytes) ?? bytes);
}
function versioned(version: number): string {
  return changedXpub((bytes) => new DataView(bytes.buffer).setUint32(0, version) as undefined);
}
function parsed(text: string, network: 'liquid' | 'testnet' | 'regtest' = 'liquid'): Descriptor {
  const result = parseDescriptor(text, network);
  if (!result.ok) throw new Error(`refused: ${result.error.code}`);
  return result.value;
}
function codeOf(text: string, network: 'liquid' | 'testnet' | 'regtest' = 'liquid'): string {
  const result = parseDescriptor(text, network);
  return result.ok ? 'accepted' : result.error.code;
}

const good = withKey(`${ORIGIN}${xpub}/0/*`);
const plain = good.slice(0, -9);

/** Codes of the vectors' own reasons. */
const CODES: { readonly [reason: string]: string } = { xpub: 'descriptor_key', private: 'descriptor_private_key' };

describe('a published descriptor', () => {
  test.each(vectors.invalid)('that is wrong ($id) is refused for its reason, and the refusal repeats none of it', (row) => {
    const result = parseDescriptor(row.descriptor, row.network);
    expect(result).toMatchObject({ ok: false, error: { code: CODES[row.ownError.code] ?? `descriptor_${row.ownError.code}` } });
    expect(JSON.stringify(result)).not.toContain('pub6');
  });

  test.each(vectors.descriptors)('($id) is understood in both spellings as one chain without a warning', (row) => {
    const single = parsed(row.descriptor, row.network);
    const multi = parsed(row.multipathDescriptor, row.network);
    expect(single.warnings).toEqual([]);
    expect(single.scriptType).toBe(row.type);
    expect(multi.chainId).toBe(single.chainId);
    expect(descriptorChecksum(row.descriptor.slice(0, -9))).toBe(row.descriptor.slice(-8));
  });

  test("of GDK's documentation, which is what AQUA exports, is understood", () => {
    expect(parsed(vectors.gdkExample.descriptor, 'testnet').fingerprint).toBe('386e8558');
  });
});

describe('a descriptor is refused', () => {
  const mainKey = `${ORIGIN}${xpub}`;
  const rows: readonly (readonly [why: string, text: string, code: string])[] = [
    ['for its length', `${plain}${' '.repeat(501 - plain.length)}`, 'descriptor_too_long'],
    ['for a character outside the alphabet', `${plain}é`, 'descriptor_characters'],
    ['for a newline at its end', `${good}\n`, 'descriptor_characters'],
    ['for a newline inside', plain.replace(',', ',\n'), 'descriptor_characters'],
    ['for a tab', `\t${plain}`, 'descriptor_characters'],
    ['for a space before it', ` ${plain}`, 'descriptor_form'],
    ['for a space behind it', `${plain} `, 'descriptor_form'],
    ['for an upper-case checksum', plain + good.slice(-9).toUpperCase(), 'descriptor_checksum'],
    ['for a checksum one too long', `${good}q`, 'descriptor_checksum'],
    ['for a second checksum', good + good.slice(-9), 'descriptor_checksum'],
    ['for a checksum alone', good.slice(-9), 'descriptor_checksum'],
    ['for a checksum with letters of no checksum', `${plain}#bio1bio1`, 'descriptor_checksum'],
    ['for a slip of one letter', good.replace('ct(slip77(9', 'ct(slip77(8'), 'descriptor_checksum'],
    ['without blinding', `elsh(wpkh(${mainKey}/0/*))`, 'descriptor_form'],
    ['for SLIP77 in capitals', withBlinding(`SLIP77(${SLIP77})`), 'descriptor_blinding'],
    ['for upper-case functions', plain.replace('ct(', 'CT('), 'descriptor_form'],
    ['for a missing bracket', plain.slice(0, -1), 'descriptor_script'],
    ['for text behind it', `${plain}x`, 'descriptor_form'],
    ['for an all-zero blinding key', withBlinding(`slip77(${'0'.repeat(64)})`), 'descriptor_blinding'],
    ['for elip151', withBlinding('elip151'), 'descriptor_blinding'],
    ['for a raw blinding key', withBlinding(SLIP77), 'descriptor_blinding'],
    ['for a blinding key one digit too long', withBlinding(`slip77(${SLIP77}0)`), 'descriptor_blinding'],
    ['for an empty blinding key', withBlinding('slip77()'), 'descriptor_blinding'],
    ['for a blinding key that is an extended one', withBlinding(`slip77(${xpub})`), 'descriptor_blinding'],
    ['for two inner descriptors', withInner(`elsh(wpkh(${mainKey}/0/*)),elsh(wpkh(${mainKey}/0/*))`), 'descriptor_script'],
    ['for sh(wpkh())', withInner(`sh(wpkh(${mainKey}/0/*))`), 'descriptor_script'],
    ['for elpkh', withInner(`elpkh(${mainKey}/0/*)`), 'descriptor_script'],
    ['for elwsh', withInner(`elwsh(pk(${mainKey}/0/*))`), 'descriptor_script'],
    ['for elsh(elwpkh())', withInner(`elsh(elwpkh(${mainKey}/0/*))`), 'descriptor_script'],
    ['for an empty key', withInner('elsh(wpkh())'), 'descriptor_script'],
    ['for nothing inside', withInner(''), 'descriptor_blinding'],
    ['for a single public key', withKey(`02${'11'.repeat(32)}`), 'descriptor_key'],
    ['for the other network', withKey(`${tpub}/0/*`), 'descriptor_network'],
    ['for ypub', withKey(`${versioned(0x049d7cb2)}/0/*`), 'descriptor_network'],
    ['for an unknown version', withKey(`${versioned(0x01020304)}/0/*`), 'descriptor_key'],
    ['for a key off the curve', withKey(`${changedXpub((bytes) => void bytes.fill(0xff, 46))}/0/*`), 'descriptor_key'],
    ['for an uncompressed marker', withKey(`${changedXpub((bytes) => void bytes.fill(4, 45, 46))}/0/*`), 'descriptor_key'],
    ['for a key one byte short', withKey(`${changedXpub((bytes) => bytes.slice(0, -1))}/0/*`), 'descriptor_key'],
    ['for a key one byte long', withKey(`${changedXpub((bytes) => Uint8Array.from([...bytes, 0]))}/0/*`), 'descriptor_key'],
    ['for a key without its checksum', withKey(`${base58.encode(base58check.decode(xpub))}/0/*`), 'descriptor_key'],
    ['for letters that base58 does not have', withKey(`${xpub.replace('x', '0')}/0/*`), 'descriptor_key'],
    ['for a master key that has a parent', withKey(`${changedXpub((bytes) => void bytes.fill(0, 4, 5))}/0/*`), 'descriptor_key'],
    ['for an extended private key', withKey(`${ORIGIN}${account.privateExtendedKey}/0/*`), 'descriptor_private_key'],
    [
      'for a private key under a public name',
      withKey(`${changedXpub((bytes) => void bytes.fill(0, 45, 46))}/0/*`),
      'descriptor_private_key',
    ],
    [
      'for a private key in import format',
      withKey(base58check.encode(Uint8Array.from([0x80, ...new Uint8Array(32).fill(5), 1]))),
      'descriptor_private_key',
    ],
    ['for a private key alone', account.privateExtendedKey, 'descriptor_private_key'],
    ['for a private key among words', `my key: ${account.privateExtendedKey}`, 'descriptor_private_key'],
    ['for a private key in a text that is too long', `${account.privateExtendedKey}${' '.repeat(500)}`, 'descriptor_private_key'],
    ['for recovery words', Array(12).fill('abandon').join(' '), 'descriptor_recovery_words'],
    ['for an origin shorter than the depth', withKey(`[${fingerprint}/49'/1776']${xpub}/0/*`), 'descriptor_origin'],
    ['for an origin longer than the depth', withKey(`[${fingerprint}/49'/1776'/0'/0']${xpub}/0/*`), 'descriptor_origin'],
    ['for another child number', withKey(`[${fingerprint}/49'/1776'/1']${xpub}/0/*`), 'descriptor_origin'],
    ['for a child that is not hardened in the origin', withKey(`[${fingerprint}/49'/1776'/0]${xpub}/0/*`), 'descriptor_origin'],
    ['for a fingerprint with other letters', withKey(`[${fingerprint.slice(1)}g/49'/1776'/0']${xpub}/0/*`), 'descriptor_origin'],
    ['for an origin that is not closed', withKey(`[${fingerprint}/49'/1776'/0'${xpub}/0/*`), 'descriptor_origin'],
    ['for two origins', withKey(`${ORIGIN}${ORIGIN}${xpub}/0/*`), 'descriptor_key'],
    ['for an origin with m', withKey(`[m/49'/1776'/0']${xpub}/0/*`), 'descriptor_origin'],
    ['for a master fingerprint of somebody else', withKey(`[00000000]${master.publicExtendedKey}/0/*`), 'descriptor_origin'],
    ['for a parent of somebody else', withKey(`[00000000/49']${master.derive("m/49'").publicExtendedKey}/0/*`), 'descriptor_origin'],
    ['for a deeper path', withKey(`${mainKey}/0/0/*`), 'descriptor_path'],
    ['for a path without wildcard', withKey(`${mainKey}/0/5`), 'descriptor_path'],
    ['for a hardened branch', withKey(`${mainKey}/0'/*`), 'descriptor_path'],
    ['for a hardened wildcard with h', withKey(`${mainKey}/0/*h`), 'descriptor_path'],
    ['for both branches the wrong way round', withKey(`${mainKey}/<1;0>/*`), 'descriptor_path'],
    ['for one branch in brackets', withKey(`${mainKey}/<0>/*`), 'descriptor_path'],
    ['for the same branch twice', withKey(`${mainKey}/<0;0>/*`), 'descriptor_path'],
    ['for other branches', withKey(`${mainKey}/<2;3>/*`), 'descriptor_path'],
    ['for a second wildcard', withKey(`${mainKey}/0/*/*`), 'descriptor_path'],
    ['for a slash at the end', withKey(`${mainKey}/0/*/`), 'descriptor_path'],
    ['for a leading zero in the path', withKey(`${mainKey}/00/*`), 'descriptor_path'],
    [
      'on the main network for a test account',
      withKey(`[${fingerprint}/49'/1'/0']${master.derive("m/49'/1'/0'").publicExtendedKey}/0/*`),
      'descriptor_network',
    ],
  ];

  test.each(rows)('%s', (_why, text, code) => {
    expect(codeOf(text)).toBe(code);
  });

  test('on the test networks when its key is of the main one', () => {
    expect([codeOf(good, 'testnet'), codeOf(good, 'regtest')]).toEqual(['descriptor_network', 'descriptor_network']);
  });

  test('with a sentence that holds nothing of a private key', () => {
    const secret = account.privateExtendedKey;
    expect(JSON.stringify(parseDescriptor(withKey(`${secret}/0/*`), 'liquid'))).not.toContain(secret.slice(4, 12));
  });
});

describe('a descriptor is the same chain', () => {
  test.each([
    ['with h for the apostrophe', withKey(`[${fingerprint}/49h/1776h/0h]${xpub}/0/*`)],
    ['with H for the apostrophe', withKey(`[${fingerprint}/49H/1776H/0H]${xpub}/0/*`)],
    ['with an upper-case fingerprint', withKey(`[${fingerprint.toUpperCase()}/49'/1776'/0']${xpub}/0/*`)],
    ['without its checksum', plain],
    ['without its origin', withKey(`${xpub}/0/*`)],
    ['with both branches', withKey(`${ORIGIN}${xpub}/<0;1>/*`)],
    ['with another blinding key', good.replace(SLIP77, '11'.repeat(32)).slice(0, -9)],
  ])('%s', (_how, text) => {
    expect(parsed(text).chainId).toBe(parsed(good).chainId);
  });

  test.each([
    ['of another kind of script', withInner(`elwpkh(${ORIGIN}${xpub}/0/*)`)],
    ['of another account', withKey(`${master.derive("m/49'/1776'/1'").publicExtendedKey}/0/*`)],
  ])('but not when it is %s', (_how, text) => {
    expect(parsed(text).chainId).not.toBe(parsed(good).chainId);
  });
});

describe('a descriptor tells', () => {
  test('what is unusual about it', () => {
    const other = master.derive("m/84'/1777'/0'").publicExtendedKey;
    expect(parsed(withKey(`[${fingerprint}/84'/1777'/0']${other}/0/*`)).warnings).toEqual(['unusual_purpose', 'unusual_coin_type']);
    expect(parsed(`ct(slip77(${SLIP77}),elsh(wpkh(${xpub}/0/*)))`).warnings).toEqual(['no_checksum', 'no_origin']);
  });

  test('neither its blinding key nor its text when it is printed', () => {
    const descriptor = parsed(good);
    for (const print of [JSON.stringify(descriptor), inspect(descriptor, { depth: 9 })]) {
      expect(print).not.toContain(SLIP77);
      expect(print).not.toContain(xpub.slice(4));
    }
  });
});
