import type { Tx } from '../lib/database.ts';
import type { LightningProgress } from '../swaps/lightning.ts';
import type { ApplyEventDeps } from './apply-event.ts';
import type { Payment } from './payment.ts';
import type { PaymentEvent } from './transitions.ts';
import { applyPaymentEvent } from './apply-event.ts';

export type FollowLightningDeps = ApplyEventDeps & {
  /** The claim's address has been used on the chain. Called with the payment locked. */
  readonly claimArrived: (tx: Tx, swapId: string, at: Date) => Promise<void>;
  /** The event that pays this payment with the L-BTC that lies on its address, if that is enough. */
  readonly paidByLiquid: (tx: Tx, payment: Payment, at: Date) => Promise<PaymentEvent | null>;
  readonly hasDirectAddress: (tx: Tx, paymentId: string) => Promise<boolean>;
};

/** Moves a payment with its Lightning side, inside the commit that moves that side. */
export async function followLightning(deps: FollowLightningDeps, tx: Tx, progress: LightningProgress): Promise<void> {
  const payment = await deps.findForUpdate(tx, progress.subjectId);
  if (!payment) throw new Error(`no payment ${progress.subjectId}`);
  if (progress.kind === 'paid') await deps.claimArrived(tx, progress.swapId, progress.at);
  const isEnd = progress.kind === 'lost' || progress.kind === 'expired';
  const event = isEnd ? await endOf(deps, tx, { payment, progress }) : paymentEventOf(progress);
  if (event) await applyPaymentEvent(deps, tx, { paymentId: payment.id, event, at: progress.at, locked: payment });
}

type Moving = Exclude<LightningProgress, { kind: 'lost' | 'expired' }>;
type Ending = Extract<LightningProgress, { kind: 'lost' | 'expired' }>;

function paymentEventOf(progress: Moving): PaymentEvent {
  switch (progress.kind) {
    case 'detected':
      return { kind: 'detected', method: 'lightning', txid: progress.txid, at: progress.at };
    case 'paid':
      return { kind: 'paid', method: 'lightning', txid: progress.txid, feesSats: progress.feesSats, at: progress.at };
    case 'settled':
      return { kind: 'settled', txid: progress.txid };
    case 'payout_lost':
      return { kind: 'payout_lost' };
  }
}

/**
 * The Lightning side is over. That ends a payment which had no other: one that was paid with L-BTC stays paid, one that still can be is
 * left to the expiry, which looks at its address first.
 */
async function endOf(deps: FollowLightningDeps, tx: Tx, at: { payment: Payment; progress: Ending }): Promise<PaymentEvent | null> {
  const { payment, progress } = at;
  if (payment.status === 'paid') return null;
  if (payment.status === 'detected') {
    return (await deps.paidByLiquid(tx, payment, progress.at)) ?? { kind: 'expired', reason: progress.reason };
  }
  return (await deps.hasDirectAddress(tx, payment.id)) ? null : { kind: 'expired', reason: progress.reason };
}

/** Whether money for this payment may still be taken: a lockup first seen after it was paid or had expired is never claimed, so the payer gets it back. */
export async function mayAcceptLightning(findForUpdate: ApplyEventDeps['findForUpdate'], tx: Tx, paymentId: string): Promise<boolean> {
  const payment = await findForUpdate(tx, paymentId);
  return payment !== null && (payment.status === 'pending' || payment.status === 'detected');
}
