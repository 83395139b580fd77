import type { Tx } from '../lib/database.ts';
import type { Currency, Sats } from '../lib/money.ts';
import type { Refusal } from '../lib/refusal.ts';
import type { Result } from '../lib/result.ts';
import type { Rate } from '../rates/rate.ts';
import type { LightningBackend, LightningSubject, OpenedInvoice } from '../swaps/lightning.ts';
import type { Plan } from './plan.ts';
import { satsForFiatCeil } from '../lib/money.ts';
import { ok } from '../lib/result.ts';
import { planText } from './plan.ts';

export type PlanInvoiceDeps = {
  readonly currentRate: (currency: Currency) => Promise<Result<Rate, Refusal>>;
  readonly lightning: Pick<LightningBackend, 'open'>;
  readonly insertQuote: (tx: Tx, rate: Rate & { readonly id: string }) => Promise<string>;
  /** The account that plans are paid to; refuses while there is none, or none with a wallet. */
  readonly operator: () => Promise<Result<string, Refusal>>;
  /** The id of the rate that priced what this swap pays for: the same whenever it is asked, so that it need not be carried from invoice to payment. */
  readonly quoteIdOf: (swapId: string) => string;
};

export type PlanInvoiceOrder = {
  readonly subject: Exclude<LightningSubject, 'payment'>;
  readonly subjectId: string;
  readonly attempt: number;
  readonly plan: Plan;
  readonly usdMinor: bigint;
  /** The provider may allow less. */
  readonly expiresAt: Date;
};

export type PlanInvoice = { readonly sats: Sats; readonly opened: OpenedInvoice };

/**
 * An invoice to the operator for a plan, in sats at the rate of the moment; the rate is stored with it (conformance X-12), in the commit that
 * shows it. @returns refusals in the documented words: no operator, no rate, no provider.
 */
export async function openPlanInvoice(
  deps: PlanInvoiceDeps,
  order: PlanInvoiceOrder,
  alsoInCommit: (tx: Tx, invoice: PlanInvoice) => Promise<void>,
): Promise<Result<PlanInvoice, Refusal>> {
  const operator = await deps.operator();
  if (!operator.ok) return operator;
  const rate = await deps.currentRate('USD');
  if (!rate.ok) return rate;
  const { subject, subjectId, attempt, plan, expiresAt } = order;
  const sats = satsForFiatCeil(order.usdMinor, rate.value.minorPerBtcE4);
  const request = { accountId: operator.value, amountSats: sats, description: planText(plan), subject, subjectId, attempt, expiresAt };
  const opened = await deps.lightning.open(request, async (tx, invoice) => {
    await deps.insertQuote(tx, { ...rate.value, id: deps.quoteIdOf(invoice.swapId) });
    await alsoInCommit(tx, { sats, opened: invoice });
  });
  return opened.ok ? ok({ sats, opened: opened.value }) : opened;
}
