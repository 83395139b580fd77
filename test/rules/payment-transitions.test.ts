import type { Payment, PaymentStatus } from '../../src/payments/payment.ts';
import type { PaymentEvent } from '../../src/payments/transitions.ts';
import { describe, expect, test } from 'vitest';
import { sats } from '../../src/lib/money.ts';
import { PAYMENT_STATUSES } from '../../src/payments/payment.ts';
import { advance, PAYMENT_EVENT_KINDS, TRANSITIONS } from '../../src/payments/transitions.ts';
import { paymentFixture } from '../support/payments.ts';

const AT = new Date('2026-05-15T14:23:00.000Z');
const LOCKUP = 'aa'.repeat(32);
const CLAIM = 'bb'.repeat(32);

const payments: { [Status in PaymentStatus]: Payment } = {
  pending: paymentFixture({ status: 'pending' }),
  detected: paymentFixture({ status: 'detected', method: 'lightning', txid: LOCKUP, detectedAt: AT }),
  paid: paymentFixture({ status: 'paid', method: 'lightning', txid: CLAIM, paidAt: AT, feesSats: sats(200n), settlement: 'unconfirmed' }),
  expired: paymentFixture({ status: 'expired', reason: 'unpaid' }),
};

const events: { [Kind in PaymentEvent['kind']]: PaymentEvent } = {
  detected: { kind: 'detected', method: 'lightning', txid: LOCKUP, at: AT },
  paid: { kind: 'paid', method: 'lightning', txid: CLAIM, feesSats: sats(200n), at: AT },
  expired: { kind: 'expired', reason: 'unpaid' },
  settled: { kind: 'settled', txid: CLAIM },
  payout_lost: { kind: 'payout_lost' },
};

/** The table again, in other words: a change has to be argued twice. `same` is a repeat that changes nothing. */
const EXPECTED: { [Status in PaymentStatus]: { [Kind in PaymentEvent['kind']]: PaymentStatus | 'same' | 'refused' } } = {
  pending: { detected: 'detected', paid: 'paid', expired: 'expired', settled: 'refused', payout_lost: 'refused' },
  detected: { detected: 'same', paid: 'paid', expired: 'expired', settled: 'refused', payout_lost: 'detected' },
  paid: { detected: 'refused', paid: 'same', expired: 'refused', settled: 'paid', payout_lost: 'paid' },
  expired: { detected: 'refused', paid: 'refused', expired: 'same', settled: 'refused', payout_lost: 'refused' },
};

describe('every status meets every event', () => {
  for (const status of PAYMENT_STATUSES) {
    for (const kind of PAYMENT_EVENT_KINDS) {
      test(`a payment that is ${status} answers ${kind} with ${EXPECTED[status][kind]}`, () => {
        const before = payments[status];
        const next = advance(before, events[kind]);
        const expected = EXPECTED[status][kind];
        if (expected === 'refused') {
          expect(next).toMatchObject({ ok: false, error: { kind: 'conflict', code: 'payment_transition_refused' } });
        } else if (expected === 'same') {
          expect(next.ok && next.value).toBe(before);
        } else {
          expect(next).toMatchObject({
            ok: true,
            value: { status: expected, version: before.version + 1, id: before.id, amountSats: before.amountSats },
          });
        }
      });
    }
  }
});

test('the table names only statuses that exist, and paid leads nowhere', () => {
  expect(Object.keys(TRANSITIONS).sort()).toEqual([...PAYMENT_STATUSES].sort());
  expect(TRANSITIONS.paid).toEqual([]);
});

test('a lockup that takes the place of one still waiting is a change, not a repeat', () => {
  const replaced = advance(payments.detected, { ...events.detected, txid: 'cc'.repeat(32) } as PaymentEvent);
  expect(replaced).toMatchObject({
    ok: true,
    value: { status: 'detected', txid: 'cc'.repeat(32), version: payments.detected.version + 1 },
  });
});

test('a second claim is not a repeat of the first', () => {
  expect(advance(payments.paid, { ...events.paid, txid: 'cc'.repeat(32) } as PaymentEvent)).toMatchObject({ ok: false });
});

test('direct L-BTC that arrives late turns an expired payment into a paid one, marked late', () => {
  const late = advance(payments.expired, { ...events.paid, method: 'liquid' } as PaymentEvent);
  expect(late).toMatchObject({ ok: true, value: { status: 'paid', late: true, method: 'liquid' } });
});

test('a payment that was paid in time is not marked late', () => {
  expect(advance(payments.detected, events.paid)).toMatchObject({
    ok: true,
    value: { late: false, receivedSats: payments.detected.amountSats },
  });
});

test('an expired payment carries no transaction id', () => {
  const expired = advance(payments.detected, { kind: 'expired', reason: 'lockup gone' });
  expect(expired.ok && 'txid' in expired.value).toBe(false);
});

test('a paid payment whose claim was double-spent before it was buried notes the lost payout and stays paid', () => {
  const lost = advance(payments.paid, events.payout_lost);
  expect(lost).toMatchObject({ ok: true, value: { status: 'paid', txid: CLAIM, exception: 'payout_lost' } });
});

test('a payout that is buried under two blocks is never lost', () => {
  const settled = advance(payments.paid, events.settled);
  expect(settled.ok && advance(settled.value, events.payout_lost)).toMatchObject({ ok: false });
});

test('a lost payout is noted once and leaves the status alone', () => {
  const lost = advance(payments.detected, events.payout_lost);
  expect(lost).toMatchObject({ ok: true, value: { status: 'detected', exception: 'payout_lost' } });
  if (lost.ok) expect(advance(lost.value, events.payout_lost)).toEqual(lost);
});
