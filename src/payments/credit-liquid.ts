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

/** What the merchant takes for enough. */
export type LiquidRules = Readonly<{
  /** How much less than asked is enough. */
  toleranceSats: bigint;
  /** Under how many blocks a coin has to lie before it pays: 0 to 2 (conformance G-10). Until then the payment is detected. */
  minConfirmations: number;
  at: Date;
}>;

/**
 * What the coins on its address mean for a payment: the next event, or null when the payment says it already. Level-triggered: it looks
 * at everything that lies there, not at what just came, so that hearing twice, late or out of order changes nothing.
 */
export function liquidEvent(payment: Payment, facts: LiquidFacts, rules: LiquidRules): PaymentEvent | null {
  const received = sats(facts.creditedSats + facts.unclearSats);
  const isNews = received !== payment.receivedSats;
  switch (payment.status) {
    case 'pending':
      return paidByLiquid(payment, facts, rules) ?? (isNews ? { kind: 'partial', receivedSats: received } : null);
    case 'expired': {
      // What came late and has not enough blocks yet is written down; nothing else is promised for it.
      const event = paidByLiquid(payment, facts, rules);
      return event?.kind === 'paid' ? event : isNews ? { kind: 'partial', receivedSats: received } : null;
    }
    case 'detected':
      if (payment.method === 'liquid') return eventOfWaiting(payment, facts, rules);
      return isNews ? { kind: 'extra', receivedSats: received } : null;
    case 'paid':
      return payment.method === 'liquid' ? eventOfPaid(payment, facts, rules) : eventOfExtra(payment, sats(payment.amountSats + received));
  }
}

/** The event that pays a payment with what lies on its address, or shows it until it lies deep enough; null when that is not enough. */
export function paidByLiquid(payment: Payment, facts: LiquidFacts, rules: LiquidRules): PaymentEvent | null {
  const { txid, creditedSats } = facts;
  if (txid === null || !isEnough(payment, creditedSats, rules.toleranceSats)) return null;
  const receivedSats = sats(creditedSats + facts.unclearSats);
  const { at } = rules;
  if (BLOCKS[facts.depth] < rules.minConfirmations) return { kind: 'detected', method: 'liquid', txid, receivedSats, at };
  return { kind: 'paid', method: 'liquid', txid, feesSats: sats(0n), receivedSats, at };
}

/** TABLE: blocks that lie on the coins at least. */
const BLOCKS: { readonly [Depth in LiquidFacts['depth']]: number } = { waiting: 0, mined: 1, buried: 2 };

/** Detected with L-BTC that waits for its blocks. A coin that is gone makes it pending again: it can still be paid, or expires. */
function eventOfWaiting(payment: Payment, facts: LiquidFacts, rules: LiquidRules): PaymentEvent | null {
  const receivedSats = sats(facts.creditedSats + facts.unclearSats);
  const event = paidByLiquid(payment, facts, rules);
  if (!event) return { kind: 'undetected', receivedSats };
  if (event.kind === 'paid') return event;
  return receivedSats === payment.receivedSats ? null : { kind: 'extra', receivedSats };
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
