import type { ExportAsker } from '../src/exports/export-account.ts';
import type { ExportPage } from '../src/exports/export-page.ts';
import type { Refusal } from '../src/lib/refusal.ts';
import type { Result } from '../src/lib/result.ts';

/** What the API can do with exports: the use case of `src/exports`, bound in `src/build-exports.ts`. */
export type ExportUseCases = {
  /** One page; `after`: `next` of the page before, null begins an export. */
  readonly read: (asker: ExportAsker, after: string | null) => Promise<Result<ExportPage, Refusal>>;
};
