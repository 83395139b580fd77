import type { LiquidFacts } from '../../src/payments/credit-liquid.ts';
import type { Payment } from '../../src/payments/payment.ts';
import { describe, expect, test } from 'vitest';
import { sats } from '../../src/lib/money.ts';
import { attributeOutput } from '../../src/payments/attribute-output.ts';
import { liquidEvent } from '../../src/payments/credit-liquid.ts';
import { advance } from '../../src/payments/transitions.ts';
import { paymentFixture } from '../support/payments.ts';

const AT = new Date('2026-05-15T14:23:00.000Z');
const COIN = 'cc'.repeat(32);
const DUE = 62_341n;
const facts = (creditedSats: bigint, more: Partial<LiquidFacts> = {}): LiquidFacts => ({
  creditedSats,
  unclearSats: 0n,
  txid: creditedSats === 0n ? null : COIN,
  depth: 'waiting',
  ...more,
});
const rules = (toleranceSats = 0n, minConfirmations = 0) => ({ toleranceSats, minConfirmations, at: AT });
const received = (amount: bigint) => ({ receivedSats: sats(amount) });
const paidBy = (method: 'lightning' | 'liquid', more: object = {}) =>
  paymentFixture({ status: 'paid', method, txid: COIN, paidAt: AT, feesSats: sats(0n), settlement: 'unconfirmed', ...more }, received(DUE));

const OPEN: readonly (readonly [string, Payment])[] = [
  ['pending', paymentFixture({ status: 'pending' })],
  ['expired', paymentFixture({ status: 'expired', reason: 'unpaid' })],
];
describe.each(OPEN)('a payment that is %s', (_status, payment) => {
  test.each([
    [0n, 0n, null],
    [1n, 0n, 'partial'],
    [DUE - 1n, 0n, 'partial'],
    [DUE, 0n, 'paid'],
    [DUE + 1n, 0n, 'paid'],
    [DUE - 100n, 100n, 'paid'],
    [DUE - 101n, 100n, 'partial'],
    [0n, 1_000n, null],
  ])('that has %i sats with a tolerance of %i says %s', (creditedSats, toleranceSats, kind) => {
    expect(liquidEvent(payment, facts(creditedSats), rules(toleranceSats))?.kind ?? null).toBe(kind);
  });

  test('counts what is unclear, but is not paid by it', () => {
    expect(liquidEvent(payment, facts(0n, { unclearSats: DUE, txid: COIN }), rules())).toEqual({ kind: 'partial', ...received(DUE) });
  });
});

test('a tolerance as large as the amount does not make nothing enough', () => {
  const small = paymentFixture({ status: 'pending' }, { amountSats: sats(1_000n) });
  expect(liquidEvent(small, facts(0n), rules(1_000n))).toBeNull();
});

test('L-BTC beside a Lightning lockup, or after a Lightning payment, is extra', () => {
  const detected = paymentFixture({ status: 'detected', method: 'lightning', txid: 'aa', detectedAt: AT });
  expect(liquidEvent(detected, facts(DUE), rules())).toEqual({ kind: 'extra', ...received(DUE) });
  expect(liquidEvent(paidBy('lightning'), facts(400n), rules())).toEqual({ kind: 'extra', ...received(DUE + 400n) });
  expect(liquidEvent(paidBy('lightning'), facts(0n, { depth: 'buried' }), rules())).toBeNull();
});

describe('a payment that was paid with L-BTC', () => {
  const paid = paidBy('liquid');
  const settled = paidBy('liquid', { settlement: 'confirmed' });
  const dropped = { ...paidBy('liquid', { settlement: 'dropped' }), ...received(0n) };
  test.each([
    ['waits for its blocks', paid, facts(DUE), null],
    ['is mined', paid, facts(DUE, { depth: 'mined' }), null],
    ['is buried', paid, facts(DUE, { depth: 'buried' }), 'settled'],
    ['stays buried', settled, facts(DUE, { depth: 'buried' }), null],
    ['has one block less than it had', settled, facts(DUE, { depth: 'mined' }), null],
    ['has lost its blocks', settled, facts(DUE), 'unsettled'],
    ['has lost its coin', paid, facts(0n), 'dropped'],
    ['has said that its coin is lost', dropped, facts(0n), null],
    ['has its coin again', dropped, facts(DUE), 'unsettled'],
    ['gets more', paid, facts(DUE + 5n), 'extra'],
  ])('and %s says the right thing', (_what, payment, now, kind) => {
    expect(liquidEvent(payment, now, rules())?.kind ?? null).toBe(kind);
  });
});

test('whatever lies there in whatever order, a few events lead to a payment that agrees with it', () => {
  const amounts = [0n, 1n, DUE - 1n, DUE, DUE + 1n, 2n * DUE];
  const starts: readonly Payment[] = [...OPEN.map(([, payment]) => payment), paidBy('liquid'), paidBy('lightning')];
  for (const start of starts) {
    for (const first of amounts) {
      for (const second of amounts) {
        for (const depth of ['waiting', 'mined', 'buried'] as const) {
          const after = settle(settle(start, facts(first)), facts(second, { depth }));
          const own = after.status === 'paid' && after.method === 'lightning' ? DUE : 0n;
          expect(after.receivedSats).toBe(second + own);
        }
      }
    }
  }
});

/** Applies what the rule says until it says nothing, as the store does. */
function settle(payment: Payment, now: LiquidFacts): Payment {
  let current = payment;
  for (let count = 0; count < 4; count++) {
    const event = liquidEvent(current, now, rules());
    if (!event) return current;
    const next = advance(current, event);
    if (!next.ok) throw new Error(next.error.message);
    current = next.value;
  }
  throw new Error('it never came to rest');
}

describe('money on an address that several payments had', () => {
  const old = { paymentId: 'pmt_old', amountSats: 5_000n, receivedSats: 0n, status: 'expired' } as const;
  const older = { ...old, paymentId: 'pmt_older', amountSats: 6_000n };
  const open = { paymentId: 'pmt_open', amountSats: 7_000n, receivedSats: 0n, status: 'pending' } as const;
  const over = { ...open, status: 'expired' } as const;
  test.each([
    ['of one payment alone is its own, whatever the amount', [old], 1n, 'pmt_old', true],
    ['that makes the open one complete is the open one’s', [open, old], 7_000n, 'pmt_open', true],
    ['in the exact amount of an earlier one is that one’s', [open, old, older], 6_000n, 'pmt_older', true],
    ['in no exact amount is the open one’s', [open, old], 6_500n, 'pmt_open', true],
    ['in no exact amount, with none open, is the newest one’s and unclear', [over, old], 6_500n, 'pmt_open', false],
    ['in the exact amount of an earlier one, with none open, is that one’s', [over, old], 5_000n, 'pmt_old', true],
    ['in the amount of an earlier one that was paid is the newest one’s', [open, { ...old, status: 'paid' }], 5_000n, 'pmt_open', true],
    ['in the rest of an earlier one is that one’s', [over, { ...old, receivedSats: 400n }], 4_600n, 'pmt_old', true],
  ] as const)('%s', (_sentence, promised, valueSats, paymentId, isClear) => {
    expect(attributeOutput(promised, valueSats)).toEqual({ paymentId, isClear });
  });

  test('on an address that nobody was promised is nobody’s', () => {
    expect(attributeOutput([], 5_000n)).toBeNull();
  });
});

describe('G-10: a merchant who waits for blocks', () => {
  const pending = paymentFixture({ status: 'pending' });
  const waiting = paymentFixture({ status: 'detected', method: 'liquid', txid: COIN, detectedAt: AT }, received(DUE));

  test.each([
    [0, 'waiting', 'paid'],
    [1, 'waiting', 'detected'],
    [1, 'mined', 'paid'],
    [2, 'mined', 'detected'],
    [2, 'buried', 'paid'],
  ] as const)('for %i of them: coins that are %s make a payment %s', (blocks, depth, kind) => {
    expect(liquidEvent(pending, facts(DUE, { depth }), rules(0n, blocks))?.kind).toBe(kind);
  });

  test('hears nothing twice, of more that came, of a coin that is gone, and of its block', () => {
    expect(liquidEvent(waiting, facts(DUE), rules(0n, 1))).toBeNull();
    expect(liquidEvent(waiting, facts(DUE + 5n), rules(0n, 1))).toEqual({ kind: 'extra', receivedSats: DUE + 5n });
    expect(liquidEvent(waiting, facts(0n), rules(0n, 1))).toEqual({ kind: 'undetected', receivedSats: 0n });
    expect(liquidEvent(waiting, facts(DUE, { depth: 'mined' }), rules(0n, 1))?.kind).toBe('paid');
  });

  test('is paid late only under those blocks', () => {
    const expired = paymentFixture({ status: 'expired', reason: 'unpaid' });
    expect(liquidEvent(expired, facts(DUE), rules(0n, 1))).toEqual({ kind: 'partial', receivedSats: DUE });
    expect(liquidEvent(expired, facts(DUE, { depth: 'mined' }), rules(0n, 1))?.kind).toBe('paid');
  });
});
