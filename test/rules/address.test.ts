import type { Descriptor } from '../../src/wallets/descriptor.ts';
import { createHash } from 'node:crypto';
import { HDKey } from '@scure/bip32';
import { liquid, regtest, testnet } from 'liquidjs-lib/src/networks.js';
import { describe, expect, test } from 'vitest';
import { fromHex, toHex } from '../../src/lib/bytes.ts';
import { sats } from '../../src/lib/money.ts';
import { Secret } from '../../src/lib/secret.ts';
import { confidentialAddress, liquidUri, parseConfidentialAddress, unconfidentialAddress } from '../../src/liquid/address.ts';
import { liquidNetwork } from '../../src/liquid/network.ts';
import { deriveAddress, deriveBlindingKey, deriveScript } from '../../src/wallets/derive-address.ts';
import { parseDescriptor } from '../../src/wallets/descriptor.ts';
import { childPublicKey } from '../../src/wallets/extended-key.ts';
import { descriptorVectors as vectors } from '../support/liquid-vectors.ts';

const NAMES = ['liquid', 'testnet', 'regtest'] as const;

function parsed(text: string, network: (typeof NAMES)[number]): Descriptor {
  const result = parseDescriptor(text, network);
  if (!result.ok) throw new Error(result.error.code);
  return result.value;
}

describe('every address of the vectors', () => {
  test.each([...vectors.descriptors, ...vectors.known.map((row) => ({ ...row, id: row.source }))])(
    'of $id is derived as published',
    (row) => {
      const descriptor = parsed(row.descriptor, row.network);
      const network = liquidNetwork(row.network);
      const high = 'highIndices' in row && row.highIndices ? row.highIndices : [];
      for (const expected of [...row.addresses, ...high]) {
        const address = deriveAddress(descriptor, expected.index);
        expect(toHex(address.scriptPubKey)).toBe(expected.scriptPubKey);
        expect(address.confidential).toBe(expected.confidential);
        if (expected.unconfidential) expect(address.unconfidential).toBe(expected.unconfidential);
        if (expected.blindingPubkey) expect(toHex(address.blindingPublicKey)).toBe(expected.blindingPubkey);
        if (expected.blindingPrivkey) expect(toHex(address.blindingPrivateKey.reveal())).toBe(expected.blindingPrivkey);
        if (expected.esploraScripthash)
          expect(createHash('sha256').update(address.scriptPubKey).digest('hex')).toBe(expected.esploraScripthash);
        const { scriptPubKey, blindingPublicKey } = address;
        expect(parseConfidentialAddress(network, address.confidential)).toEqual({ scriptPubKey, blindingPublicKey });
      }
    },
  );

  test.each(vectors.descriptors)('of $id has the public key that another BIP-32 implementation derives', (row) => {
    const versions = { public: row.network === 'liquid' ? 0x0488b21e : 0x043587cf, private: 0x0488ade4 };
    const branch = HDKey.fromExtendedKey(row.xpub, versions).deriveChild(0);
    const descriptor = parsed(row.descriptor, row.network);
    for (const index of [0, 20, 65_535, 2 ** 31 - 1]) {
      const expected = branch.deriveChild(index).publicKey;
      expect(expected && toHex(expected)).toBe(toHex(childPublicKey(descriptor.branch, index)));
    }
  });

  test.each(vectors.taprootLockupAddresses)('of a taproot lockup on $network is written and read', (row) => {
    const network = liquidNetwork(row.network);
    const scriptPubKey = fromHex(row.scriptPubKey);
    const blindingPublicKey = fromHex(row.blindingPubkey);
    expect(confidentialAddress(network, scriptPubKey, blindingPublicKey)).toBe(row.confidential);
    expect(unconfidentialAddress(network, scriptPubKey)).toBe(row.unconfidential);
    expect(parseConfidentialAddress(network, row.confidential)).toEqual({ scriptPubKey, blindingPublicKey });
    expect(parseConfidentialAddress(network, row.confidential.toUpperCase())).toEqual({ scriptPubKey, blindingPublicKey });
  });

  test.each(vectors.slip77Known)('of the known SLIP-77 master key is blinded as published', (row) => {
    const key = deriveBlindingKey(new Secret(fromHex(row.slip77MasterKey)), fromHex(row.scriptPubKey));
    const read = parseConfidentialAddress(liquidNetwork('regtest'), row.confidentialAddressRegtest);
    expect(read && toHex(read.scriptPubKey)).toBe(row.scriptPubKey);
    expect(read && toHex(read.blindingPublicKey)).toBe(row.blindingPubkey);
    expect(key.reveal()).toHaveLength(32);
    expect(confidentialAddress(liquidNetwork('regtest'), fromHex(row.scriptPubKey), fromHex(row.blindingPubkey))).toBe(
      row.confidentialAddressRegtest,
    );
  });
});

describe('an address is not read', () => {
  const network = liquidNetwork('regtest');
  const [row] = vectors.taprootLockupAddresses.filter((taproot) => taproot.network === 'regtest');
  const taproot = row?.confidential ?? '';
  const script = vectors.descriptors.find((found) => found.network === 'regtest' && found.type === 'sh-wpkh')?.addresses[0];
  const legacy = script?.confidential ?? '';

  test.each([
    ['when it is empty', ''],
    ['without its blinding key, taproot', row?.unconfidential ?? ''],
    ['without its blinding key, script hash', script?.unconfidential ?? ''],
    ['in mixed case', taproot.slice(0, -1) + taproot.slice(-1).toUpperCase()],
    ['cut short', taproot.slice(0, -1)],
    ['with a symbol of no alphabet', taproot.replace(/.$/, 'b')],
    ['with a space', ` ${taproot}`],
    ['cut short, script hash', legacy.slice(0, -1)],
    ['when it is endless', `el1${'q'.repeat(5_000)}`],
    ['when it is endless, base58', 'A'.repeat(5_000)],
  ])('%s', (_why, text) => {
    expect(parseConfidentialAddress(network, text)).toBeNull();
  });

  test('with any one of its symbols changed', () => {
    for (let at = 3; at < taproot.length; at++) {
      const other = taproot[at] === 'q' ? 'p' : 'q';
      expect(parseConfidentialAddress(network, taproot.slice(0, at) + other + taproot.slice(at + 1))).toBeNull();
    }
  });

  test('on another network', () => {
    for (const name of ['liquid', 'testnet'] as const) {
      expect(parseConfidentialAddress(liquidNetwork(name), taproot)).toBeNull();
      expect(parseConfidentialAddress(liquidNetwork(name), legacy)).toBeNull();
    }
  });
});

describe('deriving', () => {
  const descriptor = parsed(vectors.descriptors[0]?.descriptor ?? '', 'liquid');

  test('refuses an index that is none', () => {
    for (const index of [-1, 2 ** 31, 0.5, Number.NaN]) expect(() => deriveAddress(descriptor, index)).toThrow(RangeError);
  });

  test('gives the same script alone as with its address', () => {
    expect(deriveScript(descriptor, 3)).toEqual(deriveAddress(descriptor, 3).scriptPubKey);
  });

  test('writes no address for a script that has none, and none for a key that is none', () => {
    const network = liquidNetwork('liquid');
    const key = deriveAddress(descriptor, 0).blindingPublicKey;
    for (const script of ['', '6a', '5120', `0015${'00'.repeat(21)}`, `5121${'00'.repeat(33)}`, `a914${'00'.repeat(20)}88`]) {
      expect(() => confidentialAddress(network, fromHex(script), key)).toThrow(RangeError);
      expect(() => unconfidentialAddress(network, fromHex(script))).toThrow(RangeError);
    }
    expect(() => confidentialAddress(network, fromHex(`0014${'00'.repeat(20)}`), new Uint8Array(33))).toThrow(RangeError);
  });
});

describe('the networks', () => {
  test.each(NAMES)('%s has the constants that liquidjs-lib knows', (name) => {
    const ours = liquidNetwork(name);
    const theirs = { liquid, regtest, testnet }[name];
    expect(ours.lbtcAsset).toBe(theirs.assetHash);
    expect(toHex(fromHex(ours.genesisBlockHash).reverse())).toBe(theirs.genesisBlockHash.toString('hex'));
    expect(ours.xpubVersion).toBe(theirs.bip32.public);
    expect(ours.address).toEqual({
      confidential: theirs.confidentialPrefix,
      pubKeyHash: theirs.pubKeyHash,
      scriptHash: theirs.scriptHash,
      bech32: theirs.bech32,
      blech32: theirs.blech32,
    });
  });

  test('write payment URIs with eight decimals and the asset', () => {
    const asset = '6f0279e9ed041c3d710a9f57d0c02928416460c4b722ae3457a11eec381c526d';
    expect(liquidUri(liquidNetwork('liquid'), 'lq1x', sats(62_341n))).toBe(`liquidnetwork:lq1x?amount=0.00062341&assetid=${asset}`);
    expect(liquidUri(liquidNetwork('testnet'), 'tlq1x', sats(100_000_000n))).toMatch(/^liquidtestnet:tlq1x\?amount=1\.00000000&/);
    expect(liquidUri(liquidNetwork('regtest'), 'el1x', sats(1n))).toMatch(/^liquidtestnet:el1x\?amount=0\.00000001&/);
  });
});
