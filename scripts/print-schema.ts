import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { lexicographicSortSchema, printSchema } from 'graphql';
import { schema } from '../schema/index.ts';

const FILE = fileURLToPath(new URL('../schema/schema.graphql', import.meta.url));
const printed = `${printSchema(lexicographicSortSchema(schema))}\n`;

/** Writes the SDL; with --check it only says whether the committed one is fresh. */
if (process.argv.includes('--check')) {
  if (readFileSync(FILE, 'utf8') !== printed) {
    console.error('schema/schema.graphql is stale: run `npm run schema`');
    process.exit(1);
  }
} else {
  writeFileSync(FILE, printed);
}
