import type { EndingPlan, Reminder } from '../../src/billing/remind.ts';
import { describe, expect, test } from 'vitest';
import { mayCharge, planState, TRIAL_OPEN_PAYMENTS_MAX, TRIAL_OVER, TRIAL_PAYMENTS } from '../../src/billing/may-charge.ts';
import { parsePlan, PLANS, planEnd, planPrice, planText } from '../../src/billing/plan.ts';
import { remindOfPlans } from '../../src/billing/remind.ts';
import { fiatText } from '../../src/lib/money.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

test('R-4: plans cost $9 a month and $72 a year', () => {
  expect(PLANS.map((plan) => [plan, fiatText(planPrice(plan))])).toEqual([
    ['lightning_monthly', '9'],
    ['lightning_yearly', '72'],
  ]);
  expect(parsePlan('yearly')).toEqual({ ok: true, value: 'lightning_yearly' });
});

test('R-3: what is neither monthly nor yearly is no plan, and the answer names the field', () => {
  for (const text of ['weekly', '', 'lightning_monthly', 'Monthly', null, undefined, 1]) {
    expect(parsePlan(text)).toEqual({
      ok: false,
      error: { kind: 'invalid', code: 'unknown_plan', message: 'plan must be monthly or yearly', field: 'plan' },
    });
  }
});

test('a wallet shows which plan is paid for', () => {
  expect(PLANS.map(planText)).toEqual(['AvoPay plan, one month', 'AvoPay plan, one year']);
});

describe('R-13: a period ends on the same day and time of the calendar, UTC', () => {
  test.each([
    ['a month', '2027-03-15T10:20:30.456Z', 'lightning_monthly', '2027-04-15T10:20:30.456Z'],
    ['31 January, no leap year', '2027-01-31T23:59:59.999Z', 'lightning_monthly', '2027-02-28T23:59:59.999Z'],
    ['31 January, leap year', '2028-01-31T00:00:00.000Z', 'lightning_monthly', '2028-02-29T00:00:00.000Z'],
    ['30 January, no leap year', '2027-01-30T12:00:00.000Z', 'lightning_monthly', '2027-02-28T12:00:00.000Z'],
    ['31 March', '2027-03-31T12:00:00.000Z', 'lightning_monthly', '2027-04-30T12:00:00.000Z'],
    ['over the end of the year', '2027-12-31T12:00:00.000Z', 'lightning_monthly', '2028-01-31T12:00:00.000Z'],
    ['a year', '2027-03-15T10:20:30.456Z', 'lightning_yearly', '2028-03-15T10:20:30.456Z'],
    ['a year from 29 February', '2028-02-29T05:00:00.000Z', 'lightning_yearly', '2029-02-28T05:00:00.000Z'],
    ['a century that is no leap year', '2099-02-28T00:00:00.000Z', 'lightning_yearly', '2100-02-28T00:00:00.000Z'],
    ['summer time changes nothing', '2027-03-01T02:30:00.000Z', 'lightning_monthly', '2027-04-01T02:30:00.000Z'],
  ] as const)('%s', (_name, from, plan, to) => {
    expect(planEnd(new Date(from), plan).toISOString()).toBe(to);
  });
});

test('R-13: months that follow one another keep the day that they began on: from 31 January to 28 February, 31 March, 30 April', () => {
  const began = new Date('2027-01-31T10:00:00.000Z');
  const ends: string[] = [];
  for (let at = began; ends.length < 13; ) {
    at = planEnd(at, 'lightning_monthly', began);
    ends.push(at.toISOString().slice(0, 10));
  }
  expect(ends.slice(0, 4)).toEqual(['2027-02-28', '2027-03-31', '2027-04-30', '2027-05-31']);
  expect(ends.slice(-2)).toEqual(['2028-01-31', '2028-02-29']);
  const leapDay = new Date('2028-02-29T10:00:00.000Z');
  expect(planEnd(new Date('2031-02-28T10:00:00.000Z'), 'lightning_yearly', leapDay).toISOString()).toBe('2032-02-29T10:00:00.000Z');
});

test('R-13: a beginning that is no part of the row leaves the day alone: one of another time of day, or of a later day', () => {
  const start = new Date('2027-02-28T10:00:00.000Z');
  const end = (began: string) => planEnd(start, 'lightning_monthly', new Date(began)).toISOString();
  expect(end('2027-01-31T10:00:00.000Z')).toBe('2027-03-31T10:00:00.000Z');
  expect(end('2027-01-31T10:00:00.001Z')).toBe('2027-03-28T10:00:00.000Z');
  expect(end('2027-03-31T10:00:00.000Z')).toBe('2027-03-28T10:00:00.000Z');
});

test('P-17: whoever has used the trial up reads the documented words', () => {
  expect(TRIAL_OVER).toEqual({
    kind: 'payment-required',
    code: 'trial_limit_reached',
    message: 'trial_limit_reached: subscribe at avopay.dev',
  });
});

describe('P-17 R-14: who may ask for payments', () => {
  const at = new Date('2027-05-15T12:00:00.000Z');
  const time = { at, graceMs: 72 * HOUR_MS };
  const ago = (ms: number) => new Date(at.getTime() - ms);
  test.each([
    [0, null, 'trial'],
    [TRIAL_PAYMENTS - 1, null, 'trial'],
    [TRIAL_PAYMENTS, null, 'ended'],
    [99, ago(-1), 'active'],
    [0, ago(0), 'grace'],
    [0, ago(72 * HOUR_MS - 1), 'grace'],
    [0, ago(72 * HOUR_MS), 'ended'],
  ] as const)('%i paid, plan until %s: %s', async (trialUsed, planEndsAt, state) => {
    const account = { trialUsed, planEndsAt };
    expect(planState(account, time)).toBe(state);
    const allowed = await mayCharge(account, time, async () => []);
    expect(allowed).toEqual(state === 'ended' ? { ok: false, error: TRIAL_OVER } : { ok: true, value: undefined });
  });

  test('P-18: a trial account with as many open payments as it may have is told when the next fits, a plan has no such cap', async () => {
    const ends = Array.from({ length: TRIAL_OPEN_PAYMENTS_MAX }, (_, i) => new Date(at.getTime() + 4_500 + i));
    const refused = await mayCharge({ trialUsed: 0, planEndsAt: null }, time, async () => ends);
    expect(refused).toMatchObject({ ok: false, error: { kind: 'rate-limited', code: 'trial_open_payments', retryAfterSeconds: 5 } });
    expect(refused).toMatchObject({
      error: { message: 'A trial account may have 20 open payments at once — retry in 5 seconds or subscribe' },
    });
    expect(await mayCharge({ trialUsed: 0, planEndsAt: null }, time, async () => ends.slice(1))).toMatchObject({ ok: true });
    expect(await mayCharge({ trialUsed: 9, planEndsAt: ago(-1) }, time, async () => ends)).toMatchObject({ ok: true });
  });
});

test('R-14: reminders are due 7, 3 and 1 days before the end; what was missed is not sent after', async () => {
  const planEndsAt = new Date('2027-06-15T12:00:00.000Z');
  const remindedAt = async (daysBefore: number): Promise<number[]> => {
    const queued: Reminder[] = [];
    const plans: EndingPlan[] = [{ accountId: 'acc_1', email: 'a@example.com', planEndsAt }];
    await remindOfPlans({
      now: () => new Date(planEndsAt.getTime() - daysBefore * DAY_MS),
      findEnding: async (after, until) => plans.filter((plan) => plan.planEndsAt > after && plan.planEndsAt <= until),
      queue: async (reminders) => queued.push(...reminders),
    });
    return queued.map(({ facts }) => Number(facts.days));
  };
  expect(await remindedAt(7.01)).toEqual([]);
  expect(await remindedAt(7)).toEqual([7]);
  expect(await remindedAt(3.01)).toEqual([7]);
  expect(await remindedAt(2)).toEqual([3]);
  expect(await remindedAt(0.001)).toEqual([1]);
  expect(await remindedAt(0)).toEqual([]);
});
