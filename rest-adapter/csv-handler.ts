import type { Response } from 'express';
import type { OperationResult, Route } from './route.ts';
import { once } from 'node:events';
import { csvLine } from './csv.ts';

type Columns = NonNullable<Route['csv']>;
type Page = { readonly data: readonly OperationResult[]; readonly next_cursor: string | null };

/**
 * Writes a list as one file, page after page, no faster than the reader takes it; at most one page is in memory. When a later page fails, the
 * connection is cut: a file that ends in the middle must not look whole.
 */
export async function sendCsv(
  response: Response,
  { fileName, columns }: Columns,
  pages: { readonly first: Page; readonly next: (cursor: string) => Promise<Page | null> },
): Promise<void> {
  response.status(200).type('text/csv; charset=utf-8').setHeader('Content-Disposition', `attachment; filename="${fileName}"`);
  response.write(csvLine(columns));
  for (let page: Page | null = pages.first; ; ) {
    if (!page) return void response.destroy();
    const text = page.data.map((row) => csvLine(columns.map((column) => row[column]))).join('');
    if (!response.write(text)) await Promise.race([once(response, 'drain'), once(response, 'close')]).catch(() => undefined); // closed: seen below
    if (response.destroyed) return;
    if (page.next_cursor === null) return void response.end();
    page = await pages.next(page.next_cursor);
  }
}
