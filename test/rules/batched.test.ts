import { expect, test } from 'vitest';
import { batched } from '../../src/lib/batched.ts';
import { nextTurn } from '../../src/lib/time.ts';

/** Work that ends when it is told to, and what it was given. */
function held() {
  const batches: (readonly string[])[] = [];
  const ends: ((fault?: Error) => void)[] = [];
  const work = (items: readonly string[]) => {
    batches.push(items);
    return new Promise<readonly string[]>((resolve, reject) => {
      ends.push((fault) => (fault ? reject(fault) : resolve(items.map((item) => `${item}!`))));
    });
  };
  return { batches, ends, work };
}

const settled = () => new Promise<void>((resolve) => setImmediate(resolve));

test('what comes in one breath is done together, what comes meanwhile is done together after it, and each gets its own answer', async () => {
  const { batches, ends, work } = held();
  const ask = batched(work);
  const first = [ask('a'), ask('b')];
  await settled();
  const second = [ask('c')];
  await settled();
  second.push(ask('d'));
  await settled();
  expect(batches).toEqual([['a', 'b']]);
  ends[0]?.();
  expect(await Promise.all(first)).toEqual(['a!', 'b!']);
  await settled();
  expect(batches).toEqual([
    ['a', 'b'],
    ['c', 'd'],
  ]);
  ends[1]?.();
  expect(await Promise.all(second)).toEqual(['c!', 'd!']);
  const alone = ask('e');
  await settled();
  ends[2]?.();
  expect(await alone).toBe('e!');
});

test('a batch that begins with the next turn of the event loop is all that is asked for in this one, however many steps lie between', async () => {
  const { batches, ends, work } = held();
  const ask = batched(work, nextTurn);
  const asked = [ask('a')];
  for (let step = 0; step < 20; step++) await Promise.resolve();
  asked.push(ask('b'));
  await new Promise<void>((resolve) => process.nextTick(resolve));
  asked.push(ask('c'));
  await settled();
  expect(batches).toEqual([['a', 'b', 'c']]);
  ends[0]?.();
  expect(await Promise.all(asked)).toEqual(['a!', 'b!', 'c!']);
});

test('a batch that fails is heard of by all of it, and the next one is done', async () => {
  const { ends, work } = held();
  const ask = batched(work);
  const lost = [ask('a'), ask('b')].map((asked) => asked.catch((error: unknown) => (error as Error).message));
  await settled();
  const kept = ask('c');
  ends[0]?.(new Error('no database'));
  expect(await Promise.all(lost)).toEqual(['no database', 'no database']);
  await settled();
  ends[1]?.();
  expect(await kept).toBe('c!');
});
