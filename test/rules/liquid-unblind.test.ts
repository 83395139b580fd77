import type { LiquidOutput } from '../../src/liquid/transaction.ts';
import { createHash } from 'node:crypto';
import { beforeAll, describe, expect, test } from 'vitest';
import { fromHex, toHex } from '../../src/lib/bytes.ts';
import { Secret } from '../../src/lib/secret.ts';
import { liquidNetwork } from '../../src/liquid/network.ts';
import { parseTransaction } from '../../src/liquid/transaction.ts';
import { unblindOutput } from '../../src/liquid/unblind.ts';
import { readyLiquid, zkp } from '../../src/liquid/zkp.ts';
import { deriveBlindingKey } from '../../src/wallets/derive-address.ts';
import { unblindVectors as vectors } from '../support/liquid-vectors.ts';

beforeAll(readyLiquid);

const rows = vectors.cases.flatMap((found) =>
  found.outputs.map((expected) => ({ id: found.id, hex: found.hex, txid: found.txid, expected })),
);
const lbtc = liquidNetwork('regtest').lbtcAsset;

function outputOf(hex: string, vout: number): LiquidOutput {
  const output = parseTransaction(hex).outputs[vout];
  if (!output) throw new Error('no such output');
  return output;
}
function caseOf(id: string) {
  const row = rows.find((found) => found.id === id);
  if (!row) throw new Error(`no vector ${id}`);
  return { output: outputOf(row.hex, row.expected.vout), key: fromHex(row.expected.blindingPrivateKey), expected: row.expected };
}

describe('an output made by a real node', () => {
  test.each(rows)('($id, output $expected.vout) is read as the node reads it', ({ hex, txid, expected }) => {
    const transaction = parseTransaction(hex);
    const output = outputOf(hex, expected.vout);
    const opened = unblindOutput(output, fromHex(expected.blindingPrivateKey));
    expect(transaction.txid).toBe(txid);
    expect(toHex(output.script)).toBe(expected.scriptPubKey);
    expect(opened).toEqual({
      assetId: expected.asset,
      valueSats: BigInt(expected.value),
      assetBlinder: fromHex(expected.assetBlinder),
      valueBlinder: fromHex(expected.valueBlinder),
      confidential: expected.confidential,
    });
    expect(opened?.assetId === lbtc).toBe(expected.isLbtc);
    const key = deriveBlindingKey(new Secret(fromHex(expected.slip77MasterKey)), output.script);
    expect(toHex(key.reveal())).toBe(expected.blindingPrivateKey);
  });

  test('of a worthless asset does not pass for L-BTC, whatever its number says', () => {
    for (const id of ['other_asset_conf', 'other_asset_explicit']) {
      const { output, key } = caseOf(id);
      expect(unblindOutput(output, key)?.assetId).not.toBe(lbtc);
    }
  });

  test('stays closed to any other key', () => {
    const { output } = caseOf('lbtc_conf_sh');
    expect(unblindOutput(output, new Uint8Array(32).fill(9))).toBeNull();
    expect(unblindOutput(output, caseOf('lbtc_conf_wpkh').key)).toBeNull();
  });
});

describe('an output that was tampered with is not read', () => {
  const { output, key } = caseOf('lbtc_conf_sh');
  const other = caseOf('lbtc_conf_wpkh').output;
  const asset = caseOf('other_asset_conf').output;
  const flipped = Uint8Array.from(output.rangeProof);
  flipped[200] = (flipped[200] ?? 0) ^ 1;

  test.each<[string, Partial<LiquidOutput>]>([
    ['with one bit of its proof', { rangeProof: flipped }],
    ['with no proof', { rangeProof: new Uint8Array() }],
    ['with the proof of another', { rangeProof: other.rangeProof }],
    ['with the value commitment of another', { value: other.value }],
    ['with the asset commitment of another', { asset: asset.asset }],
    ['with another script', { script: other.script }],
    ['with no nonce', { nonce: Uint8Array.of(0) }],
    ['with a nonce off the curve', { nonce: new Uint8Array(33).fill(0xff) }],
    ['with an asset that is cut', { asset: output.asset.slice(1) }],
    ['with a value that is cut', { value: output.value.slice(1) }],
    ['with an open value of a hidden asset', { value: caseOf('other_asset_explicit').output.value }],
  ])('%s', (_how, change) => {
    expect(unblindOutput({ ...output, ...change }, key)).toBeNull();
  });

  test('and the same key reads it untouched', () => {
    expect(unblindOutput(output, key)?.valueSats).toBe(123_456n);
  });

  test('while a key that is no key is a fault', () => {
    expect(() => unblindOutput(output, new Uint8Array(32))).toThrow(RangeError);
    expect(() => unblindOutput(output, key.slice(1))).toThrow(RangeError);
  });
});

test('a hidden amount of an open asset is read too', () => {
  const { key } = caseOf('lbtc_conf_sh');
  const { generator, pedersen, rangeproof, ecc, ecdh } = zkp();
  const assetBytes = fromHex(lbtc).reverse();
  const plain = generator.generate(assetBytes);
  const blinder = new Uint8Array(32).fill(3);
  const value = pedersen.commitment('777', plain, blinder);
  const ephemeral = new Uint8Array(32).fill(4);
  const nonce = ecc.pointFromScalar(ephemeral, true);
  const script = fromHex('0014cefbc5730b0708273d93ec8b5c702318d0f40801');
  const shared = sha256Of(ecdh(ecc.pointFromScalar(key, true), ephemeral));
  const message = Uint8Array.from([...assetBytes, ...new Uint8Array(32)]);
  const rangeProof = rangeproof.sign('777', value, plain, blinder, shared, '1', '0', '52', message, script);
  const asset = Uint8Array.from([1, ...assetBytes]);
  const opened = unblindOutput({ script, asset, value, nonce, rangeProof, surjectionProof: new Uint8Array() }, key);
  expect(opened).toMatchObject({
    assetId: lbtc,
    valueSats: 777n,
    confidential: true,
    assetBlinder: new Uint8Array(32),
    valueBlinder: blinder,
  });
});

describe('a transaction', () => {
  const hex = vectors.cases[0]?.hex ?? '';

  test.each([
    ['that is empty', ''],
    ['of half a byte', hex.slice(0, -1)],
    ['that is cut', hex.slice(0, -2)],
    ['that goes on', `${hex}00`],
    ['with letters', `${hex.slice(0, -2)}zz`],
    ['with a space in front', ` ${hex}`],
    ['without inputs', '02000000000000000000000000'],
    ['that is endless', '00'.repeat(1_000_001)],
  ])('%s is not read', (_what, text) => {
    expect(() => parseTransaction(text)).toThrow();
  });

  test('cut anywhere is not read', () => {
    for (let length = 2; length < hex.length; length += 194) expect(() => parseTransaction(hex.slice(0, length))).toThrow();
  });

  test('tells whether it may be replaced', () => {
    expect(parseTransaction(hex).signalsReplacement).toBe(true);
    const final = hex.replace(/(0000000000)fdffffff03/, '$1ffffffff03');
    expect(final).not.toBe(hex);
    expect(parseTransaction(final).signalsReplacement).toBe(false);
    expect(parseTransaction(hex.replace(/(0000000000)fdffffff03/, '$1feffffff03')).signalsReplacement).toBe(false);
    expect(parseTransaction(final).txid).not.toBe(parseTransaction(hex).txid);
  });
});

function sha256Of(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(createHash('sha256').update(bytes).digest());
}
