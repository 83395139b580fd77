import type { NewEvent } from '../events/event.ts';
import type { Tx } from '../lib/database.ts';
import type { Refusal } from '../lib/refusal.ts';
import type { Result } from '../lib/result.ts';
import type { Clock } from '../lib/time.ts';
import type { LightningBackend } from '../swaps/lightning.ts';
import type { Plan } from './plan.ts';
import type { PlanInvoiceDeps } from './plan-invoice.ts';
import type { NewPeriod, PlanPeriod } from './plan-period.ts';
import { ok, refuse } from '../lib/result.ts';
import { addMs, HOUR_MS, MINUTE_MS } from '../lib/time.ts';
import { parsePlan, planPrice } from './plan.ts';
import { openPlanInvoice } from './plan-invoice.ts';

export type RenewPlanDeps = PlanInvoiceDeps & {
  readonly now: Clock;
  readonly billing: boolean;
  readonly newPeriodId: () => string;
  readonly insertOpenPeriod: (tx: Tx, period: NewPeriod) => Promise<void>;
  readonly findOpenPeriod: (accountId: string, plan: Plan) => Promise<PlanPeriod | null>;
  readonly shownInvoices: LightningBackend['invoices'];
  readonly recordEvent: (tx: Tx, event: NewEvent) => Promise<unknown>;
};

export type PlanAsker = { readonly accountId: string; readonly requestId: string };

/** The price in sats stands this long: an hour is time enough to pay, and little for the rate to move in. */
const INVOICE_LIFE_MS = HOUR_MS;
/** An invoice with less left than this is not handed out again. */
const REUSE_LEFT_MIN_MS = 5 * MINUTE_MS;

export const BILLING_OFF: Refusal = {
  kind: 'forbidden',
  code: 'billing_off',
  message: 'This server takes no plans: its operator has switched billing off',
};

/**
 * An invoice for another period of a plan (conformance R-14). Asked again while the last one can be paid, that one is answered: retries do
 * not pile up invoices.
 */
export async function renewPlan(deps: RenewPlanDeps, asker: PlanAsker, input: { plan: unknown }): Promise<Result<PlanPeriod, Refusal>> {
  if (!deps.billing) return refuse(BILLING_OFF);
  const plan = parsePlan(input.plan);
  if (!plan.ok) return plan;
  const createdAt = deps.now();
  const known = await deps.findOpenPeriod(asker.accountId, plan.value);
  const invoice = known && (await deps.shownInvoices([known.id])).get(known.id);
  if (known && invoice && invoice.expiresAt > addMs(createdAt, REUSE_LEFT_MIN_MS)) return ok(known);
  const id = deps.newPeriodId();
  const usdMinor = planPrice(plan.value).minor;
  const expiresAt = addMs(createdAt, INVOICE_LIFE_MS);
  const order = { subject: 'renewal', subjectId: id, attempt: 0, plan: plan.value, usdMinor, expiresAt } as const;
  let period: NewPeriod | undefined;
  const opened = await openPlanInvoice(deps, order, async (tx, { sats, opened: { swapId } }) => {
    period = { id, accountId: asker.accountId, plan: plan.value, usdMinor, sats, quoteId: deps.quoteIdOf(swapId), swapId, createdAt };
    await deps.insertOpenPeriod(tx, period);
    await deps.recordEvent(tx, invoicedEvent(period, asker.requestId));
  });
  if (!opened.ok) return opened;
  if (!period) throw new Error('an invoice was opened without its commit');
  return ok({ ...period, status: 'open', version: 0 });
}

function invoicedEvent({ id, accountId, plan, sats, createdAt: at }: NewPeriod, requestId: string): NewEvent {
  const facts = { plan, sats: sats.toString() };
  return { accountId, type: 'plan.invoiced', subjectId: id, subjectVersion: 0, facts, webhookBody: null, requestId, at };
}
