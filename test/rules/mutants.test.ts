import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { MUTANTS } from '../../scripts/mutants-table.ts';

test('every planted fault finds the words that it breaks, once at least, and changes them', () => {
  const read = (file: string) => readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8');
  const stale = MUTANTS.filter(({ file, find, replace }) => find === replace || !read(file).includes(find));
  expect(stale.map(({ promise }) => promise)).toEqual([]);
});
