import type { Ask } from '../../src/limits/decision.ts';
import type { WindowEngine } from '../support/window-engines.ts';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { LocalWindow } from '../../src/limits/rolling-window.ts';
import { WINDOW_ENGINES } from '../support/window-engines.ts';

const START_MS = Date.UTC(2026, 10, 22, 12);
const SCHEDULES = 10_000;
let made = 0;
const subject = () => `subject ${made++}`;
const ask = (more: { subject: string; limit: number; windowMs: number }, atMs: number): Ask => ({
  bucket: 'test',
  ...more,
  at: new Date(START_MS + atMs),
});

/** Windows from one to sixty seconds, limits of both tables' sizes, and arrivals in bursts, at the very edges, and far apart. */
const schedule = fc
  .record({ limit: fc.integer({ min: 1, max: 6 }), windowMs: fc.integer({ min: 1_000, max: 60_000 }) })
  .chain(({ limit, windowMs }) => {
    const gap = fc.oneof(
      { weight: 3, arbitrary: fc.integer({ min: 0, max: Math.ceil(windowMs / limit) }) },
      { weight: 1, arbitrary: fc.constantFrom(0, 1, windowMs - 1, windowMs, windowMs + 1) },
    );
    return fc.record({ limit: fc.constant(limit), windowMs: fc.constant(windowMs), gaps: fc.array(gap, { minLength: 1, maxLength: 24 }) });
  });

describe.each(WINDOW_ENGINES)('a rolling window kept %s', (_name, isMissing, start) => {
  let engine: WindowEngine;
  beforeAll(async () => {
    if (!isMissing) engine = await start();
  });
  afterAll(async () => {
    if (!isMissing) await engine.stop();
  });

  test.skipIf(isMissing)(
    'never allows more than its limit in any window, refuses only when it must, and says exactly when to come back',
    async () => {
      let windows = 0;
      let refusals = 0;
      await fc.assert(
        fc.asyncProperty(schedule, async ({ limit, windowMs, gaps }) => {
          const who = { subject: subject(), limit, windowMs };
          let clock = 0;
          const times = gaps.map((gap) => {
            clock += gap;
            return clock;
          });
          // One after another on one connection: asked in order, answered in order.
          const decisions = await Promise.all(times.map((at) => engine.window.take(ask(who, at))));
          const used: number[] = [];
          for (const [index, decision] of decisions.entries()) {
            const at = times[index] ?? 0;
            const inWindow = used.filter((time) => time > at - windowMs);
            const mayPass = inWindow.length < limit;
            if (mayPass) used.push(at);
            else refusals++;
            const leaves = (mayPass ? [...inWindow, at] : inWindow)[0] ?? at;
            expect(decision).toEqual({
              allowed: mayPass,
              remaining: mayPass ? limit - inWindow.length - 1 : 0,
              resetSeconds: Math.ceil((leaves + windowMs - at) / 1_000),
              retryAfterSeconds: mayPass ? 0 : Math.ceil((leaves + windowMs - at) / 1_000),
            });
          }
          const allowed = times.filter((_at, index) => decisions[index]?.allowed);
          for (let i = limit; i < allowed.length; i++) {
            windows++;
            expect((allowed[i] ?? 0) - (allowed[i - limit] ?? 0)).toBeGreaterThanOrEqual(windowMs);
          }
          const last = decisions.at(-1);
          if (!last || last.allowed) return;
          const early = await engine.window.take(ask(who, clock + (last.retryAfterSeconds - 1) * 1_000));
          const onTime = await engine.window.take(ask(who, clock + last.retryAfterSeconds * 1_000));
          expect([early.allowed, onTime.allowed]).toEqual([false, true]);
        }),
        { numRuns: SCHEDULES },
      );
      expect(windows).toBeGreaterThan(SCHEDULES / 2);
      expect(refusals).toBeGreaterThan(SCHEDULES / 2);
    },
    120_000,
  );

  test.skipIf(isMissing)('subjects do not know each other', async () => {
    const [one, other] = [subject(), subject()].map((name) => ({ subject: name, limit: 1, windowMs: 1_000 }));
    if (!one || !other) throw new Error('two were made');
    expect((await engine.window.take(ask(one, 0))).allowed).toBe(true);
    expect((await engine.window.take(ask(one, 1))).allowed).toBe(false);
    expect((await engine.window.take(ask(other, 1))).allowed).toBe(true);
    expect((await engine.window.take({ ...ask(one, 1), bucket: 'other' })).allowed).toBe(true);
  });

  test.skipIf(isMissing)('X-1 X-3: a hundred askers at the same instant get the limit and no more', async () => {
    const who = { subject: subject(), limit: 30, windowMs: 60_000 };
    const decisions = await Promise.all(Array.from({ length: 100 }, () => engine.window.take(ask(who, 5))));
    expect(decisions.filter(({ allowed }) => allowed)).toHaveLength(30);
  });

  test.skipIf(isMissing)('a clock that steps back a little gains nothing, one that is set back far locks nobody out', async () => {
    const who = { subject: subject(), limit: 1, windowMs: 60_000 };
    const at = async (ms: number) => (await engine.window.take(ask(who, ms))).allowed;
    expect(await at(3_600_000)).toBe(true);
    expect(await at(3_590_000)).toBe(false);
    expect(await at(3_659_999)).toBe(false);
    expect(await at(3_600_000 - 60_001)).toBe(true);
  });

  test.skipIf(isMissing)('a limit that was lowered holds at once, and says when it will have room', async () => {
    const who = { subject: subject(), windowMs: 60_000 };
    for (const second of [0, 1, 2, 3, 4]) await engine.window.take(ask({ ...who, limit: 5 }, second * 1_000));
    expect(await engine.window.take(ask({ ...who, limit: 2 }, 10_000))).toMatchObject({ allowed: false, retryAfterSeconds: 53 });
    expect((await engine.window.take(ask({ ...who, limit: 2 }, 62_999))).allowed).toBe(false);
    expect((await engine.window.take(ask({ ...who, limit: 2 }, 63_000))).allowed).toBe(true);
  });
});

describe('memory', () => {
  const who = (name: string) => ({ subject: name, limit: 3, windowMs: 60_000 });

  test('keeps the use of one who comes back alone after a whole window', async () => {
    const window = new LocalWindow();
    const once = { subject: 'alone', limit: 1, windowMs: 60_000 };
    expect((await window.take(ask(once, 0))).allowed).toBe(true);
    expect((await window.take(ask(once, 60_000))).allowed).toBe(true);
    expect((await window.take(ask(once, 60_001))).allowed).toBe(false);
  });

  test('goes down again when those who asked have fallen silent', async () => {
    const window = new LocalWindow();
    for (let i = 0; i < 5_000; i++) await window.take(ask(who(`early ${i}`), i));
    expect(window.size()).toBe(5_000);
    for (let i = 0; i < 5_000; i++) await window.take(ask(who('late'), 200_000 + i));
    expect(window.size()).toBe(1);
  });

  test('is bounded, and who asks on is not forgotten in a flood of others', async () => {
    const window = new LocalWindow(1_000);
    for (let i = 0; i < 3; i++) await window.take(ask(who('guesser'), i));
    for (let i = 0; i < 50_000; i++) {
      await window.take(ask(who(`flood ${i}`), 10));
      if (i % 500 === 0) expect((await window.take(ask(who('guesser'), 10))).allowed).toBe(false);
    }
    expect(window.size()).toBe(1_000);
  });

  test('a flood of one bucket does not touch another', async () => {
    const window = new LocalWindow(100);
    for (let i = 0; i < 3; i++) await window.take({ ...ask(who('guesser'), i), bucket: 'auth_login' });
    for (let i = 0; i < 5_000; i++) await window.take(ask(who(`flood ${i}`), 10));
    expect((await window.take({ ...ask(who('guesser'), 20), bucket: 'auth_login' })).allowed).toBe(false);
  });
});
