import { describe, expect, test } from 'vitest';
import { nextFresh, RECYCLED_AFTER_MS, recycledBefore, UNUSED_AHEAD_MAX, unusedAhead } from '../../src/wallets/address-gap.ts';

const free = () => 'free' as const;

test('what was given out past the last used address lies unused ahead', () => {
  expect(unusedAhead({ nextIndex: 0, lastUsedIndex: -1 })).toBe(0);
  expect(unusedAhead({ nextIndex: 15, lastUsedIndex: -1 })).toBe(15);
  expect(unusedAhead({ nextIndex: 8, lastUsedIndex: 7 })).toBe(0);
  expect(unusedAhead({ nextIndex: 12, lastUsedIndex: 7 })).toBe(4);
});

describe('D-8: the next payer is promised', () => {
  test('the next address while fewer than fifteen lie unused ahead, and then none', () => {
    const given = Array.from({ length: 17 }, (_, nextIndex) => nextFresh({ nextIndex, lastUsedIndex: -1 }, free).index);
    expect(given).toEqual([...Array.from({ length: UNUSED_AHEAD_MAX }, (_, index) => index), null, null]);
    expect(UNUSED_AHEAD_MAX).toBe(15);
  });

  test('one of which nobody could say whether it was used', () => {
    expect(nextFresh({ nextIndex: 3, lastUsedIndex: 2 }, () => 'unknown')).toEqual({ passed: [], index: 3 });
  });

  test('no address that the chain has seen, and every one that was passed makes room', () => {
    const usedBelow = (end: number) => (index: number) => (index < end ? ('used' as const) : ('free' as const));
    expect(nextFresh({ nextIndex: 15, lastUsedIndex: -1 }, usedBelow(17))).toEqual({ passed: [15, 16], index: 17 });
    expect(nextFresh({ nextIndex: 15, lastUsedIndex: -1 }, usedBelow(15))).toEqual({ passed: [], index: null });
    expect(nextFresh({ nextIndex: 0, lastUsedIndex: -1 }, usedBelow(3))).toEqual({ passed: [0, 1, 2], index: 3 });
  });
});

test('D-8: an address rests for an hour after its payment', () => {
  const at = new Date('2026-05-15T14:00:00.000Z');
  expect(recycledBefore(at)).toEqual(new Date('2026-05-15T13:00:00.000Z'));
  expect(RECYCLED_AFTER_MS).toBe(3_600_000);
});
