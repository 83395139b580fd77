import type { ClaimOnRecord } from '../../src/swaps/signer.ts';
import { schnorr } from '@noble/curves/secp256k1.js';
import { HDKey } from '@scure/bip32';
import { beforeAll, describe, expect, test } from 'vitest';
import { fromHex, sha256, toHex } from '../../src/lib/bytes.ts';
import { systemRandom } from '../../src/lib/random.ts';
import { Secret } from '../../src/lib/secret.ts';
import { buildClaim, claimSighash, type UnsignedClaim, withWitness } from '../../src/liquid/claim-transaction.ts';
import { liquidNetwork } from '../../src/liquid/network.ts';
import { buildSwapTree } from '../../src/liquid/swap-tree.ts';
import { type LiquidTransaction, parseTransaction } from '../../src/liquid/transaction.ts';
import { readyLiquid } from '../../src/liquid/zkp.ts';
import { makeSigner } from '../../src/swaps/signer.ts';
import { deriveSwapKeys, xpubFingerprint } from '../../src/swaps/swap-keys.ts';
import { lockupTo } from '../support/swap-lockup.ts';

const network = liquidNetwork('regtest');
const seed = new Secret(new Uint8Array(64).fill(5));
const KEY = { era: 1, index: 3 };
const keys = deriveSwapKeys(seed, KEY);
const refundPublicKey = fromHex('03f96c995ae5a8185b09ce404759b30a6ab9b01b55f9736e055f88453b5701d74d');
const terms = { preimageHash: keys.preimageHash, claimPublicKey: keys.publicKey, refundPublicKey, timeoutBlockHeight: 2_000 };
await readyLiquid();
const tree = buildSwapTree(terms);
const destinationOf = (fill: number) => ({
  scriptPubKey: Uint8Array.from([0xa9, 0x14, ...new Uint8Array(20).fill(fill), 0x87]),
  blindingPublicKey: refundPublicKey,
});
const MERCHANT = destinationOf(7);
const THIEF = destinationOf(8);

let lockup: LiquidTransaction;
let honest: UnsignedClaim;
let record: ClaimOnRecord;
const build = (change: { destination?: typeof MERCHANT; vout?: number; feeSats?: bigint } = {}) =>
  buildClaim(
    {
      network,
      lockupHex: lockup.hex,
      lockupVout: change.vout ?? 0,
      lockup: {
        assetId: network.lbtcAsset,
        valueSats: 60_000n,
        assetBlinder: new Uint8Array(32),
        valueBlinder: new Uint8Array(32),
        confidential: false,
      },
      destination: change.destination ?? MERCHANT,
      feeSats: change.feeSats ?? 46n,
    },
    systemRandom,
  );
const claimOf = ({ hex, txid }: { hex: string; txid: string }, signed = false) => ({ hex: new Secret(hex), txid, signed });

beforeAll(async () => {
  lockup = lockupTo(network, [tree.scriptPubKey, tree.scriptPubKey, MERCHANT.scriptPubKey], 60_000n);
  honest = build();
  const lockupOutput = lockup.outputs[0];
  if (!lockupOutput) throw new Error('the lockup has no output');
  record = {
    key: KEY,
    terms,
    lockup: { txid: lockup.txid, vout: 0 },
    lockupOutput,
    destinationScript: MERCHANT.scriptPubKey,
    claim: claimOf(honest),
    revealedAt: null,
  };
});

const signerFor = (stored: ClaimOnRecord | null) =>
  makeSigner({ seed, network, random: systemRandom, readStoredClaim: async () => stored });
const sign = async (change: Partial<ClaimOnRecord>) => {
  const signed = await signerFor({ ...record, ...change }).signStoredClaim('swp_1');
  return signed.ok ? 'signed' : signed.error.code;
};

describe('swap keys', () => {
  test('stand where a restore by xpub looks for them, and the preimage is the hash of the key', () => {
    const root = HDKey.fromMasterSeed(seed.reveal());
    for (const index of [0, 1, 3, 1_000_000]) {
      const node = root.derive(`m/44/0/0/0/${index}`);
      const derived = deriveSwapKeys(seed, { era: 1, index });
      expect(toHex(derived.publicKey)).toBe(toHex(node.publicKey ?? new Uint8Array()));
      expect(toHex(derived.preimage)).toBe(toHex(sha256(node.privateKey ?? new Uint8Array())));
      expect(toHex(derived.preimageHash)).toBe(toHex(sha256(derived.preimage)));
    }
    expect(toHex(deriveSwapKeys(seed, { era: 2, index: 0 }).publicKey)).toBe(
      toHex(root.derive('m/44/0/1/0/0').publicKey ?? new Uint8Array()),
    );
  });

  test('have a fingerprint per era and seed, which is not the xpub', () => {
    expect(xpubFingerprint(seed, 1)).toMatch(/^[0-9a-f]{16}$/);
    const others = [xpubFingerprint(seed, 2), xpubFingerprint(new Secret(new Uint8Array(64).fill(6)), 1)];
    expect(others).not.toContain(xpubFingerprint(seed, 1));
  });

  test('refuse indexes that BIP32 does not have', () => {
    for (const index of [-1, 1.5, 2 ** 31]) expect(() => deriveSwapKeys(seed, { era: 1, index })).toThrow(RangeError);
    expect(() => deriveSwapKeys(seed, { era: 0, index: 0 })).toThrow(RangeError);
  });
});

describe('the signer', () => {
  test('signs the stored claim by the script path, with the same txid', async () => {
    const signed = await signerFor(record).signStoredClaim('swp_1');
    if (!signed.ok) throw new Error(signed.error.code);
    const { claimHash, witness } = signed.value.reveal();
    expect(toHex(claimHash)).toBe(toHex(sha256(honest.hex)));
    expect(parseTransaction(withWitness(honest.hex, witness)).txid).toBe(honest.txid);
    expect(witness.slice(1).map(toHex)).toEqual([keys.preimage, tree.claimLeaf, tree.claimControlBlock].map(toHex));
    const sighash = claimSighash({ network, claimHex: honest.hex, lockupOutput: record.lockupOutput, leaf: tree.claimLeaf });
    expect(schnorr.verify(witness[0] ?? new Uint8Array(), sighash, keys.publicKey.subarray(1))).toBe(true);
  });

  test('refuses when nothing is stored', async () => {
    const signer = signerFor(null);
    expect(await signer.signStoredClaim('swp_1')).toMatchObject({ ok: false, error: { code: 'claim_not_stored' } });
    expect(await signer.startCooperative('swp_1')).toMatchObject({ ok: false, error: { code: 'claim_not_stored' } });
  });

  test.each<[string, string, () => Partial<ClaimOnRecord>]>([
    ['another destination', 'claim_to_other_destination', () => ({ claim: claimOf(build({ destination: THIEF })) })],
    ['a stored destination that is not the leased one', 'claim_to_other_destination', () => ({ destinationScript: THIEF.scriptPubKey })],
    ['no destination', 'claim_to_other_destination', () => ({ destinationScript: new Uint8Array() })],
    ['another output of the lockup', 'claim_of_other_outpoint', () => ({ claim: claimOf(build({ vout: 1 })) })],
    ['another lockup', 'claim_of_other_outpoint', () => ({ lockup: { txid: 'ee'.repeat(32), vout: 0 } })],
    ['a lockup script of another swap', 'lockup_of_other_swap', () => ({ terms: { ...terms, timeoutBlockHeight: 2_001 } })],
    ['a fee above the cap', 'claim_fee_above_cap', () => ({ claim: claimOf(build({ feeSats: 201n })) })],
    ['other bytes than the recorded txid', 'claim_txid', () => ({ claim: { ...claimOf(build()), txid: honest.txid } })],
    ['bytes that are no transaction', 'claim_unreadable', () => ({ claim: claimOf({ hex: 'abcd', txid: honest.txid }) })],
    ['a key index of another swap', 'claim_of_other_key', () => ({ key: { era: 1, index: 4 } })],
    ['a key era of another account', 'claim_of_other_key', () => ({ key: { era: 2, index: 3 } })],
    ['a claim that is signed already', 'claim_signed_already', () => ({ claim: claimOf(honest, true) })],
  ])('refuses %s: %s', async (_name, code, change) => {
    expect(await sign(change())).toBe(code);
  });

  test('accepts a fee of exactly the cap', async () => {
    expect(await sign({ claim: claimOf(build({ feeSats: 200n })) })).toBe('signed');
  });

  test('keeps the preimage until the signed claim is stored and the reveal is committed', async () => {
    const revealedAt = new Date(0);
    const codes = async (change: Partial<ClaimOnRecord>) => {
      const signer = signerFor({ ...record, ...change });
      const joint = await signer.startCooperative('swp_1');
      return joint.ok ? toHex(joint.value.preimage.reveal()) : joint.error.code;
    };
    expect(await codes({})).toBe('claim_not_signed');
    expect(await codes({ revealedAt })).toBe('claim_not_signed');
    expect(await codes({ claim: claimOf(honest, true) })).toBe('reveal_not_committed');
    const forged = claimOf(build({ destination: THIEF }), true);
    expect(await codes({ claim: forged, revealedAt })).toBe('claim_to_other_destination');
    expect(await codes({ claim: claimOf(honest, true), revealedAt })).toBe(toHex(keys.preimage));
  });

  test('gives no signature for what is no signature of the provider', async () => {
    const signed = await signerFor(record).signStoredClaim('swp_1');
    if (!signed.ok) throw new Error(signed.error.code);
    const hex = withWitness(honest.hex, signed.value.reveal().witness);
    const stored = { ...record, claim: claimOf({ hex, txid: honest.txid }, true), revealedAt: new Date(0) };
    const joint = await signerFor(stored).startCooperative('swp_1');
    if (!joint.ok) throw new Error(joint.error.code);
    expect(withWitness(hex, [])).toBe(honest.hex);
    await expect(joint.value.finish(new Uint8Array(66), new Uint8Array(32))).rejects.toThrow();
  });

  test('prints nothing of what it hands out', async () => {
    const signed = await signerFor(record).signStoredClaim('swp_1');
    expect(JSON.stringify(signed)).toBe('{"ok":true,"value":"[secret]"}');
  });
});
