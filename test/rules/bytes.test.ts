import { expect, test } from 'vitest';
import { isLowerHex } from '../../src/lib/bytes.ts';

test('whole bytes in lower case are hex, and nothing that only reads like them', () => {
  expect(['00', 'a0ff', '09'.repeat(10_000)].filter((text) => !isLowerHex(text))).toEqual([]);
  const others = ['', '0', 'abc', 'AB', 'zz', '0x', 'ab ', ' ab', 'ab\n', 'ab\0', 'abzz', 'é0', '\u0130\u0131', '🂡🂡'];
  expect(others.filter(isLowerHex)).toEqual([]);
});
