import type { Database } from '../lib/database.ts';
import type { PaymentId } from '../lib/ids.ts';
import type { Refusal } from '../lib/refusal.ts';
import type { Result } from '../lib/result.ts';
import type { Clock } from '../lib/time.ts';
import type { ApplyEventDeps } from './apply-event.ts';
import type { Payment } from './payment.ts';
import type { PaymentEvent } from './transitions.ts';
import { PAYMENT_NOT_FOUND } from '../lib/ids.ts';
import { sats } from '../lib/money.ts';
import { ok, refuse } from '../lib/result.ts';
import { applyPaymentEvent } from './apply-event.ts';

export const SIMULATED_OUTCOMES = ['paid', 'expired'] as const;
export type SimulatedOutcome = (typeof SIMULATED_OUTCOMES)[number];

export type SimulatePaymentDeps = ApplyEventDeps & { readonly database: Database; readonly now: Clock };

const INVALID_OUTCOME: Refusal = {
  kind: 'invalid',
  code: 'invalid_outcome',
  message: `outcome must be one of ${SIMULATED_OUTCOMES.join(', ')}`,
  field: 'outcome',
};
const NOT_A_TEST: Refusal = {
  kind: 'conflict',
  code: 'not_a_test_payment',
  message: 'Only test payments can be simulated — create one with a key that starts with ak_test_',
};

/**
 * Ends a test payment as somebody asks, through the one writer: state, event and webhook are those of any payment, money is none. Asked again
 * for the same outcome it changes nothing; asked for the other one it refuses.
 * @param request `accountId` null: the payer's page, which needs no more than the payment's id
 */
export async function simulatePayment(
  deps: SimulatePaymentDeps,
  request: { readonly accountId: string | null; readonly id: PaymentId; readonly outcome: unknown },
): Promise<Result<Payment, Refusal>> {
  const outcome = SIMULATED_OUTCOMES.find((known) => known === request.outcome);
  if (!outcome) return refuse(INVALID_OUTCOME);
  return deps.database.transact(async (tx) => {
    const payment = await deps.findForUpdate(tx, request.id);
    if (!payment || (request.accountId !== null && payment.accountId !== request.accountId)) return refuse(PAYMENT_NOT_FOUND);
    if (payment.mode !== 'test') return refuse(request.accountId === null ? PAYMENT_NOT_FOUND : NOT_A_TEST);
    if (payment.status === outcome) return ok(payment);
    if (payment.status !== 'pending') return refuse(endedAs(payment));
    let next: Payment = payment;
    const at = deps.now();
    for (const event of eventsOf(payment, outcome, at)) next = await applyPaymentEvent(deps, tx, { paymentId: payment.id, event, at });
    return ok(next);
  }, request.accountId ?? undefined);
}

/** Paid at once and for good: there is no chain to wait for. */
function eventsOf({ id }: Payment, outcome: SimulatedOutcome, at: Date): readonly PaymentEvent[] {
  if (outcome === 'expired') return [{ kind: 'expired', reason: 'simulated' }];
  const txid = `test_${id}`; // says of itself that it stands in no chain
  return [
    { kind: 'paid', method: 'lightning', txid, feesSats: sats(0n), at },
    { kind: 'settled', txid },
  ];
}

function endedAs({ status }: Payment): Refusal {
  return { kind: 'conflict', code: 'payment_ended', message: `This test payment is ${status} already — create another one` };
}
