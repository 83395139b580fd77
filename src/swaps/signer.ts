import type { Random } from '../lib/random.ts';
import type { Refusal } from '../lib/refusal.ts';
import type { Result } from '../lib/result.ts';
import type { LiquidNetwork } from '../liquid/network.ts';
import type { ClaimWitness } from '../liquid/claim-transaction.ts';
import type { SwapTerms, SwapTree } from '../liquid/swap-tree.ts';
import type { LiquidOutput } from '../liquid/transaction.ts';
import type { KeyRef } from './swap.ts';
import type { SwapKeyPair } from './swap-keys.ts';
import { signSchnorr, verifySchnorr } from 'tiny-secp256k1';
import { ok, refuse } from '../lib/result.ts';
import { Secret } from '../lib/secret.ts';
import { sameBytes, sha256, toHex } from '../lib/bytes.ts';
import { claimSighash, keyPathWitness, scriptPathWitness } from '../liquid/claim-transaction.ts';
import { startCooperativeSignature } from '../liquid/cooperative-signature.ts';
import { buildSwapTree } from '../liquid/swap-tree.ts';
import { readyLiquid } from '../liquid/zkp.ts';
import { claimFault } from './claim-rules.ts';
import { deriveSwapKeys, xpubFingerprint } from './swap-keys.ts';

/** A swap's claim as it rests in the database: the only thing that the signer will ever sign. */
export type ClaimOnRecord = Readonly<{
  key: KeyRef;
  terms: SwapTerms;
  lockup: Readonly<{ txid: string; vout: number }>;
  /** Taken from the chain and proved by the recorded txid. */
  lockupOutput: LiquidOutput;
  /** The address leased for this swap, from the merchant's own descriptor. */
  destinationScript: Uint8Array;
  claim: Readonly<{ hex: Secret<string>; txid: string; signed: boolean }>;
  /** Set = the commit that lets the preimage out has happened. */
  revealedAt: Date | null;
}>;

/**
 * What the stored claim lacks. `claimHash`: SHA-256 of the hex that was found stored, so that whoever puts the witness to a claim can know that
 * it is the one that was signed.
 */
export type SignedClaim = Readonly<{ claimHash: Uint8Array; witness: ClaimWitness }>;

/** One try at signing together with the provider. */
export type CooperativeClaim = Readonly<{
  publicNonce: Uint8Array;
  preimage: Secret<Uint8Array>;
  /** Serves once. @throws Error (rejects) on any mismatch in what the provider sent. */
  finish: (theirNonce: Uint8Array, theirPartial: Uint8Array) => Promise<SignedClaim>;
  /** Nothing will be finished: the key of this try is wiped. */
  abandon: () => void;
}>;

/** What may be known of a swap's keys. */
export type SwapPublicKeys = Readonly<{ claimPublicKey: Uint8Array; preimageHash: Uint8Array }>;

/**
 * The one holder of the swap seed. Child keys are made inside a call and wiped before it returns; none ever leaves. In a running server
 * it lives in a process of its own (signer-client.ts), and every call rejects with `SignerAway` while that is being started again.
 */
export type Signer = {
  fingerprint(era: number): Promise<string>;
  swapKeys(ref: KeyRef): Promise<SwapPublicKeys>;
  /** Signs the script path of the unsigned claim that is stored for this swap. */
  signStoredClaim(swapId: string): Promise<Result<Secret<SignedClaim>, Refusal>>;
  /** Only once the signed claim is stored and the reveal is committed: the request to the provider carries the preimage. */
  startCooperative(swapId: string): Promise<Result<CooperativeClaim, Refusal>>;
};

export type SignerDeps = {
  readonly seed: Secret<Uint8Array>;
  readonly network: LiquidNetwork;
  readonly random: Random;
  /** Reads the row itself: nobody hands the signer bytes to sign. Null: nothing is stored. */
  readonly readStoredClaim: (swapId: string) => Promise<ClaimOnRecord | null>;
};

/** Trees that are remembered between the two asks of a claim: 1 ms of curve work each. */
const TREES_MAX = 200;
type Trees = Map<string, SwapTree>;

export function makeSigner(deps: SignerDeps): Signer {
  const trees: Trees = new Map();
  return {
    async fingerprint(era) {
      return xpubFingerprint(deps.seed, era);
    },
    async swapKeys(ref) {
      return withKeys(deps, ref, ({ publicKey, preimageHash }) => ({ claimPublicKey: publicKey, preimageHash }));
    },
    async signStoredClaim(swapId) {
      const checked = await readChecked(deps, trees, swapId);
      if (!checked.ok) return checked;
      if (checked.value.claim.signed) return refuse(signerRefusal('claim_signed_already'));
      return withKeysOf(deps, checked.value, (keys) => signScriptPath(deps, checked.value, keys));
    },
    async startCooperative(swapId) {
      const checked = await readRevealed(deps, trees, swapId);
      return checked.ok ? withKeysOf(deps, checked.value, (keys) => ok(cooperate(deps, checked.value, keys))) : checked;
    },
  };
}

/** A claim that stands every rule about where it pays, beside the tree of its swap. Whose keys it is of is left to `withKeysOf`. */
type Checked = ClaimOnRecord & { readonly tree: SwapTree };

async function readChecked(deps: SignerDeps, trees: Trees, swapId: string): Promise<Result<Checked, Refusal>> {
  const record = await deps.readStoredClaim(swapId);
  if (!record) return refuse(signerRefusal('claim_not_stored'));
  await readyLiquid(); // with the first claim: no start waits for it
  const tree = treeOf(trees, record.terms);
  const fault = claimFault(deps.network, record, tree);
  return fault ? refuse(signerRefusal(fault)) : ok({ ...record, tree });
}

/** A tree follows from its terms alone: of terms that differ in anything another one is made. */
function treeOf(trees: Trees, terms: SwapTerms): SwapTree {
  const { preimageHash, claimPublicKey, refundPublicKey, timeoutBlockHeight } = terms;
  const name = [...[preimageHash, claimPublicKey, refundPublicKey].map(toHex), timeoutBlockHeight].join();
  const tree = trees.get(name) ?? buildSwapTree(terms);
  if (trees.size >= TREES_MAX) trees.clear();
  trees.set(name, tree);
  return tree;
}

async function readRevealed(deps: SignerDeps, trees: Trees, swapId: string): Promise<Result<Checked, Refusal>> {
  const checked = await readChecked(deps, trees, swapId);
  if (!checked.ok) return checked;
  if (!checked.value.claim.signed) return refuse(signerRefusal('claim_not_signed'));
  if (checked.value.revealedAt === null) return refuse(signerRefusal('reveal_not_committed'));
  return checked;
}

function signScriptPath(
  deps: SignerDeps,
  { tree, terms, lockupOutput, claim }: Checked,
  keys: SwapKeyPair,
): Result<Secret<SignedClaim>, Refusal> {
  const claimHex = claim.hex.reveal();
  const sighash = claimSighash({ network: deps.network, claimHex, lockupOutput, leaf: tree.claimLeaf });
  const signature = signSchnorr(sighash, keys.privateKey, deps.random(32));
  if (!verifySchnorr(sighash, terms.claimPublicKey.subarray(1), signature)) throw new Error('a fresh signature does not verify');
  const preimage = Uint8Array.from(keys.preimage); // the keys' own is wiped
  return ok(new Secret({ claimHash: sha256(claimHex), witness: scriptPathWitness(tree, signature, preimage) }));
}

/** The session keeps its own copy of the key until it ends: one run of at most a few seconds. */
function cooperate(deps: SignerDeps, { tree, lockupOutput, claim }: Checked, keys: SwapKeyPair): CooperativeClaim {
  const claimHex = claim.hex.reveal();
  const sighash = claimSighash({ network: deps.network, claimHex, lockupOutput, leaf: null });
  const claimPrivateKey = Uint8Array.from(keys.privateKey);
  const session = startCooperativeSignature({ claimPrivateKey, tree, sighash }, deps.random);
  return {
    publicNonce: session.publicNonce,
    preimage: new Secret(Uint8Array.from(keys.preimage)),
    async finish(theirNonce, theirPartial) {
      try {
        return { claimHash: sha256(claimHex), witness: keyPathWitness(session.finish(theirNonce, theirPartial)) };
      } finally {
        claimPrivateKey.fill(0);
      }
    },
    abandon: () => void claimPrivateKey.fill(0),
  };
}

/** Runs `use` with the keys of one index and wipes them after it. */
function withKeys<T>(deps: Pick<SignerDeps, 'seed'>, ref: KeyRef, use: (keys: SwapKeyPair) => T): T {
  const keys = deriveSwapKeys(deps.seed, ref);
  try {
    return use(keys);
  } finally {
    keys.privateKey.fill(0);
    keys.preimage.fill(0);
  }
}

/** The same with the keys of a claim, once they are proved to be the ones that its swap was made with. */
function withKeysOf<T>(
  deps: SignerDeps,
  { key, terms }: ClaimOnRecord,
  use: (keys: SwapKeyPair) => Result<T, Refusal>,
): Result<T, Refusal> {
  return withKeys(deps, key, (keys) => {
    const ours = sameBytes(keys.publicKey, terms.claimPublicKey) && sameBytes(keys.preimageHash, terms.preimageHash);
    return ours ? use(keys) : refuse(signerRefusal('claim_of_other_key'));
  });
}

/** A refusal of the signer, by its code. */
export function signerRefusal(code: string): Refusal {
  return { kind: 'forbidden', code, message: `The signer refuses: ${code.replaceAll('_', ' ')}` };
}
