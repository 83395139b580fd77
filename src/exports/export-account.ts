import type { Database, Tx } from '../lib/database.ts';
import type { Random } from '../lib/random.ts';
import type { Refusal } from '../lib/refusal.ts';
import type { Result } from '../lib/result.ts';
import type { Clock } from '../lib/time.ts';
import type { ExportCursor, ExportPage } from './export-page.ts';
import { recordAudit } from '../events/audit-store.ts';
import { ok, refuse } from '../lib/result.ts';
import { addMs, MINUTE_MS, SECOND_MS } from '../lib/time.ts';
import { EXPORT_SECTIONS, exportPage, parseExportCursor } from './export-page.ts';
import { EXPORTED, lastExportSince, readExportRows } from './export-store.ts';

export type ExportDeps = {
  readonly database: Database;
  readonly now: Clock;
  readonly random: Random;
  /** Held until the commit: of two exports that begin at once, one sees the other. */
  readonly lockAccount: (tx: Tx, accountId: string) => Promise<void>;
};
export type ExportAsker = { readonly accountId: string; readonly actor: string; readonly requestId: string };

/** Rows of one page: what a list gives at most, and all of the export that is in memory at a time. */
export const EXPORT_PAGE_ROWS = 100;
/** An export reads everything that an account has: for a shop of years thousands of pages. Nobody needs two in a minute. */
export const EXPORT_EVERY_MS = MINUTE_MS;

/**
 * One page of everything that an account has here, and where it goes on. The first page begins an export: it is in the audit trail, and there
 * is one a minute. What is made while it runs is not in it; what changes may be in it as it was or as it is.
 */
export async function exportAccount(deps: ExportDeps, asker: ExportAsker, after: string | null): Promise<Result<ExportPage, Refusal>> {
  const cursor = after === null ? await beginExport(deps, asker) : parseExportCursor(after);
  if (!cursor.ok) return cursor;
  const { section, ...place } = cursor.value;
  const asked = { ...place, accountId: asker.accountId, most: EXPORT_PAGE_ROWS };
  return ok(exportPage(cursor.value, await readExportRows(deps.database, section, asked), EXPORT_PAGE_ROWS));
}

async function beginExport({ database, now, random, lockAccount }: ExportDeps, asker: ExportAsker): Promise<Result<ExportCursor, Refusal>> {
  const { accountId, actor, requestId } = asker;
  return database.transact(async (tx) => {
    await lockAccount(tx, accountId);
    const at = now();
    const last = await lastExportSince(tx, accountId, addMs(at, -EXPORT_EVERY_MS));
    if (last) return refuse(tooSoon(addMs(last, EXPORT_EVERY_MS), at));
    await recordAudit(tx, random, { accountId, actor, action: EXPORTED, subjectId: accountId, facts: {}, requestId, at });
    return ok({ section: EXPORT_SECTIONS[0], until: at, after: null });
  });
}

function tooSoon(allowedAt: Date, at: Date): Refusal {
  const retryAfterSeconds = Math.max(1, Math.ceil((allowedAt.getTime() - at.getTime()) / SECOND_MS)); // rounded up: the retry succeeds
  const message = `Too many requests — retry in ${retryAfterSeconds} seconds`;
  return { kind: 'rate-limited', code: 'export_limit', message, retryAfterSeconds };
}
