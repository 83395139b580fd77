import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { BEGIN, figuresTable, readFigures, unknownCommits, withFigures } from '../../scripts/figures-table.ts';
import { FAULTS } from '../../sandbox/faults/fault-table.ts';
import { CHECKS } from '../../src/audit/checks.ts';
import { COMMANDS, commandText } from '../../src/cli-commands.ts';
import { SETTINGS } from '../../src/config.ts';
import { EVENT_TYPES, WEBHOOK_EVENT_TYPES } from '../../src/events/event.ts';
import { LIMITS } from '../../src/limits/limits.ts';
import { TRANSITIONS as PAYMENT_TRANSITIONS } from '../../src/payments/transitions.ts';
import { FORGET_BATCH } from '../../src/retention/forget-old-rows.ts';
import { RETENTION } from '../../src/retention/retention.ts';
import { TRANSITIONS as SWAP_TRANSITIONS } from '../../src/swaps/transitions.ts';

const read = (path: string) => readFileSync(fileURLToPath(new URL(`../../${path}`, import.meta.url)), 'utf8');
/** The rows of the first table after `marker`, each as its cells. */
const tableAfter = (text: string, marker: string): string[][] => {
  const lines = text.slice(text.indexOf(marker)).split('\n').slice(1);
  const start = lines.findIndex((line) => line.startsWith('|'));
  const end = lines.findIndex((line, index) => index > start && !line.startsWith('|'));
  return lines.slice(start + 2, end).map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
};
const names = (cell: string | undefined) => [...(cell ?? '').matchAll(/`([^`]+)`/g)].map(([, name]) => name ?? '');

test('docs/lifecycle.md shows the payment transitions of the code', () => {
  const shown = tableAfter(read('docs/lifecycle.md'), '<!-- table: payment transitions -->').map(([from, to]) => [
    names(from)[0],
    names(to),
  ]);
  expect(Object.fromEntries(shown)).toEqual(PAYMENT_TRANSITIONS);
});

test('docs/lifecycle.md shows the swap transitions of the code', () => {
  const shown = tableAfter(read('docs/lifecycle.md'), '<!-- table: swap transitions -->').map(([from, to]) => [
    names(from)[0],
    names(to).sort(),
  ]);
  const coded = Object.entries(SWAP_TRANSITIONS).map(([from, edges]) => [from, [...new Set(Object.values(edges))].sort()]);
  expect(Object.fromEntries(shown)).toEqual(Object.fromEntries(coded));
});

test('docs/lifecycle.md lists every event, and which of them merchants’ endpoints receive', () => {
  const rows = tableAfter(read('docs/lifecycle.md'), '## Events');
  expect(rows.map(([name]) => names(name)[0])).toEqual([...EVENT_TYPES]);
  expect(rows.filter(([, sent]) => sent === 'yes').map(([name]) => names(name)[0])).toEqual([...WEBHOOK_EVENT_TYPES]);
});

test('docs/operations.md lists every setting with its default and its meaning', () => {
  const shown = tableAfter(read('docs/operations.md'), '<!-- table: settings -->');
  const coded = Object.entries(SETTINGS).map(([name, setting]) => {
    const fallback = setting.safeParse(undefined);
    return [`\`${name}\``, fallback.success && fallback.data !== undefined ? `\`${fallback.data}\`` : '', setting.description ?? ''];
  });
  expect(shown).toEqual(coded);
});

test('docs/operations.md lists every command of the operator', () => {
  const shown = tableAfter(read('docs/operations.md'), '<!-- table: commands -->');
  expect(shown).toEqual(COMMANDS.map(({ words, argument, help }) => [`\`${commandText(words, argument)}\``, help]));
});

test('docs/operations.md lists what is forgotten and when, and how many rows go at once', () => {
  const words = (keptMs: number) => (keptMs < 72 * 3_600_000 ? `${keptMs / 3_600_000} hours` : `${keptMs / 86_400_000} days`);
  const coded = Object.entries(RETENTION).map(([kind, { tables, keptMs, from, stays }]) => [
    ...[`\`${kind}\``, tables.map((name) => `\`${name}\``).join(', '), words(keptMs)],
    ...[from, stays],
  ]);
  expect(tableAfter(read('docs/operations.md'), '<!-- table: retention -->')).toEqual(coded);
  expect(read('docs/operations.md')).toContain(`${FORGET_BATCH} rows of a kind at a time`);
});

test('docs/security.md lists every check of the audit', () => {
  const shown = tableAfter(read('docs/security.md'), '<!-- table: audit -->').map(([name]) => names(name)[0]);
  expect(shown).toEqual([...CHECKS.map(({ name }) => name), 'chain_has_it', 'chain_answers']);
});

test('docs/sandbox.md lists every fault with its values, the healthy one first', () => {
  const shown = tableAfter(read('docs/sandbox.md'), '<!-- table: faults -->').map(([name, , values]) => [names(name)[0], names(values)]);
  expect(Object.fromEntries(shown)).toEqual(FAULTS);
});

test('docs/security.md lists every rate limit as the code has it', () => {
  const windows: { readonly [ms: number]: string } = { 60000: '1 minute', 900000: '15 minutes', 3600000: '1 hour' };
  const coded = Object.entries(LIMITS).map(([name, { limit, windowMs, per, whenDown, covers }]) => [
    ...[`\`${name}\``, `${limit}`, windows[windowMs]],
    ...[per, whenDown, covers],
  ]);
  expect(tableAfter(read('docs/security.md'), '<!-- table: rate limits -->')).toEqual(coded);
});

test('docs/security.md shows the figures of docs/figures.json', () => {
  const page = read('docs/security.md');
  expect(page).toContain(`${BEGIN}\n${figuresTable(readFigures())}\n`);
  expect(withFigures(page, readFigures())).toBe(page);
});

test('every figure names a command that exists, and its commit and day where it was measured', () => {
  const { scripts } = JSON.parse(read('package.json'));
  for (const { name, command, figures, commit, date } of readFigures()) {
    expect(Object.keys(scripts), name).toContain(/npm run ([a-z:]+)/.exec(command)?.[1] ?? 'test');
    const [, file] = /npm test (\S+)/.exec(command) ?? [];
    if (file) expect(existsSync(fileURLToPath(new URL(`../../${file}`, import.meta.url))), name).toBe(true);
    expect([typeof commit, typeof date], name).toEqual(figures ? ['string', 'string'] : ['object', 'object']);
    if (figures) expect(`${commit} ${date}`, name).toMatch(/^[0-9a-f]{40} \d{4}-\d\d-\d\d$/);
  }
});

test('every figure ran on a commit of this repository', (context) => {
  const unknown = unknownCommits(readFigures().flatMap(({ commit }) => commit ?? []));
  if (unknown === null) return context.skip('the history here is not whole: whether the commits are known cannot be told');
  expect(unknown).toEqual([]);
});

test('README.md gives a reason for every runtime dependency', () => {
  const reasons = read('README.md').split('## Why each dependency')[1] ?? '';
  const { dependencies, optionalDependencies } = JSON.parse(read('package.json'));
  for (const name of [...Object.keys(dependencies), ...Object.keys(optionalDependencies)]) {
    expect(reasons.includes(name) || (name.startsWith('@pothos/') && reasons.includes('@pothos/*')), name).toBe(true);
  }
});

test('README.md names only scripts that exist', () => {
  const { scripts } = JSON.parse(read('package.json'));
  for (const [, name = ''] of read('README.md').matchAll(/`npm run ([a-z:]+)`/g)) expect(Object.keys(scripts)).toContain(name);
});
