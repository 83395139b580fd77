import type { Descriptor } from '../../src/wallets/descriptor.ts';
import { createBase58check } from '@scure/base';
import { HDKey } from '@scure/bip32';
import { describe, expect, test } from 'vitest';
import { sha256, toHex } from '../../src/lib/bytes.ts';
import { DESCRIPTOR_CHARS_MAX, parseDescriptor } from '../../src/wallets/descriptor.ts';
import { descriptorChecksum } from '../../src/wallets/descriptor-checksum.ts';
import { childPublicKey, parseExtendedKey } from '../../src/wallets/extended-key.ts';

const base58check = createBase58check(sha256);
const SLIP77 = '9e96a6b1cb7156b304e379b8a855c4e98ed94bff0ca9cc5fc2133ab1ddc5ebe5';
const master = HDKey.fromMasterSeed(new Uint8Array(64).fill(7));
const account = master.derive("m/49'/1776'/0'");
const fingerprint = master.fingerprint.toString(16).padStart(8, '0');

const verdict = (text: string) => {
  const result = parseExtendedKey(text, 'liquid');
  return result.ok ? 'accepted' : result.error.code;
};
/** A key with some of its serialised bytes changed and the base58 checksum made right again. */
const changed = (key: HDKey, change: (view: DataView) => void) => {
  const bytes = Uint8Array.from(base58check.decode(key.publicExtendedKey));
  change(new DataView(bytes.buffer));
  return `${base58check.encode(bytes)}/0/*`;
};
const encoded = (bytes: ArrayLike<number>) => `${base58check.encode(Uint8Array.from(bytes))}/0/*`;
const descriptorOf = (inner: string, blinding = SLIP77) => `ct(slip77(${blinding}),elsh(wpkh(${inner})))`;
const parsed = (text: string): Descriptor => {
  const result = parseDescriptor(text, 'liquid');
  if (!result.ok) throw new Error(result.error.code);
  return result.value;
};

describe('an extended key', () => {
  test('is read with everything that it says of itself', () => {
    const result = parseExtendedKey(`[${fingerprint}/49'/1776h/0H]${account.publicExtendedKey}/0/*`, 'liquid');
    expect(result.ok && result.value).toEqual({
      publicKey: Uint8Array.from(account.publicKey ?? []),
      chainCode: Uint8Array.from(account.chainCode ?? []),
      depth: 3,
      parentFingerprint: account.parentFingerprint.toString(16).padStart(8, '0'),
      childNumber: 0x8000_0000,
      origin: {
        fingerprint,
        path: [
          { index: 49, hardened: true },
          { index: 1776, hardened: true },
          { index: 0, hardened: true },
        ],
      },
    });
  });

  test('is accepted below the master key that its origin names, however near', () => {
    expect(verdict(`[${fingerprint}]${master.publicExtendedKey}/0/*`)).toBe('accepted');
    expect(verdict(`[${fingerprint}/49']${master.derive("m/49'").publicExtendedKey}/0/*`)).toBe('accepted');
    expect(verdict(`[${fingerprint}/49]${master.derive('m/49').publicExtendedKey}/0/*`)).toBe('accepted');
    expect(verdict(`[${fingerprint}/49'/2147483648']${account.publicExtendedKey}/0/*`)).toBe('descriptor_origin');
  });

  test('of depth 0 has neither a parent nor a number', () => {
    expect(verdict(changed(master, (view) => view.setUint32(5, 1)))).toBe('descriptor_key');
    expect(verdict(changed(master, (view) => view.setUint32(9, 1)))).toBe('descriptor_key');
    expect(verdict(changed(master, () => {}))).toBe('accepted');
  });

  test('in import format is private with its mark and without it, on every network', () => {
    const secret = new Array(32).fill(5);
    for (const bytes of [
      [0x80, ...secret],
      [0x80, ...secret, 1],
      [0xef, ...secret],
      [0xef, ...secret, 1],
    ]) {
      expect(verdict(encoded(bytes))).toBe('descriptor_private_key');
    }
  });

  test('that is none is not called private', () => {
    const some = (length: number, first: number) => Array.from({ length }, (_, i) => (i === 0 ? first : i === 45 ? 0 : 5));
    for (const bytes of [some(33, 0x11), some(34, 0x11), some(32, 0x80), some(35, 0x80), some(79, 0x04), some(3, 0x04), []]) {
      expect(verdict(encoded(bytes))).toBe('descriptor_key');
    }
  });

  test('of another kind of wallet is told apart from one that is unknown', () => {
    const versions = [0x049d7cb2, 0x04b24746, 0x044a5262, 0x045f1cf6, 0x0295b43f, 0x02aa7ed3, 0x024289ef, 0x02575483, 0x043587cf];
    const of = (version: number) => verdict(changed(account, (view) => view.setUint32(0, version)));
    expect(versions.map(of)).toEqual(versions.map(() => 'descriptor_network'));
    expect([of(0x0488b21e), of(0), of(0x0488b21f)]).toEqual(['accepted', 'descriptor_key', 'descriptor_key']);
  });

  test('has children up to the last index that is not hardened', () => {
    const branch = { publicKey: Uint8Array.from(account.publicKey ?? []), chainCode: Uint8Array.from(account.chainCode ?? []) };
    expect(childPublicKey(branch, 2 ** 31 - 1)).toHaveLength(33);
    expect(() => childPublicKey(branch, 2 ** 31)).toThrow('not an address index');
  });
});

describe('a descriptor', () => {
  const inner = `[${fingerprint}/49'/1776'/0']${account.publicExtendedKey}/0/*`;

  test('may have a blinding key with a byte that is zero', () => {
    expect(parsed(descriptorOf(inner, `00${SLIP77.slice(2)}`)).masterBlindingKey.reveal()[0]).toBe(0);
  });

  test('of five hundred characters is not too long, and one of 501 is', () => {
    const codeOf = (length: number) => {
      const result = parseDescriptor(descriptorOf(inner).padEnd(length), 'liquid');
      return result.ok ? 'accepted' : result.error.code;
    };
    expect([codeOf(DESCRIPTOR_CHARS_MAX), codeOf(DESCRIPTOR_CHARS_MAX + 1)]).toEqual(['descriptor_form', 'descriptor_too_long']);
  });

  test('of a master key is unusual in both steps of its path', () => {
    const { warnings } = parsed(descriptorOf(`[${fingerprint}]${master.publicExtendedKey}/0/*`));
    expect(warnings).toEqual(['no_checksum', 'unusual_purpose', 'unusual_coin_type']);
  });

  test('is found again by the name of its chain, which stays what it was when its first address was given out', () => {
    const facts = `liquid|sh-wpkh|${toHex(account.publicKey ?? new Uint8Array())}|${toHex(account.chainCode ?? new Uint8Array())}|0`;
    expect(parsed(descriptorOf(inner)).chainId).toBe(toHex(sha256(facts)));
  });

  test('has no checksum over a character that descriptors do not have', () => {
    expect(() => descriptorChecksum('wpkh(é)')).toThrow('not a descriptor character');
  });
});
