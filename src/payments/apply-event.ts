import type { Tx } from '../lib/database.ts';
import type { EventType, NewEvent } from '../events/event.ts';
import type { Log } from '../lib/log.ts';
import type { Payment } from './payment.ts';
import type { PaymentEvent } from './transitions.ts';
import { advance } from './transitions.ts';
import { webhookBody } from './webhook-body.ts';

/** Reloads when another writer was faster. Rows are locked first, so one try is the rule and more than a few mean a broken lock. */
export const APPLY_ATTEMPTS_MAX = 5;

export type ApplyEventDeps = {
  readonly findForUpdate: (tx: Tx, id: string) => Promise<Payment | null>;
  readonly save: (tx: Tx, payment: Payment, readVersion: number) => Promise<boolean>;
  readonly countPaid: (tx: Tx, accountId: string) => Promise<void>;
  /** The payment needs its L-BTC address no more: after a rest another payer may be shown it, if it was never used. */
  readonly releaseAddress: (tx: Tx, paymentId: string, at: Date) => Promise<void>;
  readonly recordEvent: (tx: Tx, event: NewEvent) => Promise<unknown>;
  readonly log: Log;
};

export type PaymentChange = Readonly<{
  paymentId: string;
  event: PaymentEvent;
  at: Date;
  /** The payment as this transaction has read it under its row's lock: it need not be read again. */
  locked?: Payment;
}>;

/**
 * The one writer of a payment's status: reads, advances, saves by compare-and-set and appends the event, all in the caller's transaction.
 * An event that says nothing new changes nothing.
 * @throws Error when the state machine refuses: a promise was broken, and the transaction must not commit.
 */
export async function applyPaymentEvent(deps: ApplyEventDeps, tx: Tx, change: PaymentChange): Promise<Payment> {
  for (let attempt = 0; attempt < APPLY_ATTEMPTS_MAX; attempt++) {
    const payment = (attempt === 0 && change.locked) || (await deps.findForUpdate(tx, change.paymentId));
    if (!payment) throw new Error(`no payment ${change.paymentId}`);
    const next = advance(payment, change.event);
    if (!next.ok) throw new Error(`payment ${payment.id}: ${next.error.message}`);
    if (next.value === payment) return payment;
    if (!(await deps.save(tx, next.value, payment.version))) continue;
    if (isOver(change.event)) await deps.releaseAddress(tx, payment.id, change.at);
    if (change.event.kind === 'paid' && payment.mode === 'live') await deps.countPaid(tx, payment.accountId);
    await deps.recordEvent(tx, eventOf(next.value, change.event, change.at));
    deps.log.info({ paymentId: payment.id, from: payment.status, to: next.value.status, event: change.event.kind }, 'payment advanced');
    return next.value;
  }
  throw new Error(`payment ${change.paymentId} changed under its own lock`);
}

/** An address on which a payment was paid stays promised to it. */
function isOver(event: PaymentEvent): boolean {
  return event.kind === 'expired' || (event.kind === 'paid' && event.method === 'lightning');
}

const EVENT_TYPE: { readonly [Kind in PaymentEvent['kind']]: EventType } = {
  detected: 'payment.detected',
  paid: 'payment.confirmed',
  expired: 'payment.expired',
  settled: 'payment.settled',
  payout_lost: 'payment.payout_lost',
  partial: 'payment.partial',
  extra: 'payment.extra',
  dropped: 'payment.dropped',
  unsettled: 'payment.unsettled',
  undetected: 'payment.undetected',
};

function eventOf(payment: Payment, event: PaymentEvent, at: Date): NewEvent {
  const type = EVENT_TYPE[event.kind];
  const { kind: _kind, ...said } = event;
  const facts = Object.fromEntries(
    Object.entries(said).map(([name, value]) => [name, typeof value === 'bigint' ? value.toString() : value]),
  );
  return {
    accountId: payment.accountId,
    type,
    subjectId: payment.id,
    subjectVersion: payment.version,
    facts,
    webhookBody: type === 'payment.confirmed' || type === 'payment.expired' ? webhookBody(type, payment) : null,
    at,
  };
}
