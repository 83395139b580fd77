import type { Policy } from './choose-lockup.ts';
import type { ChainView } from './read-chain.ts';
import type { Swap, SwapIn, SwapLockup, SwapOffer } from './swap.ts';
import type { SwapEvent } from './transitions.ts';
import type { SeenOutput } from './verify-lockup.ts';
import { HOUR_MS, MINUTE_MS, SECOND_MS } from '../lib/time.ts';
import { bestLockup, depth, isRefused, judge, outpoint } from './choose-lockup.ts';
import { hasRoomToClaim } from './verify-lockup.ts';

/** Everything that a decision rests on, read just before it. */
export type Facts = Readonly<{
  at: Date;
  /** Null: no source answered. */
  chain: ChainView | null;
  /** The provider's status as a hint; null: it did not answer. */
  provider: string | null;
  /** The lockup that the provider announces can never be mined: another transaction spends what it spends. */
  announcedDead: boolean;
  /** This run has sent the claim out already. */
  broadcastTried: boolean;
  /** And a chain source took it. */
  broadcastTaken: boolean;
}>;

export type Decision =
  | Readonly<{ do: 'apply'; event: SwapEvent }>
  | Readonly<{ do: 'accept_lockup'; lockup: SwapLockup }>
  | Readonly<{ do: 'take_address' }>
  | Readonly<{ do: 'build_claim'; output: SeenOutput }>
  | Readonly<{ do: 'sign_claim' }>
  | Readonly<{ do: 'release_preimage' }>
  | Readonly<{ do: 'broadcast' }>
  /** `concern` is worth a line in the log, `alarm` a human. */
  | Readonly<{ do: 'look_again'; afterMs: number; concern?: string; alarm?: 'lockup_gone' }>
  | Readonly<{ do: 'rest' }>;

/** The sweep that would be enough alone. */
export const SWEEP_MS = 30 * SECOND_MS;
/** Money is moving: look as often as a block explorer allows. */
const MOVING_MS = 3 * SECOND_MS;
/** A lockup is announced and on its way to our source: a payer is watching. */
const AWAITED_MS = SECOND_MS;
const WATCHING_MS = 5 * SECOND_MS;
/** A chain source has our claim: its block comes within the minute, and another one must follow. Until then the only news could be that it is gone. */
export const SENT_MS = MINUTE_MS;
const MINED_MS = SWEEP_MS / 2;
/** Late lockups are only written down, and the provider's own word of one is a look at once: the longer ago, the less often. */
const RARE_MS = 10 * MINUTE_MS;
const RAREST_MS = 4 * HOUR_MS;
/** The next look comes after half of the time since the invoice's end: some ten looks in the day until the lockup would be refunded. */
const RARER_SHARE = 2;
/** The provider's invoice clock ticks each minute; a payment made in the last second may still be on its way to a lockup. */
const CLOSE_GRACE_MS = 30 * SECOND_MS;
/** A provider that says nothing does not keep an unpaid invoice open longer than this: a later lockup is refunded by the protocol. */
const SILENCE_GRACE_MS = 60 * SECOND_MS;
/** A lockup that the provider has announced gets this long to appear on our own chain source, which may lag. */
const ANNOUNCED_GRACE_MS = 15 * MINUTE_MS;
/** A create that nobody came back for was never shown. */
const ABANDONED_MS = 15 * MINUTE_MS;
/** Two blocks are final on Liquid (one block a minute, functionaries sign). */
export const BURIED_BLOCKS = 2;

const ANNOUNCED = ['transaction.mempool', 'transaction.confirmed', 'invoice.settled'];
const OVER = ['invoice.expired', 'swap.expired', 'transaction.failed', 'transaction.refunded'];

/** What to do with this swap now. Pure: the same facts always give the same answer. */
export function decideNext(policy: Policy, swap: Swap, facts: Facts): Decision {
  switch (swap.status) {
    case 'reserved':
    case 'requested':
      return decideUnanswered(swap, facts);
    case 'verified':
      return decideOpen(policy, swap, facts);
    case 'lockup_seen':
    case 'lockup_ok':
    case 'claim_stored':
      return decideUnrevealed(policy, swap, facts);
    case 'revealed':
    case 'claim_accepted':
      return decideRevealed(swap, facts);
    case 'expired':
      return decideExpired(policy, swap, facts);
    case 'held':
      return takenBack(swap, facts) ?? { do: 'look_again', afterMs: RARE_MS };
    case 'claim_buried':
    case 'refunded':
    case 'rejected':
      return { do: 'rest' };
  }
}

function decideUnanswered(swap: Swap, { at }: Facts): Decision {
  const ageMs = at.getTime() - swap.createdAt.getTime();
  if (ageMs >= ABANDONED_MS) return { do: 'apply', event: { kind: 'rejected', reason: 'abandoned' } };
  return { do: 'look_again', afterMs: ABANDONED_MS - ageMs };
}

function decideOpen(policy: Policy, { offer }: SwapIn<'verified'>, facts: Facts): Decision {
  const { chain } = facts;
  if (!chain) return { do: 'look_again', afterMs: WATCHING_MS, concern: 'no_chain_source' };
  const good = bestLockup(policy, offer, chain);
  if (good) return { do: 'accept_lockup', lockup: good };
  const bad = chain.outputs.map((output) => judge(policy, offer, chain, output)).find(isRefused);
  const end = endOfOpen(offer, facts, bad !== undefined);
  if (end.close) return { do: 'apply', event: { kind: 'expired', reason: bad ? `lockup_${bad.reason}` : end.reason } };
  return { do: 'look_again', afterMs: end.afterMs, ...(bad ? { concern: `lockup_${bad.reason}` } : {}) };
}

type End = { readonly close: true; readonly reason: string } | { readonly close: false; readonly afterMs: number };

/** No good lockup is on the chain: is the invoice over? While it can be paid, or a payment may be on its way, it is not. */
function endOfOpen(offer: SwapOffer, { at, chain, provider, announcedDead }: Facts, badLockup: boolean): End {
  if (chain && !hasRoomToClaim(offer.timeoutHeight, chain.tipHeight)) return { close: true, reason: 'timeout_reached' };
  if (provider !== null && OVER.includes(provider)) return { close: true, reason: provider.replace('.', '_') };
  const announced = isAnnounced(provider) && !announcedDead;
  const pastMs = at.getTime() - offer.invoiceExpiresAt.getTime();
  if (pastMs < 0) return { close: false, afterMs: announced ? AWAITED_MS : Math.min(SWEEP_MS, -pastMs + SECOND_MS) };
  if (badLockup) return { close: true, reason: 'lockup_refused' };
  const graceMs = announced ? ANNOUNCED_GRACE_MS : provider === null ? SILENCE_GRACE_MS : CLOSE_GRACE_MS;
  if (pastMs >= graceMs) return { close: true, reason: announced ? 'lockup_never_seen' : 'invoice_expired' };
  return { close: false, afterMs: MOVING_MS };
}

/** Does the provider say that it has locked up? */
export function isAnnounced(provider: string | null): boolean {
  return provider !== null && ANNOUNCED.includes(provider);
}

type Unrevealed = SwapIn<'lockup_seen'> | SwapIn<'lockup_ok'> | SwapIn<'claim_stored'>;

/** The preimage is still ours: every doubt ends in waiting, and the payer is refunded by the protocol. */
function decideUnrevealed(policy: Policy, swap: Unrevealed, facts: Facts): Decision {
  const { chain } = facts;
  if (!chain) return { do: 'look_again', afterMs: WATCHING_MS, concern: 'no_chain_source' };
  const spent = chain.spends.get(outpoint(swap.lockup));
  if (spent) return { do: 'apply', event: { kind: 'lockup_lost', reason: 'lockup_taken_back' } };
  if (chain.tipHeight >= swap.offer.timeoutHeight) return { do: 'apply', event: { kind: 'lockup_lost', reason: 'too_late_to_claim' } };
  const output = lockupOf(swap, chain);
  if (!output) return decideVanished(policy, swap, facts);
  const verdict = judge(policy, swap.offer, chain, output);
  if (verdict.verdict === 'refused') return { do: 'look_again', afterMs: SWEEP_MS, concern: `lockup_${verdict.reason}` };
  if (swap.status === 'lockup_seen' && output.height !== swap.lockup.height) {
    return { do: 'accept_lockup', lockup: { ...swap.lockup, height: output.height } };
  }
  if (verdict.verdict === 'wait') return { do: 'look_again', afterMs: WATCHING_MS };
  if (swap.status === 'lockup_seen') return { do: 'take_address' };
  if (swap.status === 'claim_stored') return { do: 'release_preimage' };
  return swap.claim ? { do: 'sign_claim' } : { do: 'build_claim', output };
}

function lockupOf({ lockup }: Unrevealed, { outputs }: ChainView): SeenOutput | undefined {
  return outputs.find((seen) => seen.txid === lockup.txid && seen.vout === lockup.vout);
}

/** Dropped or replaced; or our sources lag behind what they have shown before. */
function decideVanished(policy: Policy, swap: Unrevealed, facts: Facts): Decision {
  const other = facts.chain && swap.status === 'lockup_seen' ? bestLockup(policy, swap.offer, facts.chain) : null;
  if (other) return { do: 'accept_lockup', lockup: other };
  const saidOver = facts.provider !== null && OVER.includes(facts.provider);
  const pastMs = facts.at.getTime() - swap.offer.invoiceExpiresAt.getTime();
  if (saidOver || facts.announcedDead || pastMs >= ANNOUNCED_GRACE_MS)
    return { do: 'apply', event: { kind: 'lockup_lost', reason: 'lockup_vanished' } };
  return { do: 'look_again', afterMs: MOVING_MS, concern: 'lockup_not_visible' };
}

/** Our claim is listed and not yet under enough blocks: whatever the transactions of its swap hold, there is nothing to do but wait. */
export function waitsForBlocks(swap: Swap, { heights, tipHeight }: Pick<ChainView, 'heights' | 'tipHeight'>): boolean {
  if (swap.status !== 'claim_accepted') return false;
  const height = heights.get(swap.claim.txid);
  return height === null || (height !== undefined && depth({ tipHeight }, height) < BURIED_BLOCKS);
}

/** Can the provider's word matter? To know that an unpaid invoice is over, or that a lockup is to come: never where the chain shows a good one. */
export function asksProvider(policy: Policy, swap: Swap, chain: ChainView | null): boolean {
  if (!chain) return false;
  if (swap.status === 'verified') return bestLockup(policy, swap.offer, chain) === null;
  return swap.status === 'lockup_seen' && lockupOf(swap, chain) === undefined;
}

/** The preimage may be out: the claim goes out again and again until it is buried, or a foreign spend is. */
function decideRevealed(swap: SwapIn<'revealed'> | SwapIn<'claim_accepted'>, facts: Facts): Decision {
  const { chain, at } = facts;
  const height = chain?.heights.get(swap.claim.txid);
  if (chain && height !== undefined) {
    if (swap.status === 'revealed') return { do: 'apply', event: { kind: 'claim_accepted', at } };
    if (height !== null && depth(chain, height) >= BURIED_BLOCKS) return { do: 'apply', event: { kind: 'claim_buried', at } };
    return { do: 'look_again', afterMs: height === null ? SENT_MS : MINED_MS };
  }
  const lost = takenBack(swap, facts);
  if (lost) return lost;
  if (!facts.broadcastTried) return { do: 'broadcast' };
  const isGone = chain !== null && !chain.heights.has(swap.lockup.txid) && !facts.broadcastTaken;
  if (isGone) return { do: 'look_again', afterMs: MINUTE_MS, alarm: 'lockup_gone' };
  if (swap.status === 'claim_accepted') return { do: 'look_again', afterMs: facts.broadcastTaken ? SENT_MS : WATCHING_MS };
  return { do: 'look_again', afterMs: MOVING_MS, concern: chain ? 'claim_not_accepted' : 'no_chain_source' };
}

/** A foreign spend that is buried; or a lockup that no source knows once the claim's time is over. */
function takenBack(swap: SwapIn<'revealed' | 'claim_accepted' | 'held'>, { chain }: Facts): Decision | null {
  if (!chain) return null;
  const spent = chain.spends.get(outpoint(swap.lockup));
  if (spent && spent.txid !== swap.claim?.txid && spent.height !== null && depth(chain, spent.height) >= BURIED_BLOCKS) {
    return { do: 'apply', event: { kind: 'lockup_lost', reason: 'lockup_taken_back' } };
  }
  const gone = !chain.heights.has(swap.lockup.txid) && chain.tipHeight >= swap.offer.timeoutHeight;
  return gone ? { do: 'apply', event: { kind: 'lockup_lost', reason: 'lockup_vanished' } } : null;
}

function decideExpired(policy: Policy, swap: SwapIn<'expired'>, { at, chain }: Facts): Decision {
  const overMs = at.getTime() - swap.offer.invoiceExpiresAt.getTime();
  const afterMs = Math.min(RAREST_MS, Math.max(RARE_MS, Math.floor(overMs / RARER_SHARE)));
  if (!chain) return { do: 'look_again', afterMs };
  const late = swap.lockup ? null : bestLockup(policy, swap.offer, chain);
  if (late) return { do: 'apply', event: { kind: 'lockup_found', lockup: late } };
  return chain.tipHeight >= swap.offer.timeoutHeight ? { do: 'rest' } : { do: 'look_again', afterMs };
}
