import { expect, test } from 'vitest';
import { gather, gatherMany } from '../../src/lib/gather.ts';

test('readers that ask in one moment share one read, which begins after the last of them has asked', async () => {
  let stored = 'pending';
  let reads = 0;
  const read = gather(async (_id: string) => {
    reads += 1;
    return stored;
  });
  const first = read('a');
  await null; // the same turn of the event loop
  stored = 'paid';
  const second = read('a');
  expect(await Promise.all([first, second])).toEqual(['paid', 'paid']);
  expect(reads).toBe(1);
});

test('a reader that asks while a read runs is not answered with it: what it missed would never be told', async () => {
  let stored = 'pending';
  const running: (() => void)[] = [];
  const read = gather(async (_id: string) => {
    const seen = stored;
    await new Promise<void>((resolve) => running.push(resolve));
    return seen;
  });
  const early = read('a');
  await expect.poll(() => running.length).toBe(1);
  stored = 'paid';
  const late = read('a');
  await expect.poll(() => running.length).toBe(2);
  for (const end of running) end();
  expect(await early).toBe('pending');
  expect(await late).toBe('paid');
});

test('other keys are read for themselves, and a read that failed is not kept', async () => {
  let fails = true;
  const read = gather(async (id: string) => {
    if (fails) throw new Error(id);
    return id;
  });
  await expect(read('a')).rejects.toThrow('a');
  fails = false;
  expect(await Promise.all([read('a'), read('b')])).toEqual(['a', 'b']);
});

test('many keys that are asked for in one moment are read together, each once; what is not there is null', async () => {
  const reads: (readonly string[])[] = [];
  const read = gatherMany(async (keys) => {
    reads.push(keys);
    return new Map(keys.filter((key) => key !== 'gone').map((key) => [key, key.toUpperCase()]));
  });
  expect(await Promise.all(['a', 'b', 'a', 'gone'].map(read))).toEqual(['A', 'B', 'A', null]);
  expect(await read('c')).toBe('C');
  expect(reads).toEqual([['a', 'b', 'gone'], ['c']]);
});

test('keys that are asked for while others are read are read afterwards, and a read that failed is not kept', async () => {
  let fails = true;
  const seen: (readonly string[])[] = [];
  const read = gatherMany(async (keys) => {
    seen.push(keys);
    if (fails) throw new Error('away');
    return new Map(keys.map((key) => [key, 1]));
  });
  const early = read('a').catch((error: Error) => error.message);
  await expect.poll(() => seen.length).toBe(1);
  const late = read('a').catch((error: Error) => error.message);
  fails = false;
  expect([await early, await late]).toEqual(['away', 1]);
});
