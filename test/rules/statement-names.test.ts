import { expect, test } from 'vitest';
import { statementNames } from '../../src/lib/statement-names.ts';

test('one SQL text has one name, and no two texts share one', () => {
  const nameOf = statementNames(10);
  const first = nameOf({ sql: 'SELECT 1' });
  expect(nameOf({ sql: 'SELECT 1' })).toBe(first);
  expect(nameOf({ sql: 'SELECT 2' })).not.toBe(first);
  expect(first).not.toBe('');
});

test('texts without end do not fill the connections: beyond the bound they stay unnamed', () => {
  const nameOf = statementNames(2);
  const names = Array.from({ length: 5 }, (_, length) => nameOf({ sql: `IN (${'?'.repeat(length)})` }));
  expect(names.slice(0, 2)).not.toContain('');
  expect(names.slice(2)).toEqual(['', '', '']);
  expect(nameOf({ sql: 'IN ()' })).toBe(names[0]);
});
