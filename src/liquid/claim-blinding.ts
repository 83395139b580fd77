import type { Random } from '../lib/random.ts';
import type { LiquidOutput } from './transaction.ts';
import type { Unblinded } from './unblind.ts';
import { Confidential } from 'liquidjs-lib/src/confidential.js';
import { isPointCompressed, isPrivate, pointFromScalar } from 'tiny-secp256k1';
import { fromHex, sameBytes, toHex } from '../lib/bytes.ts';
import { asBuffer } from './transaction.ts';
import { zkp } from './zkp.ts';

/** One input's worth, hidden again in one output. */
export type ClaimBlinding = Readonly<{
  spent: LiquidOutput;
  lockup: Unblinded;
  outputSats: bigint;
  destination: { scriptPubKey: Uint8Array; blindingPublicKey: Uint8Array };
}>;

/** An output beside what whoever holds its blinding key reads from it. */
export type BlindedOutput = Readonly<{ output: LiquidOutput; opened: Unblinded }>;

/** Order of secp256k1. */
const CURVE_ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;
/** A random 32-byte text is no scalar once in 2^127 draws: a second failure is a broken source of chance. */
const SCALAR_DRAWS_MAX = 3;
/** Elements' own range: amounts from 1 sat, exact (no exponent), 52 bits hidden (21 million L-BTC need 51). */
const RANGE = { minimum: '1', exponent: '0', bits: '52' } as const;
const ZERO_BLINDER = new Uint8Array(32);

/**
 * The claim's confidential output. Its value blinder is the one that makes the transaction balance, so no companion output is needed;
 * the explicit fee has none. Everything is verified before it is handed out: this output decides whether the money can be moved.
 */
export function blindClaimOutput(claim: ClaimBlinding, random: Random): BlindedOutput {
  const { spent, lockup, destination } = claim;
  if (!isPointCompressed(destination.blindingPublicKey)) throw new RangeError('the blinding key is not a compressed public key');
  const confidential = new Confidential(zkp());
  const assetId = asBuffer(fromHex(lockup.assetId).reverse());
  const sats = claim.outputSats.toString();
  const assetBlinder = asBuffer(randomScalar(random));
  const valueBlinder = balancingBlinder(confidential, claim, assetBlinder);
  const asset = confidential.assetCommitment(assetId, assetBlinder);
  const value = confidential.valueCommitment(sats, asset, valueBlinder);
  const ephemeral = randomScalar(random);
  const nonceHash = confidential.nonceHash(asBuffer(destination.blindingPublicKey), asBuffer(ephemeral));
  const script = asBuffer(destination.scriptPubKey);
  const { minimum, exponent, bits } = RANGE;
  const rangeProof = confidential.rangeProof(
    sats,
    assetId,
    value,
    asset,
    valueBlinder,
    assetBlinder,
    nonceHash,
    script,
    minimum,
    exponent,
    bits,
  );
  const inputBlinder = asBuffer(lockup.assetBlinder);
  const surjectionProof = confidential.surjectionProof(assetId, assetBlinder, [assetId], [inputBlinder], asBuffer(random(32)));
  const output = { script: destination.scriptPubKey, asset, value, nonce: publicKeyOf(ephemeral), rangeProof, surjectionProof };
  assertProofs(output, spent);
  const blinders = { assetBlinder: Uint8Array.from(assetBlinder), valueBlinder: Uint8Array.from(valueBlinder) };
  return { output, opened: { assetId: lockup.assetId, valueSats: claim.outputSats, ...blinders, confidential: true } };
}

/** @throws Error unless the lockup's commitments are exactly what was read from them: a claim on anything else cannot balance. */
export function assertLockupOpens(spent: LiquidOutput, lockup: Unblinded): void {
  if (!lockup.confidential) {
    const value = Uint8Array.from([1, ...new Uint8Array(8)]);
    new DataView(value.buffer).setBigUint64(1, lockup.valueSats);
    const asset = Uint8Array.from([1, ...fromHex(lockup.assetId).reverse()]);
    if (sameBytes(spent.value, value) && sameBytes(spent.asset, asset)) return;
    throw new Error('the lockup does not hold what was read from it');
  }
  const { generator, pedersen } = zkp();
  const asset = generator.generateBlinded(fromHex(lockup.assetId).reverse(), lockup.assetBlinder);
  const value = pedersen.commitment(lockup.valueSats.toString(), asset, lockup.valueBlinder);
  if (!sameBytes(inputGenerator(spent), asset) || !sameBytes(spent.value, value)) {
    throw new Error('the lockup does not open to what was read from it');
  }
}

/** v_in·a_in + b_in = v_out·a_out + b_out (mod n), solved for b_out; computed by the library and checked by plain arithmetic. */
function balancingBlinder(confidential: Confidential, { lockup, outputSats }: ClaimBlinding, assetBlinder: Buffer): Buffer {
  const blinder = confidential.valueBlindingFactor(
    [lockup.valueSats.toString()],
    [outputSats.toString()],
    [asBuffer(lockup.assetBlinder)],
    [assetBlinder],
    [asBuffer(lockup.valueBlinder)],
    [],
  );
  const left = lockup.valueSats * scalar(lockup.assetBlinder) + scalar(lockup.valueBlinder);
  const right = outputSats * scalar(assetBlinder) + scalar(blinder);
  if ((left - right) % CURVE_ORDER !== 0n) throw new Error('the claim does not balance');
  return blinder;
}

function assertProofs(output: LiquidOutput, spent: LiquidOutput): void {
  const { rangeproof, surjectionproof } = zkp();
  if (!rangeproof.verify(output.rangeProof, output.value, output.asset, output.script)) throw new Error('the range proof is not valid');
  const inputs = [inputGenerator(spent)];
  if (!surjectionproof.verify(output.surjectionProof, inputs, output.asset)) throw new Error('the surjection proof is not valid');
}

function inputGenerator(spent: LiquidOutput): Uint8Array {
  return spent.asset[0] === 1 ? zkp().generator.generate(spent.asset.slice(1)) : spent.asset;
}

function randomScalar(random: Random): Uint8Array {
  for (let draw = 0; draw < SCALAR_DRAWS_MAX; draw++) {
    const candidate = random(32);
    if (candidate.length === 32 && isPrivate(candidate) && !sameBytes(candidate, ZERO_BLINDER)) return candidate;
  }
  throw new Error('the source of chance gives no scalars');
}

function publicKeyOf(privateKey: Uint8Array): Uint8Array {
  const key = pointFromScalar(privateKey, true);
  if (!key) throw new Error('a scalar has a public key');
  return Uint8Array.from(key);
}

function scalar(bytes: Uint8Array): bigint {
  return BigInt(`0x${toHex(bytes)}`);
}
