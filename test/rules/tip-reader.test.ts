import { expect, test } from 'vitest';
import { tipReader } from '../../src/swaps/read-chain.ts';

/** A source whose tip is what the test says, or that is away. */
function movableSource() {
  const at = { tip: 100, away: false, asked: 0, ms: 0 };
  const tipHeight = async () => {
    at.asked++;
    if (at.away) throw new Error('away');
    return at.tip;
  };
  return { at, readTip: tipReader({ chains: [{ tipHeight }] }, () => at.ms) };
}

test('a burst of creates asks the chain for its tip once', async () => {
  const { at, readTip } = movableSource();
  expect(await Promise.all([readTip(), readTip(), readTip()])).toEqual([100, 100, 100]);
  at.ms = 250;
  expect(await readTip()).toBe(100);
  expect(at.asked).toBe(1);
});

test('after a quarter of a second the tip is read anew', async () => {
  const { at, readTip } = movableSource();
  await readTip();
  at.tip = 101;
  at.ms = 251;
  expect(await readTip()).toBe(101);
});

test('that no source answered is forgotten at once: the next create asks again', async () => {
  const { at, readTip } = movableSource();
  at.away = true;
  expect(await readTip()).toBeNull();
  at.away = false;
  expect(await readTip()).toBe(100);
});
