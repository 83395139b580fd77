import type { ProviderDeps } from './provider-deps.ts';
import type { Swap } from './swap.ts';
import { fromHex, sha256, toHex } from '../../src/lib/bytes.ts';
import { findOutput, revealedPreimage } from './lockup-output.ts';
import { makeRefund } from './make-refund.ts';
import { isFinal, isSettledForGood } from './swap.ts';
import { publicKeyOf } from './swap-tree.ts';

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
    if (vout !== null) return { ...swap, status: 'transaction.mempool', lockup: { txid: earlier.txid, vout } };
  }
  try {
    const blindingPublicKey = publicKeyOf(fromHex(swap.blindingKey));
    const { txid, vout } = await deps.wallet.pay({ script, blindingPublicKey, amountSats: swap.onchainSats });
    return { ...swap, status: 'transaction.mempool', lockup: { txid, vout } };
  } catch (error) {
    deps.log.warn({ swapId: swap.id, error }, 'the provider could not lock up');
    return { ...swap, status: 'transaction.failed', htlc: { state: 'cancelled' }, failureReason: 'onchain coins could not be sent' };
  }
}

async function followLockup(deps: ProviderDeps, swap: Swap, lockup: NonNullable<Swap['lockup']>): Promise<Swap | null> {
  const spender = deps.chain.spender(lockup.txid, lockup.vout);
  if (spender) return spent(deps, swap, spender);
  if (swap.refund) return { ...swap, ...(await sendRefund(deps, swap, swap.refund)) };
  if (deps.chain.height() >= swap.timeoutBlockHeight) return { ...swap, refund: makeRefund(deps, swap, lockup) };
  if (swap.status === 'transaction.mempool' && typeof deps.chain.transaction(lockup.txid)?.height === 'number') {
    return { ...swap, status: 'transaction.confirmed' };
  }
  return null;
}

/** The lockup is spent: by the client's script path, whose preimage settles the payment, or by our own refund. */
function spent(deps: ProviderDeps, swap: Swap, spender: { txid: string; vin: number }): Swap | null {
  if (swap.refund?.txid === spender.txid) return refunded(swap, swap.refund);
  const hex = deps.chain.transaction(spender.txid)?.hex;
  const preimage = hex ? revealedPreimage(hex, spender.vin) : null;
  if (!preimage || toHex(sha256(preimage)) !== swap.preimageHash) return null;
  return { ...swap, status: 'invoice.settled', preimage: toHex(preimage), htlc: { state: 'settled' }, refund: null };
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
