import { signSchnorr, verifySchnorr } from 'tiny-secp256k1';
import { fromHex } from '../../src/lib/bytes.ts';
import { systemRandom } from '../../src/lib/random.ts';
import { Secret } from '../../src/lib/secret.ts';
import { parseConfidentialAddress } from '../../src/liquid/address.ts';
import { CLAIM_FEE_SATS, claimSighash } from '../../src/liquid/claim-transaction.ts';
import { startCooperativeSignature } from '../../src/liquid/cooperative-signature.ts';
import { liquidNetwork } from '../../src/liquid/network.ts';
import { startProofPool } from '../../src/liquid/proof-pool.ts';
import { buildSwapTree } from '../../src/liquid/swap-tree.ts';
import { parseTransaction } from '../../src/liquid/transaction.ts';
import { readyLiquid, zkp } from '../../src/liquid/zkp.ts';
import { deriveSwapKeys } from '../../src/swaps/swap-keys.ts';
import { swapVectors as vector } from '../../test/support/liquid-vectors.ts';
import { answerTasks, endWithParent } from '../answer-tasks.ts';

/**
 * The cryptography of a claim and nothing else: the lockup is opened and the claim is built, in as many threads as AvoPay has; its two
 * signatures are made, alone and together with the provider. What the provider does for the second was done before.
 */
const THREADS = 2;
const pool = startProofPool(THREADS);
const network = liquidNetwork('regtest');
const output = parseTransaction(vector.lockup.hex).outputs[vector.lockup.vout];
const destination = parseConfidentialAddress(network, vector.merchant.confidential);
if (!output || !destination) throw new Error('the vectors have changed');
const lockupOutput = output;
const blindingKey = fromHex(vector.blindingPrivateKey);
const where = { network, lockupHex: vector.lockup.hex, lockupVout: vector.lockup.vout, destination, feeSats: CLAIM_FEE_SATS };
const terms = {
  preimageHash: fromHex(vector.preimageHash),
  claimPublicKey: fromHex(vector.claimPublicKey),
  refundPublicKey: fromHex(vector.refundPublicKey),
  timeoutBlockHeight: vector.timeoutBlockHeight,
};
const claimPrivateKey = fromHex(vector.claimPrivateKey);
const seed = new Secret(systemRandom(64));
const jointHash = claimSighash({ network, claimHex: vector.cooperativeClaim.hex, lockupOutput, leaf: null });
/** Every session draws the same here, so that one signature of the provider fits them all. */
const sameDraw = (size: number) => new Uint8Array(size).fill(7);
await readyLiquid();
const theirs = theirSignature();

function jointSession() {
  return startCooperativeSignature({ claimPrivateKey, tree: buildSwapTree(terms), sighash: jointHash }, sameDraw);
}

function theirSignature(): { readonly nonce: Uint8Array; readonly partial: Uint8Array } {
  const { musig } = zkp();
  const { aggregate } = buildSwapTree(terms);
  const { secNonce, pubNonce } = musig.nonceGen(systemRandom(32), terms.refundPublicKey);
  const session = musig.nonceProcess(musig.nonceAgg([pubNonce, jointSession().publicNonce]), jointHash, aggregate);
  return { nonce: pubNonce, partial: musig.partialSign(secNonce, fromHex(vector.refundPrivateKey), aggregate, session) };
}

async function prove(): Promise<string> {
  const lockup = await pool.unblind(lockupOutput, blindingKey);
  if (!lockup) throw new Error('the vectors have changed');
  return (await pool.buildClaim({ ...where, lockup })).hex;
}

/** As the signer does it: keys for each of both signatures, the tree once. */
function sign(claimHex: string, index: number): void {
  deriveSwapKeys(seed, { era: 1, index });
  const tree = buildSwapTree(terms);
  const sighash = claimSighash({ network, claimHex, lockupOutput, leaf: tree.claimLeaf });
  const signature = signSchnorr(sighash, claimPrivateKey, systemRandom(32));
  if (!verifySchnorr(sighash, terms.claimPublicKey.subarray(1), signature)) throw new Error('a fresh signature does not verify');
  deriveSwapKeys(seed, { era: 1, index });
  claimSighash({ network, claimHex, lockupOutput, leaf: null });
  startCooperativeSignature({ claimPrivateKey, tree, sighash: jointHash }, sameDraw).finish(theirs.nonce, theirs.partial);
}

/** Per second. */
async function rateOf(count: number, work: (nth: number) => Promise<unknown>): Promise<number> {
  const startedMs = performance.now();
  await Promise.all(Array.from({ length: count }, (_, nth) => work(nth)));
  return (count / (performance.now() - startedMs)) * 1e3;
}

endWithParent();
answerTasks({
  port: () => 0,
  claims: ({ count }: { count: number }) => rateOf(count, async (nth) => sign(await prove(), nth)),
  proofs: ({ count }: { count: number }) => rateOf(count, prove),
});
