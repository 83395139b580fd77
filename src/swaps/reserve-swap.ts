import type { Random } from '../lib/random.ts';
import type { ApplyDeps } from './apply-swap-event.ts';
import type { LightningRequest } from './lightning.ts';
import type { ProviderTerms } from './provider-terms.ts';
import type { RecordPlace, RecoveryRecord } from './recovery-record.ts';
import type { Signer } from './signer.ts';
import type { KeyRef, Swap } from './swap.ts';
import type { Lease } from './swap-store.ts';
import { toHex } from '../lib/bytes.ts';
import { newId } from '../lib/ids.ts';
import { addMs, SECOND_MS } from '../lib/time.ts';
import { LEASE_MS } from './apply-swap-event.ts';
import { burntRun, reserveFreshIndex, reserveKeyIndex, reuseRefusedIndex } from './key-index-store.ts';
import { NEWS } from './provider-hint.ts';
import { onchainSatsFloor } from './swap-fees.ts';
import { invoiceDescription } from './swap-description.ts';
import { insertSwap } from './swap-store.ts';

export type ReserveDeps = ApplyDeps & {
  readonly random: Random;
  readonly signer: Signer;
  /** What the provider shall keep for the day when our records are lost, sealed; null: nothing can be said of where the swap pays. */
  readonly recoveryRecord: (facts: RecoveryFacts) => Promise<string | null>;
};

/** A recovery record but for its destination, which wallets know. */
export type RecoveryFacts = Omit<RecoveryRecord, 'descriptor' | 'nextAddressIndex'> & RecordPlace;

/** Tries per subject and attempt, over all providers and retries of the caller. */
const ATTEMPT_STRIDE = 1_000;
/** Restore by xpub gives up after a gap of 150 unknown keys: from here on, indexes of refused creates are used again. */
const BURNT_RUN_MAX = 50;
/** BOLT11 counts whole seconds and the provider has its own clock: the invoice outlives the session by this, never the other way round. */
export const INVOICE_EXTRA_SECONDS = 15;
/** A swap whose create died is looked at again by the sweep, long after any caller has retried. */
export const UNANSWERED_LOOK_MS = 15 * 60 * SECOND_MS;

/** At which provider, under which terms, and the how-manyth try of this attempt it is. */
type Place = Readonly<{
  provider: string;
  terms: ProviderTerms;
  tries: number;
  /** Where this provider may send hints, up to the token; null: nowhere. */
  hintsAt: string | null;
}>;

/** Index first, committed; then the swap with its hash and the mark that it was asked for: all rest before anything leaves. */
export async function reserveSwap(deps: ReserveDeps, request: LightningRequest, place: Place): Promise<{ swap: Swap; lease: Lease }> {
  const { accountId, subject, subjectId, amountSats, attempt } = request;
  const { provider, terms, tries, hintsAt } = place;
  const key = await takeKeyIndex(deps);
  const { claimPublicKey, preimageHash } = await deps.signer.swapKeys(key);
  const createdAt = deps.now();
  const common = { accountId, subject, subjectId, attempt: attempt * ATTEMPT_STRIDE + tries, provider, key, claimPublicKey, preimageHash };
  const id = newId(deps.random, 'swap');
  const times = { createdAt, expiresAt: request.expiresAt };
  const facts = { swapId: id, ...common, ...times, invoiceSats: amountSats, floorSats: onchainSatsFloor(amountSats, terms.pair) };
  const metadata = await deps.recoveryRecord({ ...facts, fiat: request.fiat ?? null });
  const swap: Swap = {
    ...{ id, ...common, version: 1 },
    ...{ invoiceSats: amountSats, createdAt, status: 'requested' },
    request: {
      from: 'BTC',
      to: 'L-BTC',
      preimageHash: toHex(preimageHash),
      claimPublicKey: toHex(claimPublicKey),
      invoiceAmount: Number(amountSats), // exact: within the provider's limits, far below 2^53
      pairHash: terms.pair.hash,
      description: invoiceDescription(request.description),
      invoiceExpiry: askedExpiry(request, terms, createdAt),
      ...(metadata === null ? {} : { metadata }),
      ...(hintsAt === null ? {} : { webhook: { url: hintsAt, hashSwapId: true, status: [...NEWS] } }),
    },
  };
  const lease = await insertSwap(deps, swap, { leaseUntil: addMs(createdAt, LEASE_MS), nextLookAt: addMs(createdAt, UNANSWERED_LOOK_MS) });
  return { swap, lease };
}

async function takeKeyIndex(deps: ReserveDeps): Promise<KeyRef> {
  const fresh = await reserveFreshIndex(deps, BURNT_RUN_MAX);
  if (fresh) return fresh;
  const burnt = await burntRun(deps);
  const reused = await reuseRefusedIndex(deps);
  if (!reused) deps.log.error({ burnt }, 'too many key indexes in a row without a swap');
  return reused ?? reserveKeyIndex(deps);
}

/** Seconds from now to the session's end and a little more, within what the provider takes. Rounded up: never shorter than the session. */
function askedExpiry({ expiresAt }: LightningRequest, { expiry }: ProviderTerms, at: Date): number {
  const wanted = Math.ceil((expiresAt.getTime() - at.getTime()) / SECOND_MS) + INVOICE_EXTRA_SECONDS;
  return Math.min(expiry.max, Math.max(expiry.min, wanted));
}

/** Is this swap a try of that attempt? */
export function isOf(request: LightningRequest, swap: Swap): boolean {
  return attemptOf(swap) === request.attempt;
}

/** Which attempt of its subject a swap belongs to. */
export function attemptOf({ attempt }: Swap): number {
  return Math.floor(attempt / ATTEMPT_STRIDE);
}

export function nextTry(earlier: readonly Swap[]): number {
  return Math.max(-1, ...earlier.map((swap) => swap.attempt % ATTEMPT_STRIDE)) + 1;
}
