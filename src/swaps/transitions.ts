import type { Refusal } from '../lib/refusal.ts';
import type { Result } from '../lib/result.ts';
import type { StoredClaim, Swap, SwapCommon, SwapLockup, SwapOffer, SwapState, SwapStatus } from './swap.ts';
import { ok, refuse } from '../lib/result.ts';

/** Everything that can happen to a swap. */
export type SwapEvent =
  | Readonly<{ kind: 'request_sent' }>
  | Readonly<{ kind: 'answer_verified'; offer: SwapOffer }>
  | Readonly<{ kind: 'rejected'; reason: string }>
  | Readonly<{ kind: 'lockup_found'; lockup: SwapLockup }>
  | Readonly<{ kind: 'lockup_accepted' }>
  | Readonly<{ kind: 'claim_built'; claim: StoredClaim }>
  | Readonly<{ kind: 'claim_signed'; claim: StoredClaim }>
  | Readonly<{ kind: 'preimage_released'; at: Date }>
  | Readonly<{ kind: 'claim_accepted'; at: Date }>
  | Readonly<{ kind: 'claim_buried'; at: Date }>
  | Readonly<{ kind: 'expired'; reason: string }>
  | Readonly<{ kind: 'lockup_lost'; reason: string }>
  | Readonly<{ kind: 'held'; reason: string }>
  | Readonly<{ kind: 'released' }>;
export type SwapEventKind = SwapEvent['kind'];

/** The whole state machine. Read a row as: from this status, on this event, a swap moves to that status. */
export const TRANSITIONS: { readonly [From in SwapStatus]: { readonly [Kind in SwapEventKind]?: SwapStatus } } = {
  reserved: { request_sent: 'requested', rejected: 'rejected' },
  requested: { answer_verified: 'verified', rejected: 'rejected' },
  verified: { lockup_found: 'lockup_seen', expired: 'expired' },
  // A lockup still in the mempool can be replaced by another good one, and gets its height when it is mined.
  lockup_seen: { lockup_found: 'lockup_seen', lockup_accepted: 'lockup_ok', lockup_lost: 'refunded' },
  // Blinding is random: a second build would have another txid, so the first one built is stored and is the only one ever signed.
  lockup_ok: { claim_built: 'lockup_ok', claim_signed: 'claim_stored', lockup_lost: 'refunded', held: 'held' },
  claim_stored: { preimage_released: 'revealed', lockup_lost: 'refunded', held: 'held' },
  // The preimage may be out: only the chain can end this, with our claim or with a buried foreign spend.
  revealed: { claim_accepted: 'claim_accepted', lockup_lost: 'refunded', held: 'held' },
  claim_accepted: { claim_buried: 'claim_buried', lockup_lost: 'refunded', held: 'held' },
  claim_buried: {},
  // A lockup that comes after the end is written down and left to the provider's refund: the payer gets it back.
  expired: { lockup_found: 'expired' },
  refunded: {},
  rejected: {},
  // An operator mended what was wrong: everything is judged again. Only before the preimage could leave.
  held: { lockup_lost: 'refunded', released: 'lockup_ok' },
};

export type Advanced = Readonly<{ swap: Swap; changed: boolean }>;

/** The next swap; the same swap when the event says nothing new; a conflict when the table has no such edge. "New" compares facts, not names. */
export function advance(swap: Swap, event: SwapEvent): Result<Advanced, Refusal> {
  if (isRepeat(swap, event)) return ok({ swap, changed: false });
  const to = TRANSITIONS[swap.status][event.kind];
  const state = to === undefined ? null : nextState(swap, to, event);
  if (state === null) return refuse(conflict(swap.status, event.kind));
  if (state.status !== to) throw new Error(`the table says ${to}, the facts make it ${state.status}`);
  return ok({ swap: { ...commonOf(swap), version: swap.version + 1, ...state }, changed: true });
}

/** Has this very fact been written before? */
function isRepeat(swap: Swap, event: SwapEvent): boolean {
  switch (event.kind) {
    case 'request_sent':
      return swap.status === 'requested';
    case 'answer_verified':
      return 'offer' in swap && swap.offer.providerSwapId === event.offer.providerSwapId && swap.offer.invoice === event.offer.invoice;
    case 'lockup_found':
      return 'lockup' in swap && sameLockup(swap.lockup, event.lockup, swap.status !== 'lockup_seen');
    case 'lockup_accepted':
      return ['lockup_ok', 'claim_stored', 'revealed', 'claim_accepted', 'claim_buried'].includes(swap.status);
    case 'claim_built':
      return 'claim' in swap && swap.claim?.txid === event.claim.txid;
    case 'claim_signed':
      return swap.status !== 'lockup_ok' && 'claim' in swap && swap.claim?.txid === event.claim.txid;
    case 'preimage_released':
      return swap.status === 'revealed' || swap.status === 'claim_accepted' || swap.status === 'claim_buried';
    case 'claim_accepted':
      return swap.status === 'claim_accepted' || swap.status === 'claim_buried';
    case 'claim_buried':
      return swap.status === 'claim_buried';
    case 'lockup_lost':
      return swap.status === 'refunded';
    case 'released':
      return false;
    case 'expired':
    case 'rejected':
    case 'held':
      return swap.status === event.kind;
  }
}

/** After the depth rule has been met a lockup's height is no longer news. */
function sameLockup(known: SwapLockup | null, found: SwapLockup, anyHeight: boolean): boolean {
  if (known === null || known.txid !== found.txid || known.vout !== found.vout) return false;
  return anyHeight || known.height === found.height;
}

/** The facts of the new status; null when the facts at hand do not allow it. */
function nextState(swap: Swap, to: SwapStatus, event: SwapEvent): SwapState | null {
  switch (event.kind) {
    case 'request_sent':
      return { status: 'requested' };
    case 'answer_verified':
      return { status: 'verified', offer: event.offer };
    case 'rejected':
      return { status: 'rejected', reason: event.reason };
    case 'expired':
      return 'offer' in swap ? { status: 'expired', offer: swap.offer, lockup: null, reason: event.reason } : null;
    case 'lockup_found':
      return lockupState(swap, event.lockup);
    default:
      return claimState(swap, to, event);
  }
}

function lockupState(swap: Swap, lockup: SwapLockup): SwapState | null {
  if (swap.status === 'expired') return { status: 'expired', offer: swap.offer, lockup, reason: swap.reason };
  return 'offer' in swap ? { status: 'lockup_seen', offer: swap.offer, lockup } : null;
}

type ClaimEvent = Exclude<SwapEvent, { kind: 'request_sent' | 'answer_verified' | 'rejected' | 'expired' | 'lockup_found' }>;

function claimState(swap: Swap, to: SwapStatus, event: ClaimEvent): SwapState | null {
  if (!('lockup' in swap) || swap.lockup === null) return null;
  const { offer, lockup } = swap;
  const claim = 'claim' in swap ? swap.claim : null;
  const revealedAt = 'revealedAt' in swap ? swap.revealedAt : null;
  const acceptedAt = 'acceptedAt' in swap ? swap.acceptedAt : null;
  switch (event.kind) {
    case 'lockup_accepted':
      return { status: 'lockup_ok', offer, lockup, claim: null };
    case 'claim_built':
      return claim === null ? { status: 'lockup_ok', offer, lockup, claim: event.claim } : null;
    case 'claim_signed':
      return claim?.txid === event.claim.txid ? { status: 'claim_stored', offer, lockup, claim: event.claim } : null;
    case 'preimage_released':
      return claim && { status: 'revealed', offer, lockup, claim, revealedAt: event.at };
    case 'claim_accepted':
      return claim && revealedAt && { status: 'claim_accepted', offer, lockup, claim, revealedAt, acceptedAt: event.at };
    case 'claim_buried':
      return (
        claim && revealedAt && acceptedAt && { status: 'claim_buried', offer, lockup, claim, revealedAt, acceptedAt, buriedAt: event.at }
      );
    case 'released':
      return revealedAt ? null : { status: 'lockup_ok', offer, lockup, claim };
    case 'lockup_lost':
    case 'held':
      return { status: to === 'held' ? 'held' : 'refunded', offer, lockup, claim, revealedAt, acceptedAt, reason: event.reason };
  }
}

function commonOf(swap: Swap): SwapCommon {
  const { id, accountId, subject, subjectId, attempt, version, provider } = swap;
  const { key, claimPublicKey, preimageHash, invoiceSats, request, createdAt } = swap;
  return {
    id,
    accountId,
    subject,
    subjectId,
    attempt,
    version,
    provider,
    key,
    claimPublicKey,
    preimageHash,
    invoiceSats,
    request,
    createdAt,
  };
}

function conflict(status: SwapStatus, kind: SwapEventKind): Refusal {
  return { kind: 'conflict', code: 'swap_transition_refused', message: `A swap in status ${status} does not accept ${kind}` };
}
