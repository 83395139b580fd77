import type { LightningState, ShownInvoice } from './lightning.ts';
import type { Reconciled } from './reconcile-swap.ts';
import type { Swap } from './swap.ts';
import { attemptOf } from './reserve-swap.ts';

export type FollowDeps = {
  readonly look: (swapId: string) => Promise<Reconciled | null>;
  readonly swapsOf: (subjectId: string) => Promise<readonly Swap[]>;
};

/** Looks at every swap of a subject and says how its Lightning side stands: the strongest fact wins. */
export async function lookAtSubject(deps: FollowDeps, subjectId: string): Promise<LightningState> {
  const states = await lookAtAll(deps, subjectId);
  return ORDER.find((state) => states.includes(state)) ?? 'unknown';
}

/** What stands once stands for the whole; "expired" only when every swap is. */
const ORDER: readonly LightningState[] = ['settled', 'held', 'unknown', 'open', 'expired'];

/** Reconciling closes a swap by itself as soon as its invoice is over and no lockup is known; this asks for that now and says how it went. */
export async function closeSubject(deps: FollowDeps, subjectId: string): Promise<'closed' | 'in_flight' | 'unknown'> {
  const states = await lookAtAll(deps, subjectId);
  if (states.some((state) => state === 'held' || state === 'settled')) return 'in_flight';
  return states.every((state) => state === 'expired') ? 'closed' : 'unknown';
}

/** What our own records say of a subject's invoices, newest first. */
export async function historyOf(deps: Pick<FollowDeps, 'swapsOf'>, subjectId: string): Promise<readonly ShownInvoice[]> {
  const swaps = await deps.swapsOf(subjectId);
  return swaps.flatMap((swap) => {
    if (!('offer' in swap)) return [];
    const { invoice, invoiceExpiresAt: expiresAt } = swap.offer;
    const state = stateOf({ kind: 'done', swap, looked: true }, swap);
    return [{ attempt: attemptOf(swap), invoice, amountSats: swap.invoiceSats, expiresAt, state }];
  });
}

async function lookAtAll(deps: FollowDeps, subjectId: string): Promise<LightningState[]> {
  const swaps = await deps.swapsOf(subjectId);
  return Promise.all(
    swaps.map(async (swap) => stateOf(isOver(swap) ? { kind: 'done', swap, looked: true } : await deps.look(swap.id), swap)),
  );
}

function isOver({ status }: Swap): boolean {
  return status === 'expired' || status === 'rejected' || status === 'claim_buried' || status === 'refunded';
}

function stateOf(outcome: Reconciled | null, before: Swap): LightningState {
  const swap = outcome?.kind === 'done' ? outcome.swap : before;
  const looked = outcome?.kind === 'done' && outcome.looked;
  switch (swap.status) {
    case 'verified':
      return looked ? 'open' : 'unknown';
    case 'reserved':
    case 'requested':
      return 'unknown';
    case 'expired':
    case 'rejected':
      return 'expired';
    case 'refunded':
      return swap.revealedAt ? 'held' : 'expired'; // after the reveal the money is lost, not the payment: it stays detected
    case 'claim_accepted':
    case 'claim_buried':
      return 'settled';
    case 'lockup_seen':
    case 'lockup_ok':
    case 'claim_stored':
    case 'revealed':
    case 'held':
      return 'held';
  }
}
