import type { Random } from '../lib/random.ts';
import type { BlindedOutput } from './claim-blinding.ts';
import type { LiquidNetwork } from './network.ts';
import type { SwapTree } from './swap-tree.ts';
import type { LiquidOutput } from './transaction.ts';
import type { Unblinded } from './unblind.ts';
import { Transaction } from 'liquidjs-lib/src/transaction.js';
import { fromHex } from '../lib/bytes.ts';
import { assertLockupOpens, blindClaimOutput } from './claim-blinding.ts';
import { tapLeafHash } from './swap-tree.ts';
import { asBuffer, parseTransaction, readTransaction } from './transaction.ts';

export type ClaimRequest = Readonly<{
  network: LiquidNetwork;
  lockupHex: string;
  lockupVout: number;
  /** What `unblindOutput` read from that output. */
  lockup: Unblinded;
  destination: { scriptPubKey: Uint8Array; blindingPublicKey: Uint8Array };
  feeSats: bigint;
}>;

/** One input without a witness, one confidential output, one explicit fee. The witness does not change the txid. */
export type UnsignedClaim = Readonly<{ hex: string; txid: string; feeSats: bigint; outputSats: bigint }>;
/** Beside its confidential output, and what that holds. */
export type BuiltClaim = UnsignedClaim & BlindedOutput;

/**
 * Twice the least that nodes relay for the script path: 223 discounted vbytes at 0.1 sat/vB are 23 sats; the key path needs 19.
 * Bumping a claim is charged on its full size (159 sats and more), so a margin at once is cheaper than a second try.
 */
export const CLAIM_FEE_SATS = 46n;

/**
 * BIP-125 replaceable: only we can sign another claim, so nobody gains by it but a claim that is stuck below the going fee.
 */
const CLAIM_SEQUENCE = 0xfffffffd;
const CLAIM_VERSION = 2;
const EXPLICIT = 0x01;

/**
 * Builds and blinds the claim; blinding draws fresh randomness, so a second build has another txid: store the first.
 * About 75 ms, blocks: call it through the proof pool, after `readyLiquid()`.
 * @throws Error when the request is impossible (another asset, a value below fee and dust, a lockup that does not open) or when the finished
 * claim does not stand our own check. Nothing may be stored or revealed then.
 */
export function buildClaim(request: ClaimRequest, random: Random): BuiltClaim {
  const { network, lockup, feeSats } = request;
  const lockupTransaction = parseTransaction(request.lockupHex);
  const spent = lockupTransaction.outputs[request.lockupVout];
  if (!spent) throw new RangeError('the lockup transaction has no such output');
  if (lockup.assetId !== network.lbtcAsset) throw new RangeError('the lockup is not L-BTC');
  const outputSats = lockup.valueSats - feeSats;
  if (feeSats <= 0n || outputSats <= 0n) throw new RangeError('the lockup cannot pay the fee');
  assertLockupOpens(spent, lockup);
  const { output, opened } = blindClaimOutput({ spent, lockup, outputSats, destination: request.destination }, random);
  const transaction = new Transaction();
  transaction.version = CLAIM_VERSION;
  transaction.addInput(asBuffer(fromHex(lockupTransaction.txid).reverse()), request.lockupVout, CLAIM_SEQUENCE);
  addOutput(transaction, output);
  addOutput(transaction, feeOutput(network, feeSats));
  return { hex: transaction.toHex(), txid: transaction.getId(), feeSats, outputSats, output, opened };
}

/**
 * What the claim's signature signs: Elements' taproot sighash (`doc/taproot-sighash.mediawiki`), SIGHASH_DEFAULT, proofs included.
 * `leaf` is the claim leaf for the script path, null for the key path.
 * @throws Error when the claim is not a transaction with one input.
 */
export function claimSighash(request: {
  network: LiquidNetwork;
  claimHex: string;
  lockupOutput: LiquidOutput;
  leaf: Uint8Array | null;
}): Uint8Array {
  const { lockupOutput, leaf } = request;
  const claim = readClaim(request.claimHex);
  const genesis = asBuffer(fromHex(request.network.genesisBlockHash).reverse());
  const prevouts = [{ asset: asBuffer(lockupOutput.asset), value: asBuffer(lockupOutput.value) }];
  const leafHash = leaf ? asBuffer(tapLeafHash(leaf)) : undefined;
  const hash = claim.hashForWitnessV1(0, [asBuffer(lockupOutput.script)], prevouts, Transaction.SIGHASH_DEFAULT, genesis, leafHash);
  return Uint8Array.from(hash);
}

/** What goes before the network beside a claim's one input, which it may spend then. */
export type ClaimWitness = readonly Uint8Array[];

/** Of the claim that needs nobody's help. It shows the preimage: seal it at rest. */
export function scriptPathWitness(tree: SwapTree, signature: Uint8Array, preimage: Uint8Array): ClaimWitness {
  if (preimage.length !== 32) throw new RangeError('a preimage has 32 bytes');
  return [checkedSignature(signature), preimage, tree.claimLeaf, tree.claimControlBlock];
}

/** Of the claim signed together with the provider: smaller, and it shows no preimage. */
export function keyPathWitness(signature: Uint8Array): ClaimWitness {
  return [checkedSignature(signature)];
}

/** The claim with this witness instead of its own; none: as it was before it was signed. Proofs of outputs stay, they are signed over. */
export function withWitness(claimHex: string, witness: ClaimWitness): string {
  const claim = readClaim(claimHex);
  claim.setWitness(0, witness.map(asBuffer));
  return claim.toHex();
}

function readClaim(hex: string): Transaction {
  const claim = readTransaction(hex);
  if (claim.ins.length !== 1) throw new RangeError('a claim has one input');
  return claim;
}

function checkedSignature(signature: Uint8Array): Uint8Array {
  if (signature.length !== 64) throw new RangeError('a signature over the default sighash has 64 bytes');
  return signature;
}

/** Elements fees are outputs: no script, open asset and amount. */
function feeOutput(network: LiquidNetwork, feeSats: bigint): LiquidOutput {
  const value = new Uint8Array(9);
  value[0] = EXPLICIT;
  new DataView(value.buffer).setBigUint64(1, feeSats);
  return {
    script: new Uint8Array(),
    asset: Uint8Array.from([EXPLICIT, ...fromHex(network.lbtcAsset).reverse()]),
    value,
    nonce: Uint8Array.of(0),
    rangeProof: new Uint8Array(),
    surjectionProof: new Uint8Array(),
  };
}

function addOutput(transaction: Transaction, output: LiquidOutput): void {
  transaction.addOutput(
    asBuffer(output.script),
    asBuffer(output.value),
    asBuffer(output.asset),
    asBuffer(output.nonce),
    asBuffer(output.rangeProof),
    asBuffer(output.surjectionProof),
  );
}
