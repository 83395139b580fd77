import type { Random } from '../../src/lib/random.ts';
import type { Opened, PlainOutput } from './confidential.ts';
import type { Transaction, TxInput, TxOutput } from './transaction.ts';
import type { Zkp } from './zkp.ts';
import { secp256k1 } from '@noble/curves/secp256k1.js';
import { join } from './codec.ts';
import { blindOutputs, explicitOutput } from './confidential.ts';
import { hash160 } from './script.ts';
import { keyHashScriptCode, SIGHASH_ALL, segwitSighash } from './sighash.ts';
import { EMPTY } from './transaction.ts';
import { transactionSizes } from './transaction-size.ts';

/** A coin to spend: where it lies, its output as on the chain, and what is inside. */
export type Coin = { readonly txid: string; readonly vout: number; readonly output: TxOutput; readonly opened: Opened };

export type Plan = {
  readonly coins: readonly Coin[];
  readonly outputs: readonly PlainOutput[];
  readonly feeSats: bigint;
  readonly lbtcAsset: string;
  readonly sequence: number;
  readonly locktime: number;
};

export const SEQUENCE_FINAL = 0xffff_ffff;
/** Allows a lock time, no replacement (BIP-125). */
export const SEQUENCE_LOCKTIME = 0xffff_fffe;
/** Allows a lock time and replacement. */
export const SEQUENCE_REPLACEABLE = 0xffff_fffd;
/** elementsd's minimum relay fee on Liquid: 0.1 sat per discounted vbyte. */
const MIN_FEE_SATS_PER_KVB = 100n;

export type Built = { readonly tx: Transaction; readonly opened: readonly Opened[] };

/**
 * The whole transaction, blinded, without witnesses: outputs in the order given, the explicit fee last. Inputs and outputs must come out even.
 * @throws Error when they do not, or an asset comes from nowhere
 */
export function buildTransaction(deps: { readonly zkp: Zkp; readonly random: Random }, plan: Plan): Built {
  const fee: PlainOutput = { script: EMPTY, assetId: plan.lbtcAsset, valueSats: plan.feeSats, blindingPublicKey: null };
  const outputs = [...plan.outputs, fee];
  const inputs = plan.coins.map((coin) => coin.opened);
  assertEven(inputs, outputs);
  const blinded = blindOutputs(deps, inputs, outputs);
  const tx = {
    version: 2,
    locktime: plan.locktime,
    inputs: plan.coins.map((coin) => bareInput(coin, plan.sequence)),
    outputs: blinded.map(({ output }) => output),
  };
  return { tx, opened: blinded.map(({ opened }) => opened) };
}

/** Least fee for these inputs and outputs when each input carries `inputWitness` (lengths count, contents do not). Rounded up. */
export function leastFeeSats(plan: Omit<Plan, 'feeSats'>, inputWitness: readonly Uint8Array[]): bigint {
  const outputs = [...plan.outputs.map(sizedOutput), explicitOutput({ script: EMPTY, assetId: plan.lbtcAsset, valueSats: 0n })];
  const inputs = plan.coins.map((coin) => ({ ...bareInput(coin, plan.sequence), witness: inputWitness }));
  return relayFeeSats(transactionSizes({ version: 2, locktime: plan.locktime, inputs, outputs }).discountVsize);
}

/** elementsd's minimum relay fee for a size, rounded up. */
export function relayFeeSats(vsize: number): bigint {
  return (BigInt(vsize) * MIN_FEE_SATS_PER_KVB + 999n) / 1000n;
}

export function withWitness(tx: Transaction, index: number, witness: readonly Uint8Array[]): Transaction {
  return { ...tx, inputs: tx.inputs.map((input, at) => (at === index ? { ...input, witness } : input)) };
}

/** Signs every input as P2WPKH of one key. */
export function signKeyHashInputs(tx: Transaction, spent: readonly TxOutput[], privateKey: Uint8Array): Transaction {
  const publicKey = secp256k1.getPublicKey(privateKey, true);
  const scriptCode = keyHashScriptCode(hash160(publicKey));
  return tx.inputs.reduce((signed, _, index) => {
    const sighash = segwitSighash({ tx, index, spent }, scriptCode, SIGHASH_ALL);
    const signature = secp256k1.sign(sighash, privateKey, { prehash: false, format: 'der' });
    return withWitness(signed, index, [join(signature, Uint8Array.of(SIGHASH_ALL)), publicKey]);
  }, tx);
}

function bareInput(coin: Coin, sequence: number): TxInput {
  const { txid, vout } = coin;
  return {
    txid,
    vout,
    script: EMPTY,
    sequence,
    isPegin: false,
    issuance: null,
    issuanceProofs: [EMPTY, EMPTY],
    witness: [],
    peginWitness: [],
  };
}

/** An output of the right size, before it is blinded: proofs cost nothing in the discounted size. */
function sizedOutput(output: PlainOutput): TxOutput {
  const explicit = explicitOutput(output);
  const commitment = new Uint8Array(33).fill(8);
  return output.blindingPublicKey
    ? { ...explicit, asset: commitment, value: commitment, nonce: commitment, rangeProof: commitment }
    : explicit;
}

function assertEven(inputs: readonly Opened[], outputs: readonly PlainOutput[]): void {
  const sums = new Map<string, bigint>();
  for (const { assetId, valueSats } of inputs) sums.set(assetId, (sums.get(assetId) ?? 0n) + valueSats);
  for (const { assetId, valueSats } of outputs) sums.set(assetId, (sums.get(assetId) ?? 0n) - valueSats);
  for (const [assetId, rest] of sums) if (rest !== 0n) throw new Error(`inputs and outputs differ by ${rest} of ${assetId}`);
}
