import type { Tx } from '../lib/database.ts';
import type { LightningProgress } from '../swaps/lightning.ts';
import type { ApplyEventDeps } from './apply-event.ts';
import type { PaymentEvent } from './transitions.ts';
import { applyPaymentEvent } from './apply-event.ts';

/** Moves a payment with its Lightning side, inside the commit that moves that side. */
export async function followLightning(deps: ApplyEventDeps, tx: Tx, progress: LightningProgress): Promise<void> {
  await applyPaymentEvent(deps, tx, { paymentId: progress.subjectId, event: paymentEventOf(progress), at: progress.at });
}

function paymentEventOf(progress: LightningProgress): PaymentEvent {
  switch (progress.kind) {
    case 'detected':
      return { kind: 'detected', method: 'lightning', txid: progress.txid, at: progress.at };
    case 'paid':
      return { kind: 'paid', method: 'lightning', txid: progress.txid, feesSats: progress.feesSats, at: progress.at };
    case 'lost':
    case 'expired':
      return { kind: 'expired', reason: progress.reason };
    case 'settled':
      return { kind: 'settled', txid: progress.txid };
    case 'payout_lost':
      return { kind: 'payout_lost' };
  }
}

/** Whether money for this payment may still be taken: a lockup first seen after it expired is never claimed, so the payer gets it back. */
export async function mayAcceptLightning(findForUpdate: ApplyEventDeps['findForUpdate'], tx: Tx, paymentId: string): Promise<boolean> {
  const payment = await findForUpdate(tx, paymentId);
  return payment !== null && (payment.status === 'pending' || payment.status === 'detected');
}
