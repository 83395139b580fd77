import type { Refusal } from '../lib/refusal.ts';
import type { Result } from '../lib/result.ts';
import type { Sats } from '../lib/money.ts';
import type { PaymentCommon as Common, Payment, PaymentException, PaymentStatus } from './payment.ts';
import { sats } from '../lib/money.ts';
import { ok, refuse } from '../lib/result.ts';

/** The whole state machine. Read a row as: from this status, a payment may move to these. REST shows detected as pending. */
export const TRANSITIONS: { readonly [From in PaymentStatus]: readonly PaymentStatus[] } = {
  pending: ['detected', 'paid', 'expired'],
  // Pending: L-BTC that waited for its blocks is gone. Detected again: another lockup took the place of one that was still waiting for its block. Expired: the lockup was taken back before
  // the preimage left, the payer is refunded. After that it stays detected (exception payout_lost).
  detected: ['pending', 'detected', 'paid', 'expired'],
  paid: [],
  expired: ['paid'], // Direct L-BTC can arrive late; nobody can bounce it.
};

/**
 * What can happen to a payment. The last seven are facts beside the status. `receivedSats` is always the whole of what came, not what came
 * now: said twice it says nothing new.
 */
export type PaymentEvent =
  | { readonly kind: 'detected'; readonly method: 'lightning'; readonly txid: string; readonly at: Date }
  | { readonly kind: 'detected'; readonly method: 'liquid'; readonly txid: string; readonly receivedSats: Sats; readonly at: Date }
  | LightningPaid
  | LiquidPaid
  | { readonly kind: 'expired'; readonly reason: string }
  | { readonly kind: 'settled'; readonly txid: string }
  | { readonly kind: 'payout_lost' }
  | LiquidFact;
type Paid = { readonly kind: 'paid'; readonly txid: string; readonly feesSats: Sats; readonly at: Date };
type LightningPaid = Paid & { readonly method: 'lightning' };
type LiquidPaid = Paid & { readonly method: 'liquid'; readonly receivedSats: Sats };
/** `partial`: L-BTC came, or went, that does not make the amount. `extra`: the same on top of a payment. `dropped`: the coin that paid is gone. `unsettled`: it waits for its blocks again. `undetected`: the coin that waited for the blocks which the merchant wants is gone. */
export type LiquidFact = {
  readonly kind: 'partial' | 'extra' | 'dropped' | 'unsettled' | 'undetected';
  readonly receivedSats: Sats;
};
export const PAYMENT_EVENT_KINDS = [
  'detected',
  'paid',
  'expired',
  'settled',
  'payout_lost',
  'partial',
  'extra',
  'dropped',
  'unsettled',
  'undetected',
] as const satisfies readonly PaymentEvent['kind'][];

/**
 * The next payment, or the very same object when the event says nothing new, or a conflict. "Nothing new" compares facts, not names:
 * the same lockup twice is a repeat, a second txid is not. Pure; the version grows by one with each change.
 */
export function advance(payment: Payment, event: PaymentEvent): Result<Payment, Refusal> {
  switch (event.kind) {
    case 'settled':
      return settle(payment, event.txid);
    case 'payout_lost':
      return losePayout(payment);
    case 'partial':
    case 'extra':
    case 'dropped':
    case 'unsettled':
    case 'undetected':
      return noteLiquid(payment, event);
    case 'detected':
    case 'paid':
    case 'expired':
      return changeStatus(payment, event);
  }
}

type StatusEvent = Extract<PaymentEvent, { kind: PaymentStatus }>;

function changeStatus(payment: Payment, event: StatusEvent): Result<Payment, Refusal> {
  if (isRepeat(payment, event)) return ok(payment);
  if (!TRANSITIONS[payment.status].includes(event.kind)) return conflict(payment, event);
  if (payment.status === 'expired' && event.kind === 'paid' && event.method !== 'liquid') return conflict(payment, event);
  return ok(enter(payment, event));
}

function enter(payment: Payment, event: StatusEvent): Payment {
  const facts = { ...commonOf(payment), version: payment.version + 1 };
  if (event.kind === 'detected') {
    const received = event.method === 'liquid' ? { receivedSats: event.receivedSats } : {};
    return { ...facts, ...received, status: 'detected', method: event.method, txid: event.txid, detectedAt: event.at };
  }
  if (event.kind === 'expired') {
    return { ...facts, status: 'expired', reason: event.reason, exception: shortOrOver(payment, payment.receivedSats) };
  }
  const { method, txid, feesSats, at } = event;
  const settled = {
    status: 'paid',
    late: payment.status === 'expired',
    method,
    txid,
    feesSats,
    paidAt: at,
    settlement: 'unconfirmed',
  } as const;
  if (event.method === 'liquid') {
    const isOver = event.receivedSats > payment.amountSats;
    return { ...facts, ...settled, receivedSats: event.receivedSats, exception: isOver ? 'overpaid' : null };
  }
  // What came as L-BTC before the Lightning payment came on top of it.
  const receivedSats = sats(payment.amountSats + payment.receivedSats);
  return { ...facts, ...settled, receivedSats, exception: payment.receivedSats > 0n ? 'paid_twice' : null };
}

/** Of a payment that nothing has paid: what to say of the money that came nevertheless. The very amount is neither too little nor too much: it waits for its blocks. */
function shortOrOver({ amountSats }: Payment, receivedSats: Sats): PaymentException | null {
  if (receivedSats === 0n || receivedSats === amountSats) return null;
  return receivedSats < amountSats ? 'underpaid' : 'overpaid';
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

function noteLiquid(payment: Payment, event: LiquidFact): Result<Payment, Refusal> {
  const { kind, receivedSats } = event;
  const next = { version: payment.version + 1, receivedSats };
  if (kind === 'partial' && (payment.status === 'pending' || payment.status === 'expired')) {
    if (receivedSats === payment.receivedSats) return ok(payment);
    return ok({ ...payment, ...next, exception: payment.status === 'expired' ? shortOrOver(payment, receivedSats) : payment.exception });
  }
  if (kind === 'undetected') {
    if (payment.status !== 'detected' || payment.method !== 'liquid') return conflict(payment, event);
    return ok({ ...commonOf(payment), ...next, status: 'pending', exception: null });
  }
  if (kind === 'extra' && (payment.status === 'detected' || payment.status === 'paid')) {
    if (receivedSats === payment.receivedSats) return ok(payment);
    return ok({ ...payment, ...next, exception: extraException(payment, receivedSats) });
  }
  if (payment.status !== 'paid' || payment.method !== 'liquid') return conflict(payment, event);
  if (kind === 'dropped') {
    if (payment.settlement === 'dropped' && receivedSats === payment.receivedSats) return ok(payment);
    return ok({ ...payment, ...next, settlement: 'dropped', exception: 'dropped' });
  }
  if (kind === 'unsettled') {
    if (payment.settlement === 'unconfirmed') return ok(payment);
    const isOver = receivedSats > payment.amountSats;
    const exception = payment.exception === 'dropped' ? (isOver ? 'overpaid' : null) : payment.exception;
    return ok({ ...payment, ...next, settlement: 'unconfirmed', exception });
  }
  return conflict(payment, event);
}

/** More than before is a second payment; less, once the surplus is gone, is none. A lost payout is the graver thing to say. */
function extraException(payment: Payment, receivedSats: Sats): PaymentException | null {
  if (payment.exception === 'payout_lost') return payment.exception;
  if (payment.status === 'detected' && payment.method === 'liquid') return receivedSats > payment.amountSats ? 'overpaid' : null;
  if (receivedSats > payment.receivedSats) return 'paid_twice';
  const due = payment.status === 'paid' ? payment.amountSats : 0n;
  return receivedSats > due ? payment.exception : null;
}

function conflict(payment: Payment, event: { kind: PaymentEvent['kind'] }): Result<Payment, Refusal> {
  return refuse({
    kind: 'conflict',
    code: 'payment_transition_refused',
    message: `A payment that is ${payment.status} refuses ${event.kind}.`,
  });
}
