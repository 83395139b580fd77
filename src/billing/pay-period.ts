import type { NewEvent } from '../events/event.ts';
import type { Tx } from '../lib/database.ts';
import type { Log } from '../lib/log.ts';
import type { LightningProgress } from '../swaps/lightning.ts';
import type { NewPeriod, PlanPeriod } from './plan-period.ts';
import { lockPlanEnd, savePlanEnd } from '../accounts/plan-end-store.ts';
import { planEnd } from './plan.ts';
import { endPeriod, findPlanBegin, insertPaidPeriod, lockPeriod } from './plan-period-store.ts';

export type PayPeriodDeps = {
  readonly recordEvent: (tx: Tx, event: NewEvent) => Promise<unknown>;
  /** The claim's address has been used on the chain. */
  readonly claimArrived: (tx: Tx, swapId: string, at: Date) => Promise<void>;
  readonly log: Log;
};

/**
 * Moves a period that an account has asked for with its invoice, inside the commit that moves that one: paid, or lapsed. The one writer of
 * a period's status. A second payment stacks: it begins where the last one ends, under the account's row lock.
 */
export async function followRenewal(deps: PayPeriodDeps, tx: Tx, progress: LightningProgress): Promise<void> {
  const { at, subjectId } = progress;
  if (progress.kind === 'paid') await deps.claimArrived(tx, progress.swapId, at);
  if (progress.kind === 'detected' || progress.kind === 'settled') return;
  const period = await lockPeriod(tx, subjectId);
  if (!period) throw new Error(`no period ${subjectId}`);
  if (period.status !== 'open') return;
  const times = hasPaid(progress) ? await extendPlan(tx, period, at) : null;
  const ended = await endPeriod(tx, period, times ? { status: 'paid', ...times } : { status: 'expired' });
  if (!ended) throw new Error(`period ${subjectId} changed under its own lock`);
  await deps.recordEvent(tx, times ? paidEvent(period, times, at) : lapsedEvent(period, at));
  deps.log.info({ accountId: period.accountId, periodId: period.id, to: times ? 'paid' : 'expired' }, 'plan period ended its wait');
}

/** Whether the payer's money is taken. Also where the operator never got it: that is not the payer's loss. */
export function hasPaid(progress: LightningProgress): progress is Extract<LightningProgress, { kind: 'paid' | 'payout_lost' }> {
  return progress.kind === 'paid' || progress.kind === 'payout_lost';
}

/** Pays a period that nobody had asked for by itself: what a registration bought. Locks the account. */
export async function payNewPeriod(deps: Pick<PayPeriodDeps, 'recordEvent'>, tx: Tx, period: NewPeriod): Promise<void> {
  const times = await extendPlan(tx, period, period.createdAt);
  await insertPaidPeriod(tx, { ...period, ...times });
  await deps.recordEvent(tx, paidEvent(period, times, period.createdAt));
}

/** Whether an invoice for a period may still be taken: once it has lapsed, a lockup first seen later is left to the payer. */
export async function mayAcceptRenewal(tx: Tx, periodId: string): Promise<boolean> {
  return (await lockPeriod(tx, periodId))?.status === 'open';
}

type Times = { readonly startsAt: Date; readonly endsAt: Date };

async function extendPlan(tx: Tx, { accountId, plan }: Pick<PlanPeriod, 'accountId' | 'plan'>, at: Date): Promise<Times> {
  const paidUntil = await lockPlanEnd(tx, accountId);
  const startsAt = paidUntil && paidUntil > at ? paidUntil : at;
  const endsAt = planEnd(startsAt, plan, await findPlanBegin(tx, accountId, startsAt));
  await savePlanEnd(tx, accountId, endsAt);
  return { startsAt, endsAt };
}

function paidEvent({ id, accountId, plan, sats }: NewPeriod, { startsAt, endsAt }: Times, at: Date): NewEvent {
  const facts = { plan, sats: sats.toString(), startsAt: startsAt.toISOString(), endsAt: endsAt.toISOString() };
  return { accountId, type: 'plan.paid', subjectId: id, subjectVersion: 1, facts, webhookBody: null, at };
}

function lapsedEvent({ id, accountId, plan, version }: PlanPeriod, at: Date): NewEvent {
  return { accountId, type: 'plan.lapsed', subjectId: id, subjectVersion: version + 1, facts: { plan }, webhookBody: null, at };
}
