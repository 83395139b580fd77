import type { Transaction, TxOutput } from './transaction.ts';
import type { Zkp } from './zkp.ts';
import { secp256k1 } from '@noble/curves/secp256k1.js';
import { toHex } from '../../src/lib/bytes.ts';
import { assetGenerator, explicitValue, SURJECTION_INPUTS_MAX } from './confidential.ts';
import { scriptKind } from './script.ts';

type Point = InstanceType<typeof secp256k1.Point>;

/** All the L-BTC there could be; elementsd's bound for one amount. */
const MONEY_MAX = 2_100_000_000_000_000n;

/**
 * Do the inputs hold exactly what the outputs (the fee among them) hold, of each asset? The sum of all commitments must be nothing, every hidden
 * value must prove that it is not negative, and every hidden asset that it is one of the inputs'.
 */
export function amountsBalance(zkp: Zkp, tx: Transaction, spent: readonly TxOutput[]): boolean {
  try {
    const inputGenerators = spent.map((output) => assetGenerator(zkp, output.asset));
    let sum = secp256k1.Point.ZERO;
    for (const output of spent) sum = sum.add(valuePoint(zkp, output));
    for (const output of tx.outputs) sum = sum.subtract(valuePoint(zkp, output));
    return sum.is0() && tx.outputs.every((output) => hasRangeProof(zkp, output) && hasSurjectionProof(zkp, output, inputGenerators));
  } catch {
    return false; // a commitment that is no point of the curve
  }
}

function hasRangeProof(zkp: Zkp, output: TxOutput): boolean {
  if (output.value[0] === 1) return output.rangeProof.length === 0 && isPayable(output);
  if (output.rangeProof.length === 0) return false;
  return zkp.rangeproof.verify(output.rangeProof, output.value, assetGenerator(zkp, output.asset), output.script);
}

/** Nothing may be sent nowhere: only outputs that cannot be spent may be worth zero. */
function isPayable(output: TxOutput): boolean {
  const value = explicitValue(output);
  return value <= MONEY_MAX && (value > 0n || output.script.length === 0 || scriptKind(output.script) === 'op_return');
}

function hasSurjectionProof(zkp: Zkp, output: TxOutput, inputGenerators: Uint8Array[]): boolean {
  if (output.asset[0] === 1) return output.surjectionProof.length === 0;
  if (output.surjectionProof.length === 0 || inputGenerators.length > SURJECTION_INPUTS_MAX) return false;
  return zkp.surjectionproof.verify(output.surjectionProof, inputGenerators, output.asset);
}

/** value·H(asset) + blinder·G: as committed, or computed where the value is in the open. */
function valuePoint(zkp: Zkp, output: TxOutput): Point {
  if (output.value[0] !== 1) return commitmentPoint(output.value, 0x08);
  const value = explicitValue(output);
  if (value === 0n) return secp256k1.Point.ZERO;
  return commitmentPoint(assetGenerator(zkp, output.asset), 0x0a).multiply(value);
}

/** libsecp256k1-zkp writes a point as its x and one bit: `base` when y is a square, `base + 1` when it is not. */
function commitmentPoint(bytes: Uint8Array, base: number): Point {
  const { Fp } = secp256k1.Point;
  const x = BigInt(`0x${toHex(bytes.slice(1))}`);
  const root = Fp.sqrt(Fp.add(Fp.mul(Fp.sqr(x), x), 7n)); // throws when x is not on the curve
  const square = isSquare(root) ? root : Fp.neg(root);
  const point = secp256k1.Point.fromAffine({ x, y: bytes[0] === base ? square : Fp.neg(square) });
  point.assertValidity();
  return point;
}

function isSquare(value: bigint): boolean {
  const { Fp } = secp256k1.Point;
  return Fp.pow(value, (Fp.ORDER - 1n) / 2n) === 1n;
}
