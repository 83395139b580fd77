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
  partial: { kind: 'partial', receivedSats: sats(400n) },
  extra: { kind: 'extra', receivedSats: sats(70_000n) },
  dropped: { kind: 'dropped', receivedSats: sats(0n) },
  unsettled: { kind: 'unsettled', receivedSats: sats(62_341n) },
  undetected: { kind: 'undetected', receivedSats: sats(0n) },
};

const { detected, paid, expired, settled, payout_lost, partial, extra, dropped, unsettled, undetected } = events;
/** Paid with L-BTC in the very amount, and what may rest beside it. */
const paidLiquid = (facts: Partial<Payment> = {}) =>
  paymentFixture(
    { status: 'paid', method: 'liquid', txid: CLAIM, paidAt: AT, feesSats: sats(0n), settlement: 'unconfirmed' },
    { receivedSats: sats(62_341n), ...facts },
  );
const liquid = (receivedSats: bigint): PaymentEvent => ({
  kind: 'paid',
  method: 'liquid',
  txid: CLAIM,
  feesSats: sats(0n),
  receivedSats: sats(receivedSats),
  at: AT,
});
/** The payment after these events. @throws Error when one is refused. */
const once = (payment: Payment, ...said: readonly PaymentEvent[]): Payment =>
  said.reduce((before, event) => {
    const next = advance(before, event);
    if (!next.ok) throw new Error(next.error.message);
    return next.value;
  }, payment);

/** The table again, in other words: a change has to be argued twice. `same` is a repeat that changes nothing. */
const EXPECTED: { [Status in PaymentStatus]: { [Kind in PaymentEvent['kind']]: PaymentStatus | 'same' | 'refused' } } = {
  pending: {
    ...{ detected: 'detected', paid: 'paid', expired: 'expired', settled: 'refused', payout_lost: 'refused' },
    ...{ partial: 'pending', extra: 'refused', dropped: 'refused', unsettled: 'refused', undetected: 'refused' },
  },
  detected: {
    ...{ detected: 'same', paid: 'paid', expired: 'expired', settled: 'refused', payout_lost: 'detected' },
    ...{ partial: 'refused', extra: 'detected', dropped: 'refused', unsettled: 'refused', undetected: 'refused' },
  },
  paid: {
    ...{ detected: 'refused', paid: 'same', expired: 'refused', settled: 'paid', payout_lost: 'paid' },
    ...{ partial: 'refused', extra: 'paid', dropped: 'refused', unsettled: 'refused', undetected: 'refused' }, // paid over Lightning: its coin is the swap's
  },
  expired: {
    ...{ detected: 'refused', paid: 'refused', expired: 'same', settled: 'refused', payout_lost: 'refused' },
    ...{ partial: 'expired', extra: 'refused', dropped: 'refused', unsettled: 'refused', undetected: 'refused' },
  },
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
  const replaced = advance(payments.detected, { ...detected, txid: 'cc'.repeat(32) } as PaymentEvent);
  expect(replaced).toMatchObject({
    ok: true,
    value: { status: 'detected', txid: 'cc'.repeat(32), version: payments.detected.version + 1 },
  });
});

test('a second claim is not a repeat of the first', () => {
  expect(advance(payments.paid, { ...paid, txid: 'cc'.repeat(32) } as PaymentEvent)).toMatchObject({ ok: false });
});

test('a payment that was paid in time is not marked late', () => {
  expect(once(payments.detected, paid)).toMatchObject({ late: false, receivedSats: payments.detected.amountSats, exception: null });
});

test('an expired payment carries no transaction id', () => {
  expect('txid' in once(payments.detected, { kind: 'expired', reason: 'lockup gone' })).toBe(false);
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
  const lost = once(payments.detected, payout_lost);
  expect(lost).toMatchObject({ status: 'detected', exception: 'payout_lost' });
  expect(once(lost, payout_lost)).toBe(lost);
});

describe('L-BTC that waits for the blocks which the merchant wants (conformance G-10)', () => {
  const waits: PaymentEvent = { kind: 'detected', method: 'liquid', txid: CLAIM, receivedSats: sats(62_341n), at: AT };
  const waiting = once(payments.pending, waits);

  test('is detected with what came, and paid by the same coin', () => {
    expect(waiting).toMatchObject({ status: 'detected', method: 'liquid', txid: CLAIM, receivedSats: 62_341n, exception: null });
    expect(once(waiting, waits)).toBe(waiting);
    expect(once(waiting, liquid(62_341n))).toMatchObject({ status: 'paid', late: false, exception: null });
  });

  test('and is gone leaves a payment that can be paid again', () => {
    const gone = once(waiting, undetected);
    expect(gone).toMatchObject({ status: 'pending', receivedSats: 0n, exception: null });
    expect('txid' in gone).toBe(false);
    expect(once(gone, paid)).toMatchObject({ status: 'paid', method: 'lightning', exception: null });
  });

  test('and is more than asked is overpaid, not paid twice', () => {
    expect(once(waiting, { kind: 'extra', receivedSats: sats(70_000n) })).toMatchObject({ status: 'detected', exception: 'overpaid' });
    expect(once(waiting, detected, paid)).toMatchObject({ method: 'lightning', exception: 'paid_twice' });
  });
});

describe('direct L-BTC', () => {
  test('that arrives late turns an expired payment into a paid one, marked late', () => {
    expect(once(payments.expired, liquid(62_341n))).toMatchObject({ status: 'paid', late: true, method: 'liquid', exception: null });
  });

  test.each([
    [62_341n, null],
    [62_342n, 'overpaid'],
    [62_300n, null], // within the tolerance of the merchant, whom the credit rule has asked
  ])('of %i sats for 62341 leaves the exception %s', (received, exception) => {
    expect(once(payments.pending, liquid(received))).toMatchObject({ status: 'paid', receivedSats: received, exception });
  });

  test('in part is counted once, and makes an expiry underpaid', () => {
    const short = once(payments.pending, partial);
    expect(short).toMatchObject({ status: 'pending', receivedSats: 400n, exception: null, version: payments.pending.version + 1 });
    expect(once(short, partial)).toBe(short);
    expect(once(short, expired)).toMatchObject({ status: 'expired', receivedSats: 400n, exception: 'underpaid' });
  });

  test('in part that comes, or goes again, after the expiry is said of the expired payment', () => {
    const short = once(payments.expired, partial);
    expect(short).toMatchObject({ status: 'expired', exception: 'underpaid' });
    expect(once(short, { kind: 'partial', receivedSats: sats(0n) })).toMatchObject({ receivedSats: 0n, exception: null });
    expect(once(short, { kind: 'partial', receivedSats: sats(99_999n) })).toMatchObject({ status: 'expired', exception: 'overpaid' });
    expect(once(short, liquid(62_341n))).toMatchObject({ status: 'paid', late: true, exception: null });
  });

  test('beside a Lightning payment is paid twice, before the claim and after it', () => {
    const beside = once(payments.detected, { kind: 'extra', receivedSats: sats(62_341n) });
    expect(beside).toMatchObject({ status: 'detected', exception: 'paid_twice' });
    expect(once(beside, paid)).toMatchObject({ method: 'lightning', receivedSats: 124_682n, exception: 'paid_twice' });
    expect(once(payments.pending, partial, paid)).toMatchObject({ receivedSats: 62_741n, exception: 'paid_twice' });
    expect(once(payments.detected, paid, { kind: 'extra', receivedSats: sats(124_682n) })).toMatchObject({ exception: 'paid_twice' });
  });

  test('that paid, and comes again, is paid twice; gone again it is not', () => {
    const twice = once(paidLiquid(), extra);
    expect(twice).toMatchObject({ status: 'paid', receivedSats: 70_000n, exception: 'paid_twice' });
    expect(once(twice, { kind: 'extra', receivedSats: sats(62_341n) })).toMatchObject({ exception: null });
    expect(once(twice, extra)).toBe(twice);
  });

  test('that paid and is dropped leaves the payment paid, with settlement and exception dropped; it may come back', () => {
    const gone = once(paidLiquid(), dropped);
    expect(gone).toMatchObject({ status: 'paid', settlement: 'dropped', exception: 'dropped', receivedSats: 0n });
    expect(once(gone, dropped)).toBe(gone);
    const back = once(gone, unsettled);
    expect(back).toMatchObject({ settlement: 'unconfirmed', exception: null, receivedSats: 62_341n });
    expect(once(back, settled)).toMatchObject({ settlement: 'confirmed' });
  });

  test('that was settled waits again when its blocks are replaced', () => {
    const again = once(paidLiquid(), settled, unsettled);
    expect(again).toMatchObject({ status: 'paid', settlement: 'unconfirmed', exception: null });
    expect(once(again, unsettled)).toBe(again);
  });
});
