import type { LiquidOutput } from './transaction.ts';
import { Confidential } from 'liquidjs-lib/src/confidential.js';
import { isPrivate } from 'tiny-secp256k1';
import { asBuffer, displayHex } from './transaction.ts';
import { zkp } from './zkp.ts';

export type Unblinded = Readonly<{
  /** Display order. Compare it with the network's L-BTC before looking at the value. */
  assetId: string;
  valueSats: bigint;
  /** Byte order; all zero on an explicit output. */
  assetBlinder: Uint8Array;
  valueBlinder: Uint8Array;
  confidential: boolean;
}>;

const EXPLICIT = 0x01;
const EXPLICIT_VALUE_BYTES = 9;
const COMMITMENT_BYTES = 33;
const BLINDER_BYTES = 32;

/**
 * What an output holds: read from the open fields of an explicit one, or from the range proof (which is verified by it) with the
 * receiver's blinding key. Null = not readable with this key. About 20 ms, whether or not the key fits: call it through the proof pool.
 * @throws RangeError when the key is not a private key: a caller's bug.
 */
export function unblindOutput(output: LiquidOutput, blindingPrivateKey: Uint8Array): Unblinded | null {
  if (!isPrivate(blindingPrivateKey)) throw new RangeError('not a blinding private key');
  if (output.asset.length !== COMMITMENT_BYTES) return null;
  if (output.value[0] === EXPLICIT) return readExplicit(output);
  const confidential = new Confidential(zkp());
  const hidden = libraryOutput(output);
  try {
    const opened = confidential.unblindOutputWithKey(hidden, asBuffer(blindingPrivateKey));
    return {
      assetId: displayHex(opened.asset),
      valueSats: BigInt(opened.value),
      assetBlinder: Uint8Array.from(opened.assetBlindingFactor),
      valueBlinder: Uint8Array.from(opened.valueBlindingFactor),
      confidential: true,
    };
  } catch {
    return null; // a foreign key, a damaged proof and a lying commitment all end in a bare Error of the library
  }
}

function readExplicit(output: LiquidOutput): Unblinded | null {
  if (output.value.length !== EXPLICIT_VALUE_BYTES || output.asset[0] !== EXPLICIT) return null;
  return {
    assetId: displayHex(output.asset.subarray(1)),
    valueSats: new DataView(output.value.buffer, output.value.byteOffset).getBigUint64(1),
    assetBlinder: new Uint8Array(BLINDER_BYTES),
    valueBlinder: new Uint8Array(BLINDER_BYTES),
    confidential: false,
  };
}

/** A hidden amount of an open asset is allowed on chain: its commitment then stands on the asset's plain generator. */
function libraryOutput(output: LiquidOutput) {
  const asset = output.asset[0] === EXPLICIT ? zkp().generator.generate(output.asset.slice(1)) : output.asset;
  return {
    script: asBuffer(output.script),
    asset: asBuffer(asset),
    value: asBuffer(output.value),
    nonce: asBuffer(output.nonce),
    rangeProof: asBuffer(output.rangeProof),
    surjectionProof: asBuffer(output.surjectionProof),
  };
}
