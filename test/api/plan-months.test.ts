import type { TestDatabase } from '../support/database.ts';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { payNewPeriod } from '../../src/billing/pay-period.ts';
import { newId } from '../../src/lib/ids.ts';
import { sats } from '../../src/lib/money.ts';
import { systemRandom } from '../../src/lib/random.ts';
import { freshDatabase } from '../support/database.ts';

let db: TestDatabase;
beforeAll(async () => {
  db = await freshDatabase();
});
afterAll(() => db.close());

/** An account without a plan, and how it pays for another period at a time. */
async function account() {
  const accountId = newId(systemRandom, 'account');
  const createdAt = new Date('2027-01-01T00:00:00.000Z');
  const state = { status: 'active', isOperator: false, settings: {}, trialUsed: 0, eventSeq: 0n, version: 0 };
  await db.database.client.account.create({ data: { ...state, id: accountId, name: 'Shop', createdAt } });
  const pay = async (at: string, plan: 'lightning_monthly' | 'lightning_yearly' = 'lightning_monthly') => {
    const id = newId(systemRandom, 'period');
    const period = {
      id,
      accountId,
      plan,
      usdMinor: 900n,
      sats: sats(9_000n),
      quoteId: 'quo_1',
      swapId: `swp_${id}`,
      createdAt: new Date(at),
    };
    await db.database.transact((tx) => payNewPeriod({ recordEvent: async () => {} }, tx, period));
    const { planEndsAt } = await db.database.client.account.findUniqueOrThrow({ where: { id: accountId } });
    return planEndsAt?.toISOString();
  };
  return { accountId, pay };
}

test('R-13: three months paid one after another from 31 January end on 28 February, 31 March and 30 April', async () => {
  const { pay } = await account();
  expect(await pay('2027-01-31T10:00:00.000Z')).toBe('2027-02-28T10:00:00.000Z');
  expect(await pay('2027-02-20T08:00:00.000Z')).toBe('2027-03-31T10:00:00.000Z');
  expect(await pay('2027-03-30T23:00:00.000Z')).toBe('2027-04-30T10:00:00.000Z');
});

test('R-13: three months paid at once stack to the same days, and a year behind them keeps the day too', async () => {
  const { pay } = await account();
  const ends = [];
  for (let n = 0; n < 3; n++) ends.push(await pay('2027-01-31T10:00:00.000Z'));
  expect(ends).toEqual(['2027-02-28T10:00:00.000Z', '2027-03-31T10:00:00.000Z', '2027-04-30T10:00:00.000Z']);
  expect(await pay('2027-01-31T10:00:00.000Z', 'lightning_yearly')).toBe('2028-04-30T10:00:00.000Z');
  expect(await pay('2027-01-31T10:00:00.000Z')).toBe('2028-05-31T10:00:00.000Z');
});

test('R-13: after a gap a new day is kept, and of another account nothing is', async () => {
  const [mine, other] = [await account(), await account()];
  await mine.pay('2027-01-31T10:00:00.000Z');
  expect(await mine.pay('2027-03-15T09:00:00.000Z')).toBe('2027-04-15T09:00:00.000Z');
  await db.database.client.account.update({ where: { id: other.accountId }, data: { planEndsAt: new Date('2027-02-28T10:00:00.000Z') } });
  expect(await other.pay('2027-02-01T00:00:00.000Z')).toBe('2027-03-28T10:00:00.000Z');
});
