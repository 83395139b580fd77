import { expect, test } from 'vitest';
import { readTipHeight } from '../../src/swaps/read-chain.ts';

const source = (tip: number | null) => ({ tipHeight: () => (tip === null ? Promise.reject(new Error('away')) : Promise.resolve(tip)) });

test('the tip is the highest of the sources that answer, and unknown when none does', async () => {
  expect(await readTipHeight({ chains: [source(100), source(102), source(101)] })).toBe(102);
  expect(await readTipHeight({ chains: [source(null), source(100)] })).toBe(100);
  expect(await readTipHeight({ chains: [source(null), source(null)] })).toBeNull();
  expect(await readTipHeight({ chains: [] })).toBeNull();
});
