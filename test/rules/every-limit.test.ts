import type { WindowEngine } from '../support/window-engines.ts';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { LIMITS } from '../../src/limits/limits.ts';
import { WINDOW_ENGINES } from '../support/window-engines.ts';

/** Schedules for every row of the table; `SCHEDULES=10000` for the whole figure. */
const SCHEDULES = Number(process.env['SCHEDULES'] ?? 10);
/** In Redis a use costs a journey, and both engines answer alike to 10,000 schedules in rolling-window.test.ts: a twentieth of them, 10 at least. */
const runsOf = (place: string) => (place === 'in Redis' ? Math.max(10, SCHEDULES / 20) : SCHEDULES);
/** Patience for a schedule of the largest row, on a machine that does something else as well. */
const SCHEDULE_MS = 100;
const START_MS = Date.UTC(2026, 10, 22, 12);

/** Arrivals that come to at least one more than the limit: in bursts, evenly just above what is allowed, at the very edges of the window, and far apart. */
const arrivalsFor = ({ limit, windowMs }: { limit: number; windowMs: number }) => {
  const gap = fc.oneof(
    { weight: 6, arbitrary: fc.integer({ min: 0, max: Math.ceil(windowMs / limit) }) },
    { weight: 6, arbitrary: fc.constant(0) },
    { weight: 1, arbitrary: fc.constantFrom(1, windowMs - 1, windowMs, windowMs + 1) },
  );
  return fc.array(gap, { minLength: limit + 1, maxLength: 2 * limit + 2, size: 'max' });
};

describe.each(WINDOW_ENGINES)('every documented limit, kept %s', (place, isMissing, start) => {
  let engine: WindowEngine;
  beforeAll(async () => {
    if (!isMissing) engine = await start();
  });
  afterAll(async () => {
    if (!isMissing) await engine.stop();
  });

  test.skipIf(isMissing).each(Object.entries(LIMITS))(
    `X-1 X-2: %s: over ${runsOf(place)} random arrival schedules no window holds more than its limit, and waiting Retry-After succeeds the first time`,
    async (bucket, row) => {
      let subject = 0;
      await fc.assert(
        fc.asyncProperty(arrivalsFor(row), async (gaps) => {
          const who = { bucket, subject: `${subject++}`, limit: row.limit, windowMs: row.windowMs };
          const take = (ms: number) => engine.window.take({ ...who, at: new Date(START_MS + ms) });
          let clock = 0;
          const times = gaps.map((gap) => (clock += gap));
          const decisions = await Promise.all(times.map(take));
          const allowed = times.filter((_at, index) => decisions[index]?.allowed);
          for (let i = row.limit; i < allowed.length; i++) {
            expect((allowed[i] ?? 0) - (allowed[i - row.limit] ?? 0)).toBeGreaterThanOrEqual(row.windowMs);
          }
          let last = await take(clock);
          while (last.allowed) last = await take(clock); // an impatient one asks until it is refused
          expect(last.retryAfterSeconds).toBeGreaterThan(0);
          expect((await take(clock + (last.retryAfterSeconds - 1) * 1_000)).allowed).toBe(false);
          expect((await take(clock + last.retryAfterSeconds * 1_000)).allowed).toBe(true);
        }),
        { numRuns: runsOf(place), endOnFailure: true },
      );
    },
    10_000 + SCHEDULES * SCHEDULE_MS,
  );
});
