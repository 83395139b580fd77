import type { ExpirePaymentsDeps } from '../../src/payments/expire-payments.ts';
import { expect, test } from 'vitest';
import { makeLog } from '../../src/lib/log.ts';
import { EXPIRY_RELOOK_MS, expirePayments } from '../../src/payments/expire-payments.ts';
import { paymentFixture } from '../support/payments.ts';

const AT = new Date('2026-05-15T14:18:00.000Z');
const due = Array.from({ length: 20 }, (_, i) => paymentFixture({ status: 'pending' }, { id: `pmt_${i}` as never }));

function watched(close: (id: string) => ReturnType<ExpirePaymentsDeps['close']>) {
  const closed: string[] = [];
  const postponed: [string, number][] = [];
  const deps = {
    now: () => AT,
    log: makeLog('silent'),
    findDue: async () => due,
    close: async (id: string) => {
      const answer = await close(id);
      if (answer === 'closed') closed.push(id);
      return answer;
    },
    lookAtAddress: async () => true,
    database: { transact: async () => {} },
    postpone: async (id: string, at: Date) => void postponed.push([id, at.getTime() - AT.getTime()]),
  } as unknown as ExpirePaymentsDeps; // ending itself is told by the other file: here it is done at once
  return { deps, closed, postponed };
}

test('a payment that cannot be looked at without a fault holds up no other, and is asked for again', async () => {
  const { deps, closed, postponed } = watched(async (id) => {
    if (id === 'pmt_0') throw new Error('a row that cannot be read');
    return 'closed';
  });
  expect(await expirePayments(deps)).toBe(19);
  expect(closed).toHaveLength(19);
  expect(postponed).toEqual([['pmt_0', EXPIRY_RELOOK_MS]]);
});

test('looks that hang do not stand before the others', async () => {
  let release = () => {};
  const hanging = new Promise<'unknown'>((resolve) => {
    release = () => resolve('unknown');
  });
  const { deps, closed } = watched(async (id) => (id === 'pmt_0' || id === 'pmt_1' ? hanging : 'closed'));
  const run = expirePayments(deps);
  await expect.poll(() => closed.length).toBe(18);
  release();
  expect(await run).toBe(18);
});

test('G-5 W-11: what is in flight or could not be looked at stays', async () => {
  const { deps, postponed } = watched(async (id) => (id === 'pmt_0' ? 'in_flight' : 'unknown'));
  expect(await expirePayments(deps)).toBe(0);
  expect(postponed).toHaveLength(20);
});
