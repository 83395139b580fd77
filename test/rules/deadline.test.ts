import { expect, test } from 'vitest';
import { deadline, pause } from '../../src/lib/time.ts';

test('a deadline ends with its time or with what it belongs to, and not at all once nobody waits', async () => {
  const around = new AbortController();
  const short = deadline(1);
  const inner = deadline(60_000, around.signal);
  const over = deadline(1);
  const left = deadline(60_000, around.signal);
  over.done();
  left.done();
  await pause(20);
  expect([short, inner, over].map(({ signal }) => signal.aborted)).toEqual([true, false, false]);
  around.abort();
  expect([inner, left, deadline(60_000, around.signal)].map(({ signal }) => signal.aborted)).toEqual([true, false, true]);
  inner.done();
});
