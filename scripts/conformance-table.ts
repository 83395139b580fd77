import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** One line of the documented contract, in our own words. */
export type ConformanceItem = {
  readonly id: string;
  readonly says: string;
  /** The issue that builds its subject, when that is not this version. */
  readonly due?: string;
};
export type Proof = { readonly file: string; readonly title: string };

const ROOT = fileURLToPath(new URL('..', import.meta.url));
/** A test whose title begins with the ids of what it proves: `P-14: …`, `J-4 J-5: …`. */
const TITLE = /(['"`])((?:[A-Z]-\d{1,2} ?)+): ((?:(?!\1)[^\\]|\\.)*)\1/g;
/** A title that means to name an item and is not read as one: `P-14, P-15: …`. */
const NEAR_MISS =
  /\b(?:test|describe)[^\n]{0,40}?\(\s*(['"`])([A-Z]-\d{1,2}(?![\d: ]| [A-Z]-\d)[^:\n]{0,40}|[A-Z]-\d{1,2} (?![A-Z]-\d)[^:\n]{0,40}):/g;
/** More would hide what matters; the tests themselves are found by the id. */
const SHOWN_MAX = 4;

export function readItems(): readonly ConformanceItem[] {
  return JSON.parse(readFileSync(`${ROOT}docs/conformance-items.json`, 'utf8'));
}

/** Item id -> the tests that say they prove it. */
export function readProofs(): ReadonlyMap<string, readonly Proof[]> {
  const proofs = new Map<string, Proof[]>();
  for (const file of testFiles()) {
    for (const [, , ids = '', title = ''] of readFileSync(`${ROOT}test/${file}`, 'utf8').matchAll(TITLE)) {
      for (const id of ids.trim().split(' ')) proofs.set(id, [...(proofs.get(id) ?? []), { file: `test/${file}`, title }]);
    }
  }
  return proofs;
}

/** Titles that begin with an id, and whose ids are not parted by single spaces: their proof would go unseen. */
export function readNearMisses(): readonly string[] {
  return testFiles().flatMap((file) =>
    [...readFileSync(`${ROOT}test/${file}`, 'utf8').matchAll(NEAR_MISS)].map(([, , ids = '']) => `test/${file}: ${ids}`),
  );
}

function testFiles(): readonly string[] {
  return readdirSync(`${ROOT}test`, { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.test\.tsx?$/.test(name))
    .toSorted();
}

/** The whole of docs/conformance.md. Pure. */
export function conformancePage(items: readonly ConformanceItem[], proofs: ReadonlyMap<string, readonly Proof[]>): string {
  const proved = items.filter(({ id }) => proofs.has(id)).length;
  return [
    '# Conformance',
    '',
    'The documented API line by line, and the tests that prove it. A test proves an item when its title begins with the item’s id. This page is made by',
    '`npm run conformance` and held to the tests by `npm run check`. `npm run doctor -- --url URL` asks a running sandbox the same over the wire.',
    '',
    `${proved} of ${items.length} items are proved.`,
    '',
    '| item | says | proved by |',
    '|---|---|---|',
    ...items.map((item) => `| ${item.id} | ${cell(item.says)} | ${placeOf(item, proofs.get(item.id) ?? [])} |`),
    '',
  ].join('\n');
}

function placeOf({ due }: ConformanceItem, proofs: readonly Proof[]): string {
  const shown = proofs
    .slice(0, SHOWN_MAX)
    .map(({ file, title }) => `[${file.replace('test/', '').replace('.test.ts', '')}](../${file}): ${cell(title)}`);
  const more = proofs.length - shown.length;
  const rest = more > 0 ? [`and ${more} more`] : [];
  const later = due === undefined ? [] : [`due: ${due}`];
  return [...shown, ...rest, ...later].join('<br>') || 'open';
}

function cell(text: string): string {
  return text
    .replaceAll('|', '\\|')
    .replaceAll("\\'", "'")
    .replace(/\$\{(\w+)\}/g, '$1')
    .replaceAll('<', '&lt;');
}
