import type { Reader } from './codec.ts';
import { fromHex, sha256, toHex } from '../../src/lib/bytes.ts';
import { bounded, chunk, chunks, count, fromDisplay, join, makeReader, toDisplay, u32 } from './codec.ts';

/** An Elements transaction. Confidential fields stay as serialised: asset 33 bytes (01, 0a, 0b), value 9 (01) or 33 (08, 09), nonce 1 or 33. */
export type Transaction = {
  readonly version: number;
  readonly locktime: number;
  readonly inputs: readonly TxInput[];
  readonly outputs: readonly TxOutput[];
};
export type TxInput = {
  readonly txid: string;
  readonly vout: number;
  readonly script: Uint8Array;
  readonly sequence: number;
  readonly isPegin: boolean;
  /** Serialised asset issuance, null for nearly all inputs. */
  readonly issuance: Uint8Array | null;
  readonly issuanceProofs: readonly [amount: Uint8Array, keys: Uint8Array];
  readonly witness: readonly Uint8Array[];
  readonly peginWitness: readonly Uint8Array[];
};
export type TxOutput = {
  readonly asset: Uint8Array;
  readonly value: Uint8Array;
  readonly nonce: Uint8Array;
  readonly script: Uint8Array;
  readonly surjectionProof: Uint8Array;
  readonly rangeProof: Uint8Array;
};

export const EMPTY = new Uint8Array();
export const COINBASE_VOUT = 0xffff_ffff;
const ISSUANCE_FLAG = 0x8000_0000;
const PEGIN_FLAG = 0x4000_0000;
const INDEX_MASK = 0x3fff_ffff;

/** @throws RangeError on anything that is not exactly one whole transaction. */
export function parseTransaction(hex: string): Transaction {
  const bytes = fromHex(hex);
  const reader = makeReader(bytes);
  const version = reader.u32();
  const flag = reader.u8();
  if (flag > 1) throw new RangeError('unknown serialisation flag');
  const inputs = many(reader, bytes.length, readInput);
  const outputs = many(reader, bytes.length, readOutput);
  const locktime = reader.u32();
  const bare = { version, locktime, inputs, outputs };
  if (flag === 0) {
    if (!reader.atEnd()) throw new RangeError('bytes after the transaction');
    return bare;
  }
  const witnessed = {
    ...bare,
    inputs: inputs.map((input) => readInputWitness(reader, input)),
    outputs: outputs.map((output) => readOutputWitness(reader, output)),
  };
  if (!reader.atEnd()) throw new RangeError('bytes after the transaction');
  if (!hasWitness(witnessed)) throw new RangeError('a witness record without a witness');
  return witnessed;
}

export function transactionHex(tx: Transaction): string {
  return toHex(serialise(tx, hasWitness(tx)));
}

/** Display order; does not depend on witnesses. */
export function transactionId(tx: Transaction): string {
  return toDisplay(doubleSha256(serialise(tx, false)));
}

export function isCoinbase(tx: Transaction): boolean {
  return tx.inputs.some((input) => input.vout === COINBASE_VOUT);
}

/** A fee is an explicit output without a script. */
export function isFee(output: TxOutput): boolean {
  return output.script.length === 0 && output.value[0] === 1 && output.asset[0] === 1;
}

export function doubleSha256(bytes: Uint8Array): Uint8Array {
  return sha256(sha256(bytes));
}

function many<T>(reader: Reader, bytesLeft: number, read: (reader: Reader) => T): T[] {
  return Array.from({ length: bounded(reader.count(), bytesLeft) }, () => read(reader));
}

function readInput(reader: Reader): TxInput {
  const txid = toDisplay(reader.bytes(32));
  const index = reader.u32();
  const script = reader.chunk();
  const sequence = reader.u32();
  const plain = index === COINBASE_VOUT;
  const issuance =
    !plain && (index & ISSUANCE_FLAG) !== 0
      ? join(reader.bytes(64), readConfidential(reader, VALUE_SIZES), readConfidential(reader, VALUE_SIZES))
      : null;
  const vout = plain ? index : index & INDEX_MASK;
  return {
    txid,
    vout,
    script,
    sequence,
    isPegin: !plain && (index & PEGIN_FLAG) !== 0,
    issuance,
    issuanceProofs: [EMPTY, EMPTY],
    witness: [],
    peginWitness: [],
  };
}

/** Bytes after the prefix byte. */
const ASSET_SIZES: ReadonlyMap<number, number> = new Map([
  [0, 0],
  [1, 32],
  [0x0a, 32],
  [0x0b, 32],
]);
const VALUE_SIZES: ReadonlyMap<number, number> = new Map([
  [0, 0],
  [1, 8],
  [8, 32],
  [9, 32],
]);
const NONCE_SIZES: ReadonlyMap<number, number> = new Map([
  [0, 0],
  [1, 32],
  [2, 32],
  [3, 32],
]);

function readConfidential(reader: Reader, sizes: ReadonlyMap<number, number>): Uint8Array {
  const prefix = reader.u8();
  const size = sizes.get(prefix);
  if (size === undefined) throw new RangeError(`unknown commitment prefix ${prefix}`);
  return join(Uint8Array.of(prefix), reader.bytes(size));
}

function readOutput(reader: Reader): TxOutput {
  const asset = readConfidential(reader, ASSET_SIZES);
  const value = readConfidential(reader, VALUE_SIZES);
  const nonce = readConfidential(reader, NONCE_SIZES);
  return { asset, value, nonce, script: reader.chunk(), surjectionProof: EMPTY, rangeProof: EMPTY };
}

function readInputWitness(reader: Reader, input: TxInput): TxInput {
  return { ...input, issuanceProofs: [reader.chunk(), reader.chunk()], witness: reader.chunks(), peginWitness: reader.chunks() };
}

function readOutputWitness(reader: Reader, output: TxOutput): TxOutput {
  return { ...output, surjectionProof: reader.chunk(), rangeProof: reader.chunk() };
}

export function hasWitness({ inputs, outputs }: Transaction): boolean {
  return (
    inputs.some(
      (input) => input.witness.length > 0 || input.peginWitness.length > 0 || input.issuanceProofs.some((proof) => proof.length > 0),
    ) || outputs.some((output) => output.surjectionProof.length > 0 || output.rangeProof.length > 0)
  );
}

export function serialise(tx: Transaction, withWitness: boolean): Uint8Array {
  return join(
    u32(tx.version),
    Uint8Array.of(withWitness ? 1 : 0),
    count(tx.inputs.length),
    ...tx.inputs.map(writeInput),
    count(tx.outputs.length),
    ...tx.outputs.map(writeOutput),
    u32(tx.locktime),
    ...(withWitness ? [...tx.inputs.map(writeInputWitness), ...tx.outputs.map(writeOutputWitness)] : []),
  );
}

function writeInput(input: TxInput): Uint8Array {
  const flags = (input.issuance ? ISSUANCE_FLAG : 0) + (input.isPegin ? PEGIN_FLAG : 0);
  return join(fromDisplay(input.txid), u32(input.vout + flags), chunk(input.script), u32(input.sequence), input.issuance ?? EMPTY);
}

export function writeOutput(output: TxOutput): Uint8Array {
  return join(output.asset, output.value, output.nonce, chunk(output.script));
}

function writeInputWitness({ issuanceProofs, witness, peginWitness }: TxInput): Uint8Array {
  return join(...issuanceProofs.map(chunk), chunks(witness), chunks(peginWitness));
}

export function writeOutputWitness({ surjectionProof, rangeProof }: TxOutput): Uint8Array {
  return join(chunk(surjectionProof), chunk(rangeProof));
}
