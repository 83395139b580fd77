import { expect, test } from 'vitest';
import { fewATurn } from '../../src/lib/few-a-turn.ts';
import { nextTurn } from '../../src/lib/time.ts';

/** What had begun by the end of each of the next turns, asked for `count` at once. */
async function begunByTurn(begin: (start: () => void) => void, count: number, turns: number): Promise<number[][]> {
  const begun: number[] = [];
  for (let at = 0; at < count; at++) begin(() => begun.push(at));
  const seen = [[...begun]];
  for (let turn = 0; turn < turns; turn++) {
    await nextTurn();
    seen.push([...begun]);
  }
  return seen;
}

test('so many begin at once, the others in the turns after, each once and in its order', async () => {
  const seen = await begunByTurn(fewATurn(2), 5, 3);
  expect(seen).toEqual([
    [0, 1],
    [0, 1, 2, 3],
    [0, 1, 2, 3, 4],
    [0, 1, 2, 3, 4],
  ]);
});

test('who comes alone begins at once, also after a crowd, and never before one that waits', async () => {
  const begin = fewATurn(1);
  await begunByTurn(begin, 3, 4);
  const order: string[] = [];
  begin(() => order.push('first'));
  expect(order).toEqual(['first']);
  begin(() => order.push('second'));
  await nextTurn();
  begin(() => order.push('third'));
  expect(order).toEqual(['first', 'second']);
  await nextTurn();
  expect(order).toEqual(['first', 'second', 'third']);
});
