import type { Sats } from '../lib/money.ts';
import type { Payment } from './payment.ts';
import type { PaymentEvent } from './transitions.ts';
import { sats } from '../lib/money.ts';

/** What lies on a payment's address now, in L-BTC: dropped and replaced coins are not in it. */
export type LiquidFacts = Readonly<{
  /** Came for this payment. */
  creditedSats: bigint;
  /** Came late to an address that several payments had, and fits none of them: counted, but it pays nothing by itself. */
  unclearSats: bigint;
  /** The newest transaction that brought some of it; null when nothing lies there. */
  txid: string | null;
  /** How deep the coins lie that paid: one that waits, all in blocks, all under two blocks. */
  depth: 'waiting' | 'mined' | 'buried';
}>;

/**
 * What the coins on its address mean for a payment: the next event, or null when the payment says it already. Level-triggered: it looks
 * at everything that lies there, not at what just came, so that hearing twice, late or out of order changes nothing.
 * @param toleranceSats how much less than asked the merchant takes for enough
 */
export function liquidEvent(payment: Payment, facts: LiquidFacts, rules: { toleranceSats: bigint; at: Date }): PaymentEvent | null {
  const received = sats(facts.creditedSats + facts.unclearSats);
  switch (payment.status) {
    case 'pending':
    case 'expired':
      return (
        paidByLiquid(payment, facts, rules) ?? (received === payment.receivedSats ? null : { kind: 'partial', receivedSats: received })
      );
    case 'detected':
      return received === payment.receivedSats ? null : { kind: 'extra', receivedSats: received };
    case 'paid':
      return payment.method === 'liquid' ? eventOfPaid(payment, facts, rules) : eventOfExtra(payment, sats(payment.amountSats + received));
  }
}

/** The event that pays a payment with what lies on its address; null when that is not enough. */
export function paidByLiquid(payment: Payment, facts: LiquidFacts, rules: { toleranceSats: bigint; at: Date }): PaymentEvent | null {
  const { txid, creditedSats } = facts;
  if (txid === null || !isEnough(payment, creditedSats, rules.toleranceSats)) return null;
  const receivedSats = sats(creditedSats + facts.unclearSats);
  return { kind: 'paid', method: 'liquid', txid, feesSats: sats(0n), receivedSats, at: rules.at };
}

type PaidByLiquid = Extract<Payment, { status: 'paid' }>;

function eventOfPaid(payment: PaidByLiquid, facts: LiquidFacts, { toleranceSats }: { toleranceSats: bigint }): PaymentEvent | null {
  const receivedSats = sats(facts.creditedSats + facts.unclearSats);
  const isThere = isEnough(payment, facts.creditedSats, toleranceSats);
  if (!isThere) {
    const isSaid = payment.settlement === 'dropped' && receivedSats === payment.receivedSats;
    return isSaid ? null : { kind: 'dropped', receivedSats };
  }
  if (payment.settlement === 'dropped') return { kind: 'unsettled', receivedSats };
  if (receivedSats !== payment.receivedSats) return { kind: 'extra', receivedSats };
  if (payment.settlement === 'unconfirmed' && facts.depth === 'buried') return { kind: 'settled', txid: payment.txid };
  if (payment.settlement === 'confirmed' && facts.depth === 'waiting') return { kind: 'unsettled', receivedSats };
  return null;
}

function eventOfExtra(payment: Payment, receivedSats: Sats): PaymentEvent | null {
  return receivedSats === payment.receivedSats ? null : { kind: 'extra', receivedSats };
}

function isEnough({ amountSats }: Payment, receivedSats: bigint, toleranceSats: bigint): boolean {
  return receivedSats > 0n && receivedSats >= amountSats - toleranceSats;
}
