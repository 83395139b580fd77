import type { Input, Output } from 'liquidjs-lib/src/transaction.js';
import { Transaction } from 'liquidjs-lib/src/transaction.js';
import { isLowerHex, toHex } from '../lib/bytes.ts';

export type LiquidOutput = Readonly<{
  script: Uint8Array;
  /** 33 bytes: 01 and the asset id in byte order, or a commitment (0a, 0b). */
  asset: Uint8Array;
  /** 9 bytes: 01 and sats, or a commitment of 33 bytes (08, 09). */
  value: Uint8Array;
  /** 00, or the sender's ephemeral public key. */
  nonce: Uint8Array;
  /** Empty on explicit outputs. */
  rangeProof: Uint8Array;
  surjectionProof: Uint8Array;
}>;

export type LiquidTransaction = Readonly<{
  /** Display order. Covers neither witnesses nor proofs. */
  txid: string;
  hex: string;
  inputs: readonly { txid: string; vout: number; sequence: number }[];
  outputs: readonly LiquidOutput[];
  /** BIP-125: some input says that the transaction may be replaced while it is unconfirmed. Unconfirmed ancestors may say so too. */
  signalsReplacement: boolean;
}>;

/** Standard Liquid transactions have at most 400 000 weight units; a pegged-in or issuing one stays far below this too. */
const TRANSACTION_HEX_CHARS_MAX = 2_000_000;
const REPLACEABLE_SEQUENCE_MAX = 0xfffffffd;

/** @throws Error on anything that is not one whole transaction, byte for byte. */
export function parseTransaction(hex: string): LiquidTransaction {
  const transaction = readTransaction(hex);
  const inputs = transaction.ins.map(inputOf);
  return {
    txid: transaction.getId(),
    hex: hex.toLowerCase(),
    inputs,
    outputs: transaction.outs.map(outputOf),
    signalsReplacement: inputs.some((input) => input.sequence <= REPLACEABLE_SEQUENCE_MAX),
  };
}

/** The same for bytes from outside: null on anything that is not one whole transaction. */
export function tryParseTransaction(hex: string): LiquidTransaction | null {
  try {
    return parseTransaction(hex);
  } catch {
    return null; // it throws for nothing else
  }
}

/** For this folder: the library's transaction, proved to write back as the very bytes that were read. */
export function readTransaction(hex: string): Transaction {
  const lower = hex.toLowerCase();
  if (lower.length > TRANSACTION_HEX_CHARS_MAX || !isLowerHex(lower)) throw new RangeError('not a transaction in hex');
  const bytes = Buffer.from(lower, 'hex');
  const transaction = Transaction.fromBuffer(bytes);
  if (transaction.ins.length === 0 || transaction.outs.length === 0) throw new RangeError('a transaction has inputs and outputs');
  if (!transaction.toBuffer().equals(bytes)) throw new RangeError('the transaction does not write back as it was read');
  return transaction;
}

/** The library insists on Buffers; this one shares the bytes. */
export function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** Txids and asset ids are shown in reverse byte order. */
export function displayHex(bytes: Uint8Array): string {
  return toHex(Uint8Array.from(bytes).reverse());
}

function inputOf(input: Input): { txid: string; vout: number; sequence: number } {
  return { txid: displayHex(input.hash), vout: input.index, sequence: input.sequence };
}

/** Fresh arrays: the library's are views into one pool, which would travel whole to a worker thread. */
function outputOf(output: Output): LiquidOutput {
  return {
    script: Uint8Array.from(output.script),
    asset: Uint8Array.from(output.asset),
    value: Uint8Array.from(output.value),
    nonce: Uint8Array.from(output.nonce),
    rangeProof: Uint8Array.from(output.rangeProof ?? []),
    surjectionProof: Uint8Array.from(output.surjectionProof ?? []),
  };
}
