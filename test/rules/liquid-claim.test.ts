import type { ClaimRequest } from '../../src/liquid/claim-transaction.ts';
import type { Unblinded } from '../../src/liquid/unblind.ts';
import { schnorr, secp256k1 } from '@noble/curves/secp256k1.js';
import { Transaction } from 'liquidjs-lib/src/transaction.js';
import { describe, expect, test } from 'vitest';
import { fromHex, toHex } from '../../src/lib/bytes.ts';
import { systemRandom } from '../../src/lib/random.ts';
import { parseConfidentialAddress } from '../../src/liquid/address.ts';
import {
  buildClaim,
  CLAIM_FEE_SATS,
  claimSighash,
  keyPathWitness,
  scriptPathWitness,
  withWitness,
} from '../../src/liquid/claim-transaction.ts';
import { liquidNetwork } from '../../src/liquid/network.ts';
import { buildSwapTree } from '../../src/liquid/swap-tree.ts';
import { parseTransaction } from '../../src/liquid/transaction.ts';
import { unblindOutput } from '../../src/liquid/unblind.ts';
import { readyLiquid, zkp } from '../../src/liquid/zkp.ts';
import { swapVectors as vector } from '../support/liquid-vectors.ts';

const network = liquidNetwork('regtest');
await readyLiquid();
const tree = buildSwapTree({
  preimageHash: fromHex(vector.preimageHash),
  claimPublicKey: fromHex(vector.claimPublicKey),
  refundPublicKey: fromHex(vector.refundPublicKey),
  timeoutBlockHeight: vector.timeoutBlockHeight,
});
const lockupTransaction = parseTransaction(vector.lockup.hex);
const lockupOutput = at(lockupTransaction.outputs, vector.lockup.vout);
const destination = parseConfidentialAddress(network, vector.merchant.confidential);
const zeros = new Uint8Array(32);

function at<T>(list: readonly T[], index: number): T {
  const found = list[index];
  if (found === undefined) throw new Error('missing');
  return found;
}
function readLockup(vout = vector.lockup.vout): Unblinded {
  const opened = unblindOutput(at(lockupTransaction.outputs, vout), fromHex(vector.blindingPrivateKey));
  if (!opened) throw new Error('the lockup did not open');
  return opened;
}
function request(change: Partial<ClaimRequest> = {}): ClaimRequest {
  if (!destination) throw new Error('no destination');
  const { hex: lockupHex, vout: lockupVout } = vector.lockup;
  return { network, lockupHex, lockupVout, lockup: readLockup(), destination, feeSats: CLAIM_FEE_SATS, ...change };
}
function point(commitment: Uint8Array): InstanceType<typeof secp256k1.Point> {
  // A commitment's first byte says whether y is a square (08/0a) or not (09/0b), not whether it is odd.
  const x = BigInt(`0x${toHex(commitment.subarray(1))}`);
  const { p } = secp256k1.Point.CURVE();
  const even = secp256k1.Point.fromHex(`02${x.toString(16).padStart(64, '0')}`);
  const isSquare = power(even.y, (p - 1n) / 2n, p) === 1n;
  return isSquare === ((at([...commitment], 0) & 1) === 0) ? even : even.negate();
}
function power(base: bigint, exponent: bigint, modulus: bigint): bigint {
  let result = 1n;
  for (let square = base, rest = exponent; rest > 0n; rest >>= 1n, square = (square * square) % modulus) {
    if (rest & 1n) result = (result * square) % modulus;
  }
  return result;
}

describe('the sighash of a claim', () => {
  test('is the published one on both paths, and the published signature is valid under it', () => {
    const key = claimSighash({ network, claimHex: vector.cooperativeClaim.hex, lockupOutput, leaf: null });
    const script = claimSighash({ network, claimHex: vector.scriptPathClaim.hex, lockupOutput, leaf: tree.claimLeaf });
    expect(toHex(key)).toBe(vector.cooperativeClaim.sighash);
    expect(toHex(script)).toBe(vector.scriptPathClaim.sighash);
    expect(schnorr.verify(fromHex(vector.cooperativeClaim.signature), key, tree.outputKey)).toBe(true);
    const [signature] = at(Transaction.fromHex(vector.scriptPathClaim.hex).ins, 0).witness;
    expect(schnorr.verify(signature ?? zeros, script, fromHex(vector.claimPublicKey).slice(1))).toBe(true);
  });

  test('is another on another chain, for another lockup and on the other path', () => {
    const claimHex = vector.cooperativeClaim.hex;
    const other = at(lockupTransaction.outputs, 2);
    const hashes = [
      claimSighash({ network, claimHex, lockupOutput, leaf: null }),
      claimSighash({ network: liquidNetwork('liquid'), claimHex, lockupOutput, leaf: null }),
      claimSighash({ network, claimHex, lockupOutput: { ...lockupOutput, value: other.value }, leaf: null }),
      claimSighash({ network, claimHex, lockupOutput: { ...lockupOutput, asset: other.asset }, leaf: null }),
      claimSighash({ network, claimHex, lockupOutput, leaf: tree.claimLeaf }),
      claimSighash({ network, claimHex, lockupOutput, leaf: tree.refundLeaf }),
    ].map(toHex);
    expect(new Set(hashes).size).toBe(hashes.length);
  });

  test('does not depend on a witness, and the witness does not change the txid', () => {
    const bare = withWitness(vector.scriptPathClaim.hex, keyPathWitness(new Uint8Array(64).fill(1)));
    expect(toHex(claimSighash({ network, claimHex: bare, lockupOutput, leaf: tree.claimLeaf }))).toBe(vector.scriptPathClaim.sighash);
    expect(parseTransaction(bare).txid).toBe(vector.scriptPathClaim.txid);
  });
});

describe('the witness', () => {
  test('of the script path is put together as published, byte for byte', () => {
    const bare = withWitness(vector.scriptPathClaim.hex, keyPathWitness(new Uint8Array(64)));
    const witness = at(Transaction.fromHex(vector.scriptPathClaim.hex).ins, 0).witness;
    const signature = Uint8Array.from(witness[0] ?? []);
    expect(withWitness(bare, scriptPathWitness(tree, signature, fromHex(vector.preimage)))).toBe(vector.scriptPathClaim.hex);
  });

  test('of the key path is put together as published, byte for byte', () => {
    const bare = withWitness(vector.cooperativeClaim.hex, keyPathWitness(new Uint8Array(64)));
    expect(withWitness(bare, keyPathWitness(fromHex(vector.cooperativeClaim.signature)))).toBe(vector.cooperativeClaim.hex);
  });

  test('refuses a signature or a preimage of another length', () => {
    const { hex } = vector.cooperativeClaim;
    expect(() => withWitness(hex, keyPathWitness(new Uint8Array(65)))).toThrow(RangeError);
    expect(() => withWitness(hex, scriptPathWitness(tree, new Uint8Array(64), new Uint8Array(33)))).toThrow(RangeError);
    expect(() => withWitness(hex, scriptPathWitness(tree, new Uint8Array(63), zeros))).toThrow(RangeError);
    expect(() => withWitness('00', keyPathWitness(new Uint8Array(64)))).toThrow();
  });
});

describe('a claim that we build', () => {
  test('spends the lockup alone, pays all but the fee to the merchant, and says the fee openly', () => {
    const claim = buildClaim(request(), systemRandom);
    const read = parseTransaction(claim.hex);
    const [paid, fee] = read.outputs;
    expect(read.txid).toBe(claim.txid);
    expect(read.inputs).toEqual([{ txid: vector.lockup.txid, vout: vector.lockup.vout, sequence: 0xfffffffd }]);
    expect(read.outputs).toHaveLength(2);
    expect(paid && toHex(paid.script)).toBe(vector.merchant.scriptPubKey);
    expect(paid && unblindOutput(paid, fromHex(vector.merchant.blindingPrivateKey))).toMatchObject({
      assetId: network.lbtcAsset,
      valueSats: 250_000n - CLAIM_FEE_SATS,
      confidential: true,
    });
    expect(claim.outputSats + claim.feeSats).toBe(250_000n);
    expect(fee?.script).toHaveLength(0);
    expect(fee && unblindOutput(fee, fromHex(vector.blindingPrivateKey))).toMatchObject({
      assetId: network.lbtcAsset,
      valueSats: CLAIM_FEE_SATS,
      confidential: false,
    });
  });

  test('balances, and its proofs hold, by an arithmetic of their own', () => {
    const [paid] = parseTransaction(buildClaim(request(), systemRandom).hex).outputs;
    if (!paid) throw new Error('no output');
    const { generator, rangeproof, surjectionproof } = zkp();
    const plain = point(generator.generate(fromHex(network.lbtcAsset).reverse()));
    const sum = point(paid.value).add(plain.multiply(CLAIM_FEE_SATS));
    expect(sum.equals(point(lockupOutput.value))).toBe(true);
    expect(rangeproof.verify(paid.rangeProof, paid.value, paid.asset, paid.script)).toBe(true);
    expect(rangeproof.verify(paid.rangeProof, paid.value, paid.asset, zeros)).toBe(false);
    expect(surjectionproof.verify(paid.surjectionProof, [lockupOutput.asset], paid.asset)).toBe(true);
    expect(surjectionproof.verify(paid.surjectionProof, [paid.asset], paid.asset)).toBe(false);
  });

  test('pays at least the relay fee on its discounted size, on both paths', () => {
    const { hex } = buildClaim(request(), systemRandom);
    const signature = new Uint8Array(64).fill(1);
    const scriptPath = Transaction.fromHex(withWitness(hex, scriptPathWitness(tree, signature, fromHex(vector.preimage))));
    const keyPath = Transaction.fromHex(withWitness(hex, keyPathWitness(signature)));
    for (const claim of [scriptPath, keyPath])
      expect(CLAIM_FEE_SATS).toBeGreaterThanOrEqual(BigInt(Math.ceil(claim.virtualSize() * 0.1)) * 2n);
    expect(scriptPath.virtualSize()).toBeLessThanOrEqual(vector.scriptPathClaim.discountVsize + 1);
    expect(keyPath.virtualSize(false)).toBeLessThanOrEqual(vector.cooperativeClaim.vsize + 1);
  });

  test('is blinded afresh each time', () => {
    expect(buildClaim(request(), systemRandom).txid).not.toBe(buildClaim(request(), systemRandom).txid);
  });

  test('of an open lockup balances as well', () => {
    const explicit = readLockup(2);
    expect(explicit.confidential).toBe(false);
    const claim = buildClaim(request({ lockupVout: 2, lockup: explicit }), systemRandom);
    const [paid] = parseTransaction(claim.hex).outputs;
    if (!paid) throw new Error('no output');
    const plain = point(zkp().generator.generate(fromHex(network.lbtcAsset).reverse()));
    expect(point(paid.value).equals(plain.multiply(explicit.valueSats - CLAIM_FEE_SATS))).toBe(true);
    expect(unblindOutput(paid, fromHex(vector.merchant.blindingPrivateKey))?.valueSats).toBe(explicit.valueSats - CLAIM_FEE_SATS);
  });
});

describe('no claim is built', () => {
  test.each<[string, () => Partial<ClaimRequest>]>([
    ['on another asset', () => ({ lockup: { ...readLockup(), assetId: '11'.repeat(32) } })],
    ['on a network whose L-BTC is another', () => ({ network: liquidNetwork('liquid') })],
    ['for more than the lockup holds', () => ({ lockup: { ...readLockup(), valueSats: 250_001n } })],
    ['for less than the lockup holds', () => ({ lockup: { ...readLockup(), valueSats: 249_999n } })],
    ['with a foreign value blinder', () => ({ lockup: { ...readLockup(), valueBlinder: new Uint8Array(32).fill(1) } })],
    ['with a foreign asset blinder', () => ({ lockup: { ...readLockup(), assetBlinder: new Uint8Array(32).fill(1) } })],
    ['on an output that is another', () => ({ lockupVout: 1 })],
    ['on an output that is not there', () => ({ lockupVout: 99 })],
    ['on a hidden lockup said to be open', () => ({ lockup: { ...readLockup(), confidential: false } })],
    ['without a fee', () => ({ feeSats: 0n })],
    ['with a negative fee', () => ({ feeSats: -1n })],
    ['when the fee eats it all', () => ({ feeSats: 250_000n })],
    ['from half a transaction', () => ({ lockupHex: vector.lockup.hex.slice(0, 200) })],
    [
      'to a blinding key that is none',
      () => ({ destination: { scriptPubKey: fromHex(vector.merchant.scriptPubKey), blindingPublicKey: new Uint8Array(33) } }),
    ],
  ])('%s', (_why, change) => {
    expect(() => buildClaim(request(change()), systemRandom)).toThrow();
  });

  test('without chance', () => {
    expect(() => buildClaim(request(), (size) => new Uint8Array(size))).toThrow('chance');
  });
});
