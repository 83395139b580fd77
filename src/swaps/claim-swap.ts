import type { Refusal } from '../lib/refusal.ts';
import type { Result } from '../lib/result.ts';
import type { ChainSource } from '../liquid/chain-source.ts';
import type { LiquidNetwork } from '../liquid/network.ts';
import type { ClaimRequest, UnsignedClaim } from '../liquid/claim-transaction.ts';
import type { ApplyDeps } from './apply-swap-event.ts';
import type { ClaimAddress, RecordDeps } from './claim-record.ts';
import type { Provider } from './provider-client.ts';
import type { SignedClaim, Signer } from './signer.ts';
import type { StoredClaim, Swap, SwapIn } from './swap.ts';
import type { Lease } from './swap-store.ts';
import type { SeenOutput } from './verify-lockup.ts';
import { fromHex, sameBytes, sha256 } from '../lib/bytes.ts';
import { sats } from '../lib/money.ts';
import { Secret } from '../lib/secret.ts';
import { IN_TIME, pause } from '../lib/time.ts';
import { CLAIM_FEE_SATS, withWitness } from '../liquid/claim-transaction.ts';
import { applySwapEvent } from './apply-swap-event.ts';
import { takeAddress } from './claim-record.ts';

export type ClaimDeps = ApplyDeps &
  RecordDeps & {
    readonly network: LiquidNetwork;
    readonly proofs: { readonly buildClaim: (request: ClaimRequest) => Promise<UnsignedClaim> };
    readonly signer: Signer;
    readonly chains: readonly ChainSource[];
    readonly provider: (name: string) => Provider | null;
  };

/** The whole cooperative try, reading and signing included. After it the stored claim goes out alone. */
export const COOPERATIVE_WINDOW_MS = 3_000;

/** The merchant's next address is taken in the very commit that says the lockup is good; a crash after it finds the same address. */
export async function acceptDepth(
  deps: ClaimDeps,
  lease: Lease,
  known: Swap,
): Promise<{ readonly swap: Swap; readonly destination: ClaimAddress | null }> {
  let destination: ClaimAddress | null = null;
  const swap = await applySwapEvent(deps, {
    lease,
    known,
    event: { kind: 'lockup_accepted' },
    asksOnly: true, // nobody is told of this step
    within: async (tx, saved) => {
      destination = await takeAddress(deps, tx, saved);
    },
  });
  return { swap, destination };
}

/** What a claim is built from: the output as this run has read it, and where it goes where this run has taken the address. */
export type ClaimParts = { readonly output: SeenOutput; readonly destination: ClaimAddress | null };

/** Builds the claim and stores it before anything is signed: blinding is random, a second build would have another txid. */
export async function buildAndStore(deps: ClaimDeps, lease: Lease, swap: SwapIn<'lockup_ok'>, parts: ClaimParts): Promise<Swap> {
  const { output } = parts;
  if (!output.unblinded) throw new Error(`the lockup of ${swap.id} cannot be read`);
  const destination = parts.destination ?? (await deps.database.transact((tx) => takeAddress(deps, tx, swap)));
  const built = await deps.proofs.buildClaim({
    network: deps.network,
    lockupHex: output.hex,
    lockupVout: output.vout,
    lockup: output.unblinded,
    destination,
    feeSats: CLAIM_FEE_SATS,
  });
  const claim = { hex: new Secret(built.hex), txid: built.txid, feeSats: sats(built.feeSats) };
  return applySwapEvent(deps, { lease, known: swap, event: { kind: 'claim_built', claim } });
}

/** The script path needs nobody's help: once this is stored, every later crash ends in sending the stored bytes. */
export async function signAndStore(deps: ClaimDeps, lease: Lease, swap: SwapIn<'lockup_ok'>): Promise<Swap> {
  const signed = await deps.signer.signStoredClaim(swap.id);
  if (!signed.ok) return holdRefused(deps, lease, signed);
  if (!swap.claim) throw new Error(`swap ${swap.id} has no claim to sign`);
  const hex = new Secret(signedHex(swap.claim, signed.value.reveal()));
  return applySwapEvent(deps, { lease, known: swap, event: { kind: 'claim_signed', claim: { ...swap.claim, hex } } });
}

/** @throws Error when other bytes were signed than these: nobody would take the two together. */
function signedHex(claim: StoredClaim, { claimHash, witness }: SignedClaim): string {
  const hex = claim.hex.reveal();
  if (!sameBytes(sha256(hex), claimHash)) throw new Error('the signer has signed another claim than the one at hand');
  return withWitness(hex, witness);
}

/** The commit after which the preimage may leave. */
export async function releasePreimage(deps: ClaimDeps, lease: Lease, known: Swap): Promise<Swap> {
  return applySwapEvent(deps, { lease, known, event: { kind: 'preimage_released', at: deps.now() } });
}

/**
 * Sends the claim out: with the provider's signature when `cooperate` and it comes in time, else as stored. One txid either way.
 * True when a chain source has taken it.
 */
export async function broadcastClaim(deps: ClaimDeps, swap: SwapIn<'revealed' | 'claim_accepted'>, cooperate: boolean): Promise<boolean> {
  const joint = cooperate ? await cooperativeHex(deps, swap) : null;
  if (joint && (await sendOut(deps, swap, joint))) return true;
  const stored = swap.claim.hex.reveal();
  if (await sendOut(deps, swap, stored)) return true;
  // Our sources refuse or do not answer; the provider's node may pass it on. That is no proof: the next look at the chain decides.
  void deps
    .provider(swap.provider)
    ?.broadcast(stored)
    .catch(() => undefined);
  return false;
}

async function holdRefused(deps: ClaimDeps, lease: Lease, refused: Exclude<Result<unknown, Refusal>, { ok: true }>): Promise<Swap> {
  deps.log.error({ swapId: lease.swapId, code: refused.error.code }, 'the signer refused a stored claim, an operator must look');
  return applySwapEvent(deps, { lease, event: { kind: 'held', reason: refused.error.code } });
}

/** Null on any failure, refusal or slowness: the stored claim is good, so nothing here may hold it up. */
async function cooperativeHex(deps: ClaimDeps, swap: SwapIn<'revealed' | 'claim_accepted'>): Promise<string | null> {
  const over = new AbortController();
  const late = pause(COOPERATIVE_WINDOW_MS, over.signal).then(
    () => null,
    () => null,
  );
  try {
    return await Promise.race([cosign(deps, swap), late]);
  } catch (error) {
    deps.log.warn({ swapId: swap.id, err: error }, 'no joint signature, the stored claim goes out alone');
    return null;
  } finally {
    over.abort(IN_TIME);
  }
}

async function cosign(deps: ClaimDeps, swap: SwapIn<'revealed' | 'claim_accepted'>): Promise<string | null> {
  const provider = deps.provider(swap.provider);
  if (!provider) return null;
  const started = await deps.signer.startCooperative(swap.id);
  if (!started.ok) throw new Error(started.error.message);
  const { publicNonce, preimage, finish, abandon } = started.value;
  try {
    const claimHex = withWitness(swap.claim.hex.reveal(), []);
    const answer = await provider.cosign(swap.offer.providerSwapId, { preimage: preimage.reveal(), publicNonce, claimHex });
    if (!answer.ok) throw new Error(answer.error.reason);
    return signedHex(swap.claim, await finish(fromHex(answer.value.publicNonce), fromHex(answer.value.partialSignature)));
  } finally {
    preimage.reveal().fill(0);
    abandon();
  }
}

/** To every source at once; the first that takes it is enough. */
async function sendOut(deps: ClaimDeps, swap: SwapIn<'revealed' | 'claim_accepted'>, hex: string): Promise<boolean> {
  const sends = deps.chains.map(async (source) => {
    const sent = await source.broadcast(hex, swap.claim.txid);
    if (!sent.accepted) throw new Error(`${source.name}: ${sent.reason}`);
  });
  try {
    await Promise.any(sends);
    return true;
  } catch (error) {
    const reasons = error instanceof AggregateError ? error.errors.map((one) => (one instanceof Error ? one.message : String(one))) : [];
    deps.log.warn({ swapId: swap.id, reasons }, 'no chain source took the claim');
    return false;
  }
}
