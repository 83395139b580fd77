import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { readFigures, withFigures } from './figures-table.ts';

/** Writes the table of docs/figures.json into docs/security.md. */
const PAGE = fileURLToPath(new URL('../docs/security.md', import.meta.url));
writeFileSync(PAGE, withFigures(readFileSync(PAGE, 'utf8'), readFigures()));
