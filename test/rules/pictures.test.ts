import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { expect, test } from 'vitest';
import { PICTURES } from '../../scripts/shots-table.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const IMAGES = join(ROOT, 'docs', 'images');
/** All together: who clones the repository, or opens the page of pictures, should not wait for them. */
const ALL_MAX_BYTES = 500 * 1024;

const pages = [
  'README.md',
  ...readdirSync(join(ROOT, 'docs'))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
];
/** Every picture that a page names, as a path below the root. */
const named = pages.flatMap((page) =>
  [...readFileSync(join(ROOT, page), 'utf8').matchAll(/!\[([^\]]*)\]\(([^)]+)\)/g)].map(([, says = '', path = '']) => ({
    ...{ page, says },
    path: relative(ROOT, join(ROOT, dirname(page), path)),
  })),
);

test('every picture that README.md and docs name is there, and says in words what it shows', () => {
  expect(named.length).toBeGreaterThan(0);
  expect(named.filter(({ path, says }) => says === '' || !existsSync(join(ROOT, path)))).toEqual([]);
});

test('the pictures kept are those that `npm run shots` takes, each is shown on a page, and all are light', () => {
  const kept = readdirSync(IMAGES).sort();
  expect(kept).toEqual(
    Object.keys(PICTURES)
      .map((name) => `${name}.webp`)
      .sort(),
  );
  expect([...new Set(named.map(({ path }) => path))].sort()).toEqual(kept.map((name) => `docs/images/${name}`));
  expect(kept.reduce((sum, name) => sum + statSync(join(IMAGES, name)).size, 0)).toBeLessThan(ALL_MAX_BYTES);
});
