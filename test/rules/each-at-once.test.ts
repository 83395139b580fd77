import { expect, test } from 'vitest';
import { eachAtOnce } from '../../src/lib/each-at-once.ts';
import { nextTurn } from '../../src/lib/time.ts';

test('each is worked on once, in order and a few at a time, and one that fails, even at once, holds up no other', async () => {
  const begun: number[] = [];
  const failed: number[] = [];
  let running = 0;
  let most = 0;
  const work = (item: number) => {
    begun.push(item);
    if (item === 1) throw new Error('at once');
    return later(item);
  };
  const later = async (item: number) => {
    most = Math.max(most, ++running);
    await nextTurn();
    running -= 1;
    if (item === 3) throw new Error('later');
  };
  await eachAtOnce([0, 1, 2, 3, 4, 5, 6], { atOnce: 2, work, failed: (item) => void failed.push(item) });
  expect(begun).toEqual([0, 1, 2, 3, 4, 5, 6]);
  expect(failed).toEqual([1, 3]);
  expect(most).toBe(2);
});
