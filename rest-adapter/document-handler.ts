import type { Response } from 'express';
import type { OperationResult } from './route.ts';
import { once } from 'node:events';

type Part = {
  readonly exported_at: string;
  readonly section: string;
  readonly rows: readonly OperationResult[];
  readonly next_cursor: string | null;
};

/** The section that is one thing and no list. */
const SINGLE = 'account';

/**
 * Writes parts as one JSON document, a section after another, no faster than the reader takes it; at most one part is in memory. When a later
 * part fails, the connection is cut: a document that ends in the middle must not look whole.
 */
export async function sendDocument(
  response: Response,
  fileName: string,
  parts: { readonly first: Part; readonly next: (cursor: string) => Promise<Part | null> },
): Promise<void> {
  response.status(200).type('application/json; charset=utf-8').setHeader('Content-Disposition', `attachment; filename="${fileName}"`);
  response.write(`{"exported_at":${JSON.stringify(parts.first.exported_at)}`);
  let open: string | null = null;
  for (let part: Part | null = parts.first; ; ) {
    if (!part) return void response.destroy();
    if (!response.write(textOf(part, open))) await Promise.race([once(response, 'drain'), once(response, 'close')]).catch(() => undefined); // closed: seen below
    if (response.destroyed) return;
    open = part.section;
    if (part.next_cursor === null) return void response.end(`${endOf(open)}}`);
    part = await parts.next(part.next_cursor);
  }
}

/** A part behind the section that is open: its rows go on, or another section begins. */
function textOf({ section, rows }: Part, open: string | null): string {
  if (section === SINGLE) return `,"${section}":${JSON.stringify(rows[0] ?? null)}`;
  const text = rows.map((row) => JSON.stringify(row)).join(',');
  return section === open ? `${text === '' ? '' : ','}${text}` : `${endOf(open)},"${section}":[${text}`;
}

function endOf(open: string | null): string {
  return open === null || open === SINGLE ? '' : ']';
}
