import type { Transaction, TxInput, TxOutput } from './transaction.ts';
import { sha256 } from '../../src/lib/bytes.ts';
import { chunk, fromDisplay, join, u32 } from './codec.ts';
import { taggedHash } from './taproot.ts';
import { doubleSha256, EMPTY, writeOutput, writeOutputWitness } from './transaction.ts';

/** What a signature commits to besides the transaction itself: the spent outputs as they stand on the chain. */
export type Spending = { readonly tx: Transaction; readonly index: number; readonly spent: readonly TxOutput[] };

export const SIGHASH_DEFAULT = 0x00;
export const SIGHASH_ALL = 0x01;
/** Elements: a version 0 signature may also commit to the range proofs. */
export const SIGHASH_RANGEPROOF = 0x40;

const NO_ISSUANCE = Uint8Array.of(0);
const KEY_VERSION = 0;
const NO_CODE_SEPARATOR = 0xffff_ffff;

/**
 * Elements' taproot sighash for SIGHASH_DEFAULT and SIGHASH_ALL without annex ("taproot-sighash" in Elements' documents): BIP-341's message
 * over commitments, with issuances and output proofs, and with the genesis hash twice in front instead of the epoch.
 * @param leaf hash of the executed leaf, or null for the key path
 * @param genesisHash display order
 */
export function taprootSighash(
  spending: Spending,
  genesisHash: string,
  leaf: Uint8Array | null,
  hashType: number = SIGHASH_DEFAULT,
): Uint8Array {
  const { tx, index, spent } = spending;
  const genesis = fromDisplay(genesisHash);
  return taggedHash(
    'TapSighash/elements',
    genesis,
    genesis,
    Uint8Array.of(hashType),
    u32(tx.version),
    u32(tx.locktime),
    hashEach(tx.inputs, (input) => Uint8Array.of(outpointFlags(input))),
    hashEach(tx.inputs, outpoint),
    hashEach(spent, (output) => join(output.asset, output.value)),
    hashEach(spent, (output) => chunk(output.script)),
    hashEach(tx.inputs, (input) => u32(input.sequence)),
    hashEach(tx.inputs, (input) => input.issuance ?? NO_ISSUANCE),
    hashEach(tx.inputs, (input) => join(...input.issuanceProofs.map(chunk))),
    hashEach(tx.outputs, writeOutput),
    hashEach(tx.outputs, writeOutputWitness),
    Uint8Array.of(leaf ? 2 : 0),
    u32(index),
    ...(leaf ? [leaf, Uint8Array.of(KEY_VERSION), u32(NO_CODE_SEPARATOR)] : []),
  );
}

/**
 * Elements' version 0 sighash: BIP-143 with issuances, and with the spent value as it is committed.
 * @param scriptCode without its length; for P2WPKH the P2PKH script of the same hash
 * @param hashType SIGHASH_ALL, alone or with SIGHASH_RANGEPROOF
 */
export function segwitSighash({ tx, index, spent }: Spending, scriptCode: Uint8Array, hashType: number): Uint8Array {
  const input = tx.inputs[index];
  const prevout = spent[index];
  if (!input || !prevout) throw new RangeError('no such input');
  const proofs =
    hashType & SIGHASH_RANGEPROOF
      ? sha256(hashEach(tx.outputs, (output) => join(chunk(output.rangeProof), chunk(output.surjectionProof))))
      : EMPTY;
  return doubleSha256(
    join(
      u32(tx.version),
      sha256(hashEach(tx.inputs, outpoint)),
      sha256(hashEach(tx.inputs, (each) => u32(each.sequence))),
      sha256(hashEach(tx.inputs, (each) => each.issuance ?? NO_ISSUANCE)),
      outpoint(input),
      chunk(scriptCode),
      prevout.value,
      u32(input.sequence),
      input.issuance ?? EMPTY,
      sha256(hashEach(tx.outputs, writeOutput)),
      proofs,
      u32(tx.locktime),
      u32(hashType),
    ),
  );
}

/** The P2PKH script that stands for a P2WPKH program (BIP-143). */
export function keyHashScriptCode(keyHash: Uint8Array): Uint8Array {
  return join(Uint8Array.of(0x76, 0xa9, 0x14), keyHash, Uint8Array.of(0x88, 0xac));
}

function hashEach<T>(list: readonly T[], write: (item: T) => Uint8Array): Uint8Array {
  return sha256(join(...list.map(write)));
}

function outpoint(input: TxInput): Uint8Array {
  return join(fromDisplay(input.txid), u32(input.vout));
}

function outpointFlags(input: TxInput): number {
  return (input.issuance ? 0x80 : 0) | (input.isPegin ? 0x40 : 0);
}
