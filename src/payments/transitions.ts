import type { Refusal } from '../lib/refusal.ts';
import type { Result } from '../lib/result.ts';
import type { Sats } from '../lib/money.ts';
import type { PaymentCommon as Common, Payment, PaymentMethod, PaymentStatus } from './payment.ts';
import { ok, refuse } from '../lib/result.ts';

/** The whole state machine. Read a row as: from this status, a payment may move to these. REST shows detected as pending. */
export const TRANSITIONS: { readonly [From in PaymentStatus]: readonly PaymentStatus[] } = {
  pending: ['detected', 'paid', 'expired'],
  // Detected again: another lockup took the place of one that was still waiting for its block. Expired: the lockup was taken back before
  // the preimage left, the payer is refunded. After that it stays detected (exception payout_lost).
  detected: ['detected', 'paid', 'expired'],
  paid: [],
  expired: ['paid'], // Direct L-BTC can arrive late; nobody can bounce it.
};

/** What can happen to a payment. `settled` and `payout_lost` are facts beside the status. */
export type PaymentEvent =
  | { readonly kind: 'detected'; readonly method: PaymentMethod; readonly txid: string; readonly at: Date }
  | { readonly kind: 'paid'; readonly method: PaymentMethod; readonly txid: string; readonly feesSats: Sats; readonly at: Date }
  | { readonly kind: 'expired'; readonly reason: string }
  | { readonly kind: 'settled'; readonly txid: string }
  | { readonly kind: 'payout_lost' };
export const PAYMENT_EVENT_KINDS = [
  'detected',
  'paid',
  'expired',
  'settled',
  'payout_lost',
] as const satisfies readonly PaymentEvent['kind'][];

/**
 * The next payment, or the very same object when the event says nothing new, or a conflict. "Nothing new" compares facts, not names:
 * the same lockup twice is a repeat, a second txid is not. Pure; the version grows by one with each change.
 */
export function advance(payment: Payment, event: PaymentEvent): Result<Payment, Refusal> {
  if (event.kind === 'settled') return settle(payment, event.txid);
  if (event.kind === 'payout_lost') return losePayout(payment);
  if (isRepeat(payment, event)) return ok(payment);
  if (!TRANSITIONS[payment.status].includes(event.kind)) return conflict(payment, event);
  if (payment.status === 'expired' && event.kind === 'paid' && event.method !== 'liquid') return conflict(payment, event);
  return ok(enter(payment, event));
}

type StatusEvent = Extract<PaymentEvent, { kind: PaymentStatus }>;

function enter(payment: Payment, event: StatusEvent): Payment {
  const facts = { ...commonOf(payment), version: payment.version + 1 };
  if (event.kind === 'detected') return { ...facts, status: 'detected', method: event.method, txid: event.txid, detectedAt: event.at };
  if (event.kind === 'expired') return { ...facts, status: 'expired', reason: event.reason };
  const { method, txid, feesSats, at } = event;
  const late = payment.status === 'expired';
  return {
    ...facts,
    status: 'paid',
    receivedSats: payment.amountSats,
    late,
    method,
    txid,
    feesSats,
    paidAt: at,
    settlement: 'unconfirmed',
  };
}

/** Everything but the facts of the status that is left. */
function commonOf(payment: Payment): Common {
  const { id, accountId, mode, version, source, linkId, fiat, amountSats, quoteId, redirectUrl, metadataText } = payment;
  const { lightning, createdAt, expiresAt, receivedSats, late, exception } = payment;
  const asked = { id, accountId, mode, version, source, linkId, fiat, amountSats, quoteId, redirectUrl, metadataText };
  return { ...asked, lightning, createdAt, expiresAt, receivedSats, late, exception };
}

function isRepeat(payment: Payment, event: StatusEvent): boolean {
  if (payment.status !== event.kind) return false;
  if (payment.status === 'expired') return true;
  return 'txid' in payment && 'txid' in event && payment.txid === event.txid;
}

function settle(payment: Payment, txid: string): Result<Payment, Refusal> {
  if (payment.status !== 'paid' || payment.txid !== txid) return conflict(payment, { kind: 'settled' });
  if (payment.settlement === 'confirmed') return ok(payment);
  return ok({ ...payment, settlement: 'confirmed', version: payment.version + 1 });
}

/** Also of a paid one: until two blocks lie on the claim, its lockup may have been double-spent. It stays paid, since the payer has paid. */
function losePayout(payment: Payment): Result<Payment, Refusal> {
  const isOpen = payment.status === 'detected' || (payment.status === 'paid' && payment.settlement === 'unconfirmed');
  if (!isOpen) return conflict(payment, { kind: 'payout_lost' });
  if (payment.exception === 'payout_lost') return ok(payment);
  return ok({ ...payment, exception: 'payout_lost', version: payment.version + 1 });
}

function conflict(payment: Payment, event: { kind: PaymentEvent['kind'] }): Result<Payment, Refusal> {
  return refuse({
    kind: 'conflict',
    code: 'payment_transition_refused',
    message: `A payment that is ${payment.status} refuses ${event.kind}.`,
  });
}
