import type { ExpirePaymentsDeps } from '../../src/payments/expire-payments.ts';
import type { Payment } from '../../src/payments/payment.ts';
import type { Tx } from '../../src/lib/database.ts';
import { describe, expect, test } from 'vitest';
import { makeLog } from '../../src/lib/log.ts';
import { expirePayments } from '../../src/payments/expire-payments.ts';
import { paymentFixture } from '../support/payments.ts';

const AT = new Date('2026-05-15T14:18:00.000Z');
const PENDING = paymentFixture({ status: 'pending' });

/** One payment that is due. Its Lightning side and its address answer as told; what was done is kept in words. */
function around(answers: { close?: 'closed' | 'in_flight' | 'unknown'; looked?: boolean; underLock?: Payment; due?: Payment }) {
  const done: string[] = [];
  const due = answers.due ?? PENDING;
  let stored = answers.underLock ?? due;
  const deps: ExpirePaymentsDeps = {
    database: { transact: (work: (tx: Tx) => Promise<unknown>) => work({} as Tx) } as ExpirePaymentsDeps['database'], // rows are `stored`
    now: () => AT,
    findDue: async () => [due],
    close: async () => {
      done.push('close');
      return answers.close ?? 'closed';
    },
    lookAtAddress: async () => {
      done.push('look');
      return answers.looked ?? true;
    },
    postpone: async (_id, at) => void done.push(`postpone ${at.getTime() - AT.getTime()}`),
    findForUpdate: async () => stored,
    save: async (_tx, payment) => {
      stored = payment;
      return true;
    },
    countPaid: async () => {},
    releaseAddress: async () => void done.push('release'),
    recordEvent: async (_tx, { type }) => void done.push(type),
    log: makeLog('silent'),
  };
  return { deps, done };
}

describe('a payment whose time is over', () => {
  test('P-21 W-11: expires after its invoice is closed and its address was looked at, and gives the address back', async () => {
    const { deps, done } = around({});
    expect(await expirePayments(deps)).toBe(1);
    expect(done).toEqual(['close', 'look', 'release', 'payment.expired']);
  });

  test('does not expire while its address cannot be looked at', async () => {
    const { deps, done } = around({ looked: false });
    expect(await expirePayments(deps)).toBe(0);
    expect(done).toEqual(['close', 'look', 'postpone 5000']);
  });

  test.each(['in_flight', 'unknown'] as const)('does not expire while its Lightning side is %s', async (close) => {
    const { deps, done } = around({ close });
    expect(await expirePayments(deps)).toBe(0);
    expect(done).toEqual(['close', 'postpone 5000']);
  });

  test('that was paid by what the look found is left alone', async () => {
    const paid = { status: 'paid', method: 'liquid', txid: 'aa', paidAt: AT, feesSats: 0n, settlement: 'unconfirmed' } as const;
    const { deps, done } = around({ underLock: paymentFixture(paid as Parameters<typeof paymentFixture>[0]) });
    await expirePayments(deps);
    expect(done).toEqual(['close', 'look']);
  });

  test('without an invoice has none to close', async () => {
    const { deps, done } = around({ due: paymentFixture({ status: 'pending' }, { lightning: 'none_configured' }) });
    await expirePayments(deps);
    expect(done).toEqual(['look', 'release', 'payment.expired']);
  });
});
