import { expect, test } from 'vitest';
import { breakerOpenUntil } from '../../src/webhooks/breaker.ts';
import { ATTEMPTS_MAX, attemptsMax } from '../../src/webhooks/schedule.ts';

const MINUTE_MS = 60_000;
const AT = new Date('2026-05-15T14:00:00.000Z');
/** For how long an endpoint is left alone that fails now and has been failing for `ms`. */
const pauseAfter = (ms: number) => breakerOpenUntil(new Date(AT.getTime() - ms), AT).getTime() - AT.getTime();

test('an endpoint that fails is left alone for a quarter of how long it has been failing', () => {
  expect(pauseAfter(20 * MINUTE_MS)).toBe(5 * MINUTE_MS);
  expect(pauseAfter(20 * MINUTE_MS + 7)).toBe(5 * MINUTE_MS + 1);
});

test('an endpoint that fails is left alone for a minute at least and a quarter of an hour at most', () => {
  expect([0, MINUTE_MS, 4 * MINUTE_MS].map(pauseAfter)).toEqual([MINUTE_MS, MINUTE_MS, MINUTE_MS]);
  expect([60 * MINUTE_MS, 61 * MINUTE_MS, 10_000 * MINUTE_MS].map(pauseAfter)).toEqual([15, 15, 15].map((minutes) => minutes * MINUTE_MS));
  expect(pauseAfter(-10 * MINUTE_MS)).toBe(MINUTE_MS); // another process's clock is ahead
});

test('W-13: a test event is sent once, every other as often as documented', () => {
  expect(attemptsMax('payment.test')).toBe(1);
  expect(['payment.confirmed', 'payment.expired', ''].map(attemptsMax)).toEqual([ATTEMPTS_MAX, ATTEMPTS_MAX, ATTEMPTS_MAX]);
});
