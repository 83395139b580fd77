import type { Random } from '../lib/random.ts';
import type { Refusal } from '../lib/refusal.ts';
import type { Result } from '../lib/result.ts';
import type { LiquidNetwork } from '../liquid/network.ts';
import type { SwapTerms } from '../liquid/swap-tree.ts';
import type { LiquidOutput } from '../liquid/transaction.ts';
import type { KeyRef } from './swap.ts';
import type { SwapKeyPair } from './swap-keys.ts';
import { schnorr } from '@noble/curves/secp256k1.js';
import { ok, refuse } from '../lib/result.ts';
import { Secret } from '../lib/secret.ts';
import { sameBytes } from '../lib/bytes.ts';
import { claimSighash, withKeyPathWitness, withScriptPathWitness } from '../liquid/claim-transaction.ts';
import { startCooperativeSignature } from '../liquid/cooperative-signature.ts';
import { buildSwapTree } from '../liquid/swap-tree.ts';
import { claimFault, withoutWitness } from './claim-rules.ts';
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

/** One try at signing together with the provider. */
export type CooperativeClaim = Readonly<{
  publicNonce: Uint8Array;
  /** Without its witness, for the provider. */
  unsignedHex: string;
  preimage: Secret<Uint8Array>;
  /** The whole transaction, ready to broadcast. Serves once. @throws Error (rejects) on any mismatch in what the provider sent. */
  finish: (theirNonce: Uint8Array, theirPartial: Uint8Array) => Promise<string>;
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
  signStoredClaim(swapId: string): Promise<Result<Secret<string>, Refusal>>;
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

export function makeSigner(deps: SignerDeps): Signer {
  return {
    async fingerprint(era) {
      return xpubFingerprint(deps.seed, era);
    },
    async swapKeys(ref) {
      return withKeys(deps, ref, ({ publicKey, preimageHash }) => ({ claimPublicKey: publicKey, preimageHash }));
    },
    async signStoredClaim(swapId) {
      const record = await readChecked(deps, swapId);
      if (!record.ok) return record;
      if (record.value.claim.signed) return refuse(signerRefusal('claim_signed_already'));
      return signScriptPath(deps, record.value);
    },
    async startCooperative(swapId) {
      const record = await readRevealed(deps, swapId);
      return record.ok ? ok(cooperate(deps, record.value)) : record;
    },
  };
}

/** The stored claim, once every rule about where it pays has been checked against the record. */
async function readChecked(deps: SignerDeps, swapId: string): Promise<Result<ClaimOnRecord, Refusal>> {
  const record = await deps.readStoredClaim(swapId);
  if (!record) return refuse(signerRefusal('claim_not_stored'));
  const fault = claimFault(deps.network, record);
  if (fault) return refuse(signerRefusal(fault));
  const ours = withKeys(deps, record.key, (keys) => {
    const { claimPublicKey, preimageHash } = record.terms;
    return sameBytes(keys.publicKey, claimPublicKey) && sameBytes(keys.preimageHash, preimageHash);
  });
  return ours ? ok(record) : refuse(signerRefusal('claim_of_other_key'));
}

async function readRevealed(deps: SignerDeps, swapId: string): Promise<Result<ClaimOnRecord, Refusal>> {
  const record = await readChecked(deps, swapId);
  if (!record.ok) return record;
  if (!record.value.claim.signed) return refuse(signerRefusal('claim_not_signed'));
  if (record.value.revealedAt === null) return refuse(signerRefusal('reveal_not_committed'));
  return record;
}

function signScriptPath(deps: SignerDeps, { key, terms, lockupOutput, claim }: ClaimOnRecord): Result<Secret<string>, Refusal> {
  const tree = buildSwapTree(terms);
  const claimHex = claim.hex.reveal();
  const sighash = claimSighash({ network: deps.network, claimHex, lockupOutput, leaf: tree.claimLeaf });
  return withKeys(deps, key, ({ privateKey, preimage }) => {
    const signature = schnorr.sign(sighash, privateKey, deps.random(32));
    if (!schnorr.verify(signature, sighash, terms.claimPublicKey.subarray(1))) throw new Error('a fresh signature does not verify');
    return ok(new Secret(withScriptPathWitness(claimHex, tree, signature, preimage)));
  });
}

/** The session keeps its own copy of the key until it ends: one run of at most a few seconds. */
function cooperate(deps: SignerDeps, { key, terms, lockupOutput, claim }: ClaimOnRecord): CooperativeClaim {
  const claimHex = claim.hex.reveal();
  const sighash = claimSighash({ network: deps.network, claimHex, lockupOutput, leaf: null });
  const { privateKey: claimPrivateKey, preimage } = deriveSwapKeys(deps.seed, key);
  const session = startCooperativeSignature({ claimPrivateKey, terms, sighash }, deps.random);
  return {
    publicNonce: session.publicNonce,
    unsignedHex: withoutWitness(claimHex),
    preimage: new Secret(preimage),
    async finish(theirNonce, theirPartial) {
      try {
        return withKeyPathWitness(claimHex, session.finish(theirNonce, theirPartial));
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

/** A refusal of the signer, by its code. */
export function signerRefusal(code: string): Refusal {
  return { kind: 'forbidden', code, message: `The signer refuses: ${code.replaceAll('_', ' ')}` };
}
