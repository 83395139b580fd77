import type { LightningProgress } from './lightning.ts';
import type { Swap } from './swap.ts';
import { paidFeesSats } from './swap-fees.ts';

/** What a change means for the subject that is being paid; null when it means nothing to it. */
export function progressOf(before: Swap, after: Swap, at: Date): LightningProgress | null {
  const { accountId, subject, subjectId } = after;
  const said = { accountId, subject, subjectId, swapId: after.id, at };
  switch (after.status) {
    case 'lockup_seen': {
      const known = before.status === 'lockup_seen' && before.lockup.txid === after.lockup.txid;
      return known ? null : { ...said, kind: 'detected', txid: after.lockup.txid };
    }
    case 'claim_accepted': {
      const feesSats = paidFeesSats(after.invoiceSats, after.lockup.sats, after.claim.feeSats);
      return { ...said, kind: 'paid', txid: after.claim.txid, amountSats: after.invoiceSats, feesSats };
    }
    case 'claim_buried':
      return { ...said, kind: 'settled', txid: after.claim.txid };
    case 'expired':
      return before.status === 'expired' ? null : { ...said, kind: 'expired', reason: after.reason };
    case 'refunded':
      return after.revealedAt
        ? { ...said, kind: 'payout_lost', amountSats: after.invoiceSats }
        : { ...said, kind: 'lost', reason: after.reason };
    default:
      return null;
  }
}
