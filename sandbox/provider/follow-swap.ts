import type { ProviderDeps } from './provider-deps.ts';
import type { Swap } from './swap.ts';
import { fromHex, sha256, toHex } from '../../src/lib/bytes.ts';
import { hasNoRefund, payLockup, takeBackDueMs, takeBackLockup } from '../faults/lie-at-lockup.ts';
import { cannotSettle } from './claim-swap.ts';
import { findOutput, revealedPreimage } from './lockup-output.ts';
import { makeRefund } from './make-refund.ts';
import { isFinal, isSettledForGood } from './swap.ts';

/**
 * Looks at the chain, the clock and the payer's money, and brings the swap as far as they allow. Repeat-safe: called for every block,
 * payment, look-up and start, each time it does only what is still missing. Answers the swap as it stands; faults are logged, the next call tries again.
 */
export async function followSwap(deps: ProviderDeps, id: string): Promise<Swap | null> {
  return deps.inTurn(id, async () => {
    let swap = deps.book.byId(id);
    try {
      while (swap) {
        const next = await nextStep(deps, swap);
        if (!next) break;
        swap = await deps.book.save(next);
      }
    } catch (error) {
      deps.log.error({ swapId: id, error }, 'a swap could not be followed');
    }
    return swap;
  });
}

/** The swap after one step, or null when there is nothing to do. */
async function nextStep(deps: ProviderDeps, swap: Swap): Promise<Swap | null> {
  if (swap.takeBackMs !== null && deps.now().getTime() >= swap.takeBackMs) return takeBackLockup(deps, swap);
  if (isSettledForGood(swap)) return null;
  if (isFinal(swap)) return confirmRefund(deps, swap);
  if (swap.lockup) return followLockup(deps, swap, swap.lockup);
  return followInvoice(deps, swap);
}

async function followInvoice(deps: ProviderDeps, swap: Swap): Promise<Swap | null> {
  const nowMs = deps.now().getTime();
  if (swap.htlc.state === 'held') return lockFunds(deps, swap);
  if (swap.htlc.state === 'partial') return nowMs >= swap.htlc.partsDueMs ? { ...swap, htlc: { state: 'none' } } : null;
  if (deps.chain.height() >= swap.timeoutBlockHeight) return { ...swap, status: 'swap.expired', failureReason: 'onchain HTLC timed out' };
  if (swap.status === 'swap.created' && nowMs >= swap.invoiceExpiresMs) return { ...swap, status: 'invoice.expired' };
  return null;
}

/** Locks the L-BTC. A lockup that went out just before a crash is found on the chain and adopted: never a second one. */
async function lockFunds(deps: ProviderDeps, swap: Swap): Promise<Swap> {
  const script = fromHex(swap.lockupScript);
  const earlier = deps.chain.transactionsOfScript(script)[0];
  if (earlier) {
    const hex = deps.chain.transaction(earlier.txid)?.hex;
    const vout = hex ? findOutput(hex, script) : null;
    if (vout !== null) return locked(deps, swap, { txid: earlier.txid, vout });
  }
  try {
    return locked(deps, swap, await payLockup(deps, swap));
  } catch (error) {
    deps.log.warn({ swapId: swap.id, error }, 'the provider could not lock up');
    return { ...swap, status: 'transaction.failed', htlc: { state: 'cancelled' }, failureReason: 'onchain coins could not be sent' };
  }
}

function locked(deps: ProviderDeps, swap: Swap, lockup: NonNullable<Swap['lockup']>): Swap {
  return { ...swap, status: 'transaction.mempool', lockup, takeBackMs: takeBackDueMs(deps, swap) };
}

async function followLockup(deps: ProviderDeps, swap: Swap, lockup: NonNullable<Swap['lockup']>): Promise<Swap | null> {
  const spender = deps.chain.spender(lockup.txid, lockup.vout);
  const claimed = spent(deps, swap, spender);
  if (claimed) return claimed;
  const isOver = deps.chain.height() >= swap.timeoutBlockHeight;
  if (isOver && hasNoRefund(swap)) return closed(swap);
  if (spender) return null;
  if (swap.refund) return { ...swap, ...(await sendRefund(deps, swap, swap.refund)) };
  if (isOver) return { ...swap, refund: makeRefund(deps, swap, lockup) };
  if (swap.status === 'transaction.mempool' && typeof deps.chain.transaction(lockup.txid)?.height === 'number') {
    return { ...swap, status: 'transaction.confirmed' };
  }
  return null;
}

/** What is known of the end: our own refund, or the preimage, from a claim by the script path or from a call before the payment could be settled. */
function spent(deps: ProviderDeps, swap: Swap, spender: { txid: string; vin: number } | null): Swap | null {
  if (spender && swap.refund?.txid === spender.txid) return refunded(swap, swap.refund);
  const preimage = swap.preimage ?? (spender && shownPreimage(deps, swap, spender));
  if (preimage === null || cannotSettle(deps)) return null;
  return { ...swap, status: 'invoice.settled', preimage, htlc: { state: 'settled' }, refund: null };
}

function shownPreimage(deps: ProviderDeps, { preimageHash }: Swap, spender: { txid: string; vin: number }): string | null {
  const hex = deps.chain.transaction(spender.txid)?.hex;
  const preimage = hex ? revealedPreimage(hex, spender.vin) : null;
  return preimage && toHex(sha256(preimage)) === preimageHash ? toHex(preimage) : null;
}

/** The time of a lockup is over that was none: there is nothing to take back, and the payer's money goes home. */
function closed(swap: Swap): Swap {
  return { ...swap, status: 'swap.expired', htlc: { state: 'cancelled' }, failureReason: 'onchain HTLC timed out' };
}

/** The refund was stored before this; a chain that refuses it (the claim was faster) shows its spender at the next look. */
async function sendRefund(deps: ProviderDeps, swap: Swap, refund: NonNullable<Swap['refund']>): Promise<Partial<Swap>> {
  const accepted = await deps.chain.accept(refund.hex);
  if (accepted.ok) return refunded(swap, refund);
  throw new Error(`the refund was refused: ${accepted.reason}`);
}

function refunded(swap: Swap, refund: NonNullable<Swap['refund']>): Swap {
  return { ...swap, status: 'transaction.refunded', failureReason: `refunded onchain coins: ${refund.txid}` };
}

/** The payer gets the money back only when the refund is in a block. */
function confirmRefund(deps: ProviderDeps, swap: Swap): Swap | null {
  const refund = swap.refund;
  if (!refund || typeof deps.chain.transaction(refund.txid)?.height !== 'number') return null;
  return { ...swap, refund: { ...refund, confirmed: true }, htlc: { state: 'cancelled' } };
}
