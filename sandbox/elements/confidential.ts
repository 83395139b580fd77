import type { Random } from '../../src/lib/random.ts';
import type { TxOutput } from './transaction.ts';
import type { Zkp } from './zkp.ts';
import { secp256k1 } from '@noble/curves/secp256k1.js';
import { fromHex, sameBytes, sha256, toHex } from '../../src/lib/bytes.ts';
import { fromDisplay, join, toDisplay, u64BigEndian } from './codec.ts';
import { EMPTY } from './transaction.ts';

/** What an output holds, opened. Blinders are zero for explicit outputs. */
export type Opened = {
  readonly assetId: string;
  readonly valueSats: bigint;
  readonly assetBlinder: Uint8Array;
  readonly valueBlinder: Uint8Array;
};

export type PlainOutput = {
  readonly script: Uint8Array;
  readonly assetId: string;
  readonly valueSats: bigint;
  readonly blindingPublicKey: Uint8Array | null;
};

const ZERO = new Uint8Array(32);
/** As elementsd blinds: no base-10 exponent, 52 bits, never zero. */
const RANGE = { minValue: '1', exponent: '0', bits: '52' } as const;
const SURJECTION_TRIES = 100;
/** libsecp256k1-zkp knows no proofs over more inputs; asking for one stops the whole module. */
export const SURJECTION_INPUTS_MAX = 256;
const ORDER = secp256k1.Point.CURVE().n;

/** Opens an output with the private key of its address; explicit ones open without. Null: not readable with this key. */
export function openOutput(zkp: Zkp, output: TxOutput, blindingPrivateKey: Uint8Array): Opened | null {
  const explicit = openExplicit(output);
  if (explicit) return explicit;
  try {
    const generator = assetGenerator(zkp, output.asset);
    const nonce = sharedNonce(blindingPrivateKey, output.nonce);
    const { value, blinder, message } = zkp.rangeproof.rewind(output.rangeProof, output.value, generator, nonce, output.script);
    const assetBytes = message.slice(0, 32);
    const assetBlinder = message.slice(32, 64);
    if (!sameBytes(zkp.generator.generateBlinded(assetBytes, assetBlinder), generator)) return null; // the note inside is not about this asset
    return { assetId: toDisplay(assetBytes), valueSats: BigInt(value), assetBlinder, valueBlinder: new Uint8Array(blinder) };
  } catch {
    return null; // rewinding fails for every key but one
  }
}

/** The contents of an output that hides nothing, or null. */
export function openExplicit(output: TxOutput): Opened | null {
  if (output.asset[0] !== 1 || output.value[0] !== 1) return null;
  return { assetId: toDisplay(output.asset.slice(1)), valueSats: explicitValue(output), assetBlinder: ZERO, valueBlinder: ZERO };
}

export function explicitValue(output: TxOutput): bigint {
  return BigInt(`0x${toHex(output.value.slice(1))}`);
}

export function explicitOutput({ script, assetId, valueSats }: Omit<PlainOutput, 'blindingPublicKey'>): TxOutput {
  return {
    asset: join(Uint8Array.of(1), fromDisplay(assetId)),
    value: join(Uint8Array.of(1), u64BigEndian(valueSats)),
    nonce: Uint8Array.of(0),
    script,
    surjectionProof: EMPTY,
    rangeProof: EMPTY,
  };
}

/** The point that stands for an asset: a commitment as it is, an explicit id by Elements' hash to the curve. */
export function assetGenerator(zkp: Zkp, asset: Uint8Array): Uint8Array {
  return asset[0] === 1 ? new Uint8Array(zkp.generator.generate(asset.slice(1))) : asset;
}

export type Blinded = { readonly output: TxOutput; readonly opened: Opened };

/**
 * Makes the outputs of a transaction over `inputs`: those with a blinding key confidential, the last of them with the blinder that makes
 * everything add up.
 * @throws Error when an output's asset is in no input
 */
export function blindOutputs(
  deps: { readonly zkp: Zkp; readonly random: Random },
  inputs: readonly Opened[],
  outputs: readonly PlainOutput[],
): Blinded[] {
  const last = outputs.findLastIndex((output) => output.blindingPublicKey !== null);
  const opened = outputs.map((output): Opened => {
    const hidden = output.blindingPublicKey !== null;
    return {
      assetId: output.assetId,
      valueSats: output.valueSats,
      assetBlinder: hidden ? deps.random(32) : ZERO,
      valueBlinder: hidden ? deps.random(32) : ZERO,
    };
  });
  return outputs.map((output, index) => {
    const own = opened[index];
    if (!own) throw new Error('unreachable'); // one for each output
    if (!output.blindingPublicKey) return { output: explicitOutput(output), opened: own };
    const rest = opened.filter((_, other) => other !== index);
    const whole = index === last ? { ...own, valueBlinder: balancingBlinder(inputs, rest, own) } : own;
    return {
      output: blindOutput(deps, inputs, { script: output.script, opened: whole, blindingPublicKey: output.blindingPublicKey }),
      opened: whole,
    };
  });
}

/** Each output adds value·assetBlinder + valueBlinder to the sum of blinders; inputs and outputs must come out even. */
function balancingBlinder(inputs: readonly Opened[], others: readonly Opened[], own: Opened): Uint8Array {
  const weigh = (sum: bigint, each: Opened) => sum + each.valueSats * scalar(each.assetBlinder) + scalar(each.valueBlinder);
  const missing = inputs.reduce(weigh, 0n) - others.reduce(weigh, 0n) - own.valueSats * scalar(own.assetBlinder);
  const reduced = ((missing % ORDER) + ORDER) % ORDER;
  return fromHex(reduced.toString(16).padStart(64, '0'));
}

type ToBlind = { readonly script: Uint8Array; readonly opened: Opened; readonly blindingPublicKey: Uint8Array };

type Tools = { readonly zkp: Zkp; readonly random: Random };

function blindOutput(tools: Tools, inputs: readonly Opened[], { script, opened, blindingPublicKey }: ToBlind): TxOutput {
  const { zkp, random } = tools;
  const { assetBlinder, valueBlinder } = opened;
  const value = opened.valueSats.toString();
  const assetBytes = fromDisplay(opened.assetId);
  const asset = new Uint8Array(zkp.generator.generateBlinded(assetBytes, assetBlinder));
  const commitment = new Uint8Array(zkp.pedersen.commitment(value, asset, valueBlinder));
  const ephemeral = secp256k1.utils.randomSecretKey(random(48));
  const nonce = sharedNonce(ephemeral, blindingPublicKey);
  const { minValue, exponent, bits } = RANGE;
  const note = join(assetBytes, assetBlinder); // what the receiver reads when it rewinds the proof
  const rangeProof = zkp.rangeproof.sign(value, commitment, asset, valueBlinder, nonce, minValue, exponent, bits, note, script);
  return {
    asset,
    value: commitment,
    nonce: secp256k1.getPublicKey(ephemeral, true),
    script,
    surjectionProof: proveAsset(tools, inputs, { assetBytes, asset, assetBlinder }),
    rangeProof: new Uint8Array(rangeProof),
  };
}

type HiddenAsset = { readonly assetBytes: Uint8Array; readonly asset: Uint8Array; readonly assetBlinder: Uint8Array };

/** Proves that the hidden asset is one of the inputs', without saying which. */
function proveAsset({ zkp, random }: Tools, inputs: readonly Opened[], { assetBytes, asset, assetBlinder }: HiddenAsset): Uint8Array {
  if (inputs.length > SURJECTION_INPUTS_MAX) throw new RangeError('too many inputs for a surjection proof');
  const tags = inputs.map((input) => fromDisplay(input.assetId));
  const generators = inputs.map((input, index) => new Uint8Array(zkp.generator.generateBlinded(tags[index] ?? EMPTY, input.assetBlinder)));
  const started = zkp.surjectionproof.initialize(tags, assetBytes, SURJECTION_TRIES, random(32));
  const source = inputs[started.inputIndex];
  if (!source) throw new Error('no input holds this asset');
  return new Uint8Array(
    zkp.surjectionproof.generate(started.proof, generators, asset, started.inputIndex, source.assetBlinder, assetBlinder),
  );
}

/** Both sides of an output know it: the payer by the ephemeral key, the payee by the blinding key. */
function sharedNonce(privateKey: Uint8Array, publicKey: Uint8Array): Uint8Array {
  return sha256(sha256(secp256k1.getSharedSecret(privateKey, publicKey, true)));
}

function scalar(bytes: Uint8Array): bigint {
  return BigInt(`0x${toHex(bytes)}`);
}
