import type { Transaction } from './transaction.ts';
import { hasWitness, serialise, writeOutputWitness } from './transaction.ts';

const COMMITMENT_BYTES = 33;
const EXPLICIT_VALUE_BYTES = 9;
const EMPTY_OUTPUT_WITNESS_BYTES = 2;

/** Virtual sizes in vbytes, rounded up: whole, and discounted as ELIP-200 says (confidential outputs count as explicit ones without proofs). */
export function transactionSizes(tx: Transaction): {
  readonly size: number;
  readonly weight: number;
  readonly vsize: number;
  readonly discountVsize: number;
} {
  const size = serialise(tx, hasWitness(tx)).length;
  const weight = serialise(tx, false).length * 3 + size;
  let discounted = weight;
  for (const output of tx.outputs) {
    if (hasWitness(tx)) discounted -= writeOutputWitness(output).length - EMPTY_OUTPUT_WITNESS_BYTES;
    if (output.value.length === COMMITMENT_BYTES) discounted -= (COMMITMENT_BYTES - EXPLICIT_VALUE_BYTES) * 4;
    if (output.nonce.length === COMMITMENT_BYTES) discounted -= (COMMITMENT_BYTES - 1) * 4;
  }
  return { size, weight, vsize: Math.ceil(weight / 4), discountVsize: Math.ceil(discounted / 4) };
}
