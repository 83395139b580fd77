import type { Payment } from '../../src/payments/payment.ts';
import type { PaymentEvent } from '../../src/payments/transitions.ts';
import { describe, expect, test } from 'vitest';
import { sats } from '../../src/lib/money.ts';
import { advance, TRANSITIONS } from '../../src/payments/transitions.ts';
import { paymentFixture } from '../support/payments.ts';

const AT = new Date('2026-05-15T14:23:00.000Z');
const COIN = 'aa'.repeat(32);
const DUE = 62_341n;

const waiting = paymentFixture({ status: 'detected', method: 'liquid', txid: COIN, detectedAt: AT }, { receivedSats: sats(DUE) });
const lockedUp = paymentFixture({ status: 'detected', method: 'lightning', txid: COIN, detectedAt: AT });
const expired = paymentFixture({ status: 'expired', reason: 'unpaid' });
const paid = (method: 'lightning' | 'liquid', more: Partial<Payment> = {}) =>
  paymentFixture(
    { status: 'paid', method, txid: COIN, paidAt: AT, feesSats: sats(0n), settlement: 'unconfirmed' },
    { receivedSats: sats(DUE), ...more },
  );
const said = (kind: 'partial' | 'extra' | 'dropped' | 'unsettled' | 'undetected', received: bigint): PaymentEvent => ({
  kind,
  receivedSats: sats(received),
});
const settled: PaymentEvent = { kind: 'settled', txid: COIN };
const refusal = (payment: Payment, event: PaymentEvent) => {
  const next = advance(payment, event);
  return next.ok ? 'accepted' : next.error.message;
};
const once = (payment: Payment, ...events: readonly PaymentEvent[]): Payment =>
  events.reduce((before, event) => {
    const next = advance(before, event);
    if (!next.ok) throw new Error(next.error.message);
    return next.value;
  }, payment);

test('the ways of a payment are these and no others', () => {
  expect(TRANSITIONS).toEqual({
    pending: ['detected', 'paid', 'expired'],
    detected: ['pending', 'detected', 'paid', 'expired'],
    paid: [],
    expired: ['paid'],
  });
});

describe('a refused step says what was asked of which payment:', () => {
  test.each<[string, Payment, PaymentEvent]>([
    ['A payment that is detected refuses settled.', lockedUp, settled],
    ['A payment that is paid refuses settled.', paid('lightning'), { kind: 'settled', txid: 'bb'.repeat(32) }],
    ['A payment that is expired refuses payout_lost.', expired, { kind: 'payout_lost' }],
    ['A payment that is paid refuses undetected.', paid('liquid'), said('undetected', 0n)],
    ['A payment that is detected refuses dropped.', waiting, said('dropped', 0n)],
    ['A payment that is detected refuses unsettled.', waiting, said('unsettled', DUE)],
    ['A payment that is paid refuses partial.', paid('liquid'), said('partial', 400n)],
  ])('%s', (message, payment, event) => {
    expect(refusal(payment, event)).toBe(message);
  });
});

test('a claim that is buried is told once', () => {
  const buried = once(paid('lightning'), settled);
  expect(buried).toMatchObject({ settlement: 'confirmed' });
  expect(once(buried, settled)).toBe(buried);
});

describe('a coin that paid and is gone', () => {
  test('is dropped also where another coin of the same value lies there', () => {
    expect(once(paid('liquid'), said('dropped', DUE))).toMatchObject({ settlement: 'dropped', exception: 'dropped', receivedSats: DUE });
  });

  test('is told again when what is left changes', () => {
    const gone = once(paid('liquid'), said('dropped', 400n));
    expect(once(gone, said('dropped', 0n))).toMatchObject({ settlement: 'dropped', receivedSats: 0n, version: gone.version + 1 });
  });

  test('and comes back with more than was asked is overpaid', () => {
    const gone = once(paid('liquid'), said('dropped', 0n));
    expect(once(gone, said('unsettled', DUE + 1n))).toMatchObject({ settlement: 'unconfirmed', exception: 'overpaid' });
    expect(once(gone, said('unsettled', DUE))).toMatchObject({ settlement: 'unconfirmed', exception: null });
  });
});

test('a payment that was paid twice stays so when its blocks are replaced', () => {
  const twice = once(paid('liquid'), said('extra', 2n * DUE), settled);
  expect(once(twice, said('unsettled', 2n * DUE))).toMatchObject({ settlement: 'unconfirmed', exception: 'paid_twice' });
});

test('a lost payout stays the graver thing to say when L-BTC comes on top', () => {
  const lost = once(lockedUp, { kind: 'payout_lost' });
  expect(once(lost, said('extra', 400n))).toMatchObject({ status: 'detected', exception: 'payout_lost', receivedSats: 400n });
});

test('L-BTC that waits for its blocks is overpaid only while it is more than was asked', () => {
  const over = once(waiting, said('extra', DUE + 1n));
  expect(over).toMatchObject({ status: 'detected', exception: 'overpaid' });
  expect(once(over, said('extra', DUE))).toMatchObject({ exception: null });
});

test('any L-BTC beside a lockup makes it paid twice, until the last of it is gone', () => {
  const beside = once(lockedUp, said('extra', DUE));
  expect(once(beside, said('extra', 400n))).toMatchObject({ exception: 'paid_twice', receivedSats: 400n });
  expect(once(beside, said('extra', 0n))).toMatchObject({ exception: null, receivedSats: 0n });
});

test('a payment that was paid twice stays so while more than the amount is left', () => {
  const twice = once(paid('liquid'), said('extra', 2n * DUE));
  expect(once(twice, said('extra', DUE + 1n))).toMatchObject({ exception: 'paid_twice' });
  expect(once(twice, said('extra', DUE))).toMatchObject({ exception: null });
});

test('the very amount that comes late and waits for its blocks is neither too little nor too much', () => {
  const late = once(expired, said('partial', DUE));
  expect(late).toMatchObject({ status: 'expired', receivedSats: DUE, exception: null });
  expect(once(expired, said('partial', DUE - 1n))).toMatchObject({ exception: 'underpaid' });
  expect(once(expired, said('partial', DUE + 1n))).toMatchObject({ exception: 'overpaid' });
});
