import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { conformancePage, readItems, readNearMisses, readProofs } from './conformance-table.ts';

const FILE = fileURLToPath(new URL('../docs/conformance.md', import.meta.url));
const items = readItems();
const proofs = readProofs();
const known = new Set(items.map(({ id }) => id));
const strangers = [...proofs].filter(([id]) => !known.has(id));
for (const [id, [first]] of strangers) console.error(`${id} is no item of docs/conformance-items.json: ${first?.file} "${first?.title}"`);
const missed = readNearMisses();
for (const title of missed) console.error(`${title}: ids in a title are parted by a space`);
const printed = conformancePage(items, proofs);

/** Writes docs/conformance.md; with --check it only says whether the committed one is fresh. With --open it lists what no test proves. */
if (process.argv.includes('--open')) {
  for (const { id, says, due } of items) if (!proofs.has(id)) console.log(`${id} ${says}${due ? ` (due: ${due})` : ''}`);
} else if (!process.argv.includes('--check')) writeFileSync(FILE, printed);
else if (readFileSync(FILE, 'utf8') !== printed) {
  console.error('docs/conformance.md is stale: run `npm run conformance`');
  process.exitCode = 1;
}
if (strangers.length + missed.length > 0) process.exitCode = 1;
