import { readFileSync } from 'node:fs';

/** AvoPay's schema as it is printed. */
export function readSdl(): string {
  return readFileSync(new URL('../../schema/schema.graphql', import.meta.url), 'utf8');
}
