import type { Refusal } from '../lib/refusal.ts';
import type { Result } from '../lib/result.ts';
import { isRawJson, jsonNumber } from '../lib/json.ts';
import { ok, refuse } from '../lib/result.ts';

/** TABLE: the parts of an export, in its order. */
export const EXPORT_SECTIONS = [
  'account',
  'people',
  'keys',
  'wallets',
  'plan_periods',
  'endpoints',
  'links',
  'payments',
  'test_payments',
  'events',
  'deliveries',
  'audit',
] as const;
export type ExportSection = (typeof EXPORT_SECTIONS)[number];

/** Where a section is read on: behind this row. Newest come first. */
export type ExportPlace = { readonly at: Date; readonly id: string };
/** What is read next. `until`: when the export began; what is younger is not in it, so that it ends. */
export type ExportCursor = { readonly section: ExportSection; readonly until: Date; readonly after: ExportPlace | null };

export type ExportPage = {
  readonly section: ExportSection;
  readonly until: Date;
  readonly rows: readonly object[];
  readonly next: string | null;
};
export type ExportRow = ExportPlace & { readonly row: { readonly [column: string]: unknown } };

const INVALID_CURSOR: Refusal = {
  kind: 'invalid',
  code: 'invalid_cursor',
  message: 'cursor must be one that this list answered',
  field: 'cursor',
};
const CURSOR = /^([a-z_]{1,20})\.(\d{1,15})(?:\.(\d{1,15})\.([a-z0-9_]{1,64}))?$/;

export function parseExportCursor(text: string): Result<ExportCursor, Refusal> {
  const [, name, until, at, id] = CURSOR.exec(Buffer.from(text, 'base64url').toString('latin1')) ?? [];
  const section = EXPORT_SECTIONS.find((one) => one === name);
  if (!section || until === undefined) return refuse(INVALID_CURSOR);
  if (section === 'events' && id !== undefined && !/^\d{1,18}$/.test(id)) return refuse(INVALID_CURSOR); // its place is a number in the log
  const after = at === undefined || id === undefined ? null : { at: new Date(Number(at)), id };
  return ok({ section, until: new Date(Number(until)), after });
}

function cursorText({ section, until, after }: ExportCursor): string {
  const place = after ? `.${after.at.getTime()}.${after.id}` : '';
  return Buffer.from(`${section}.${until.getTime()}${place}`).toString('base64url');
}

/** One page, and where it goes on: in the same section while that is full, then in the next one. Pure. */
export function exportPage({ section, until }: ExportCursor, found: readonly ExportRow[], most: number): ExportPage {
  const last = found.at(-1);
  const following = EXPORT_SECTIONS[EXPORT_SECTIONS.indexOf(section) + 1];
  const next =
    last && found.length === most ? { section, until, after: last } : following ? { section: following, until, after: null } : null;
  return { section, until, rows: found.map(({ row }) => plainRow(row)), next: next && cursorText(next) };
}

/** As JSON says it: names in snake_case, times in ISO 8601, money as numbers of all their digits. Pure. */
export function plainRow(row: { readonly [column: string]: unknown }): { readonly [name: string]: unknown } {
  return Object.fromEntries(
    Object.entries(row).map(([name, value]) => [name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`), plainValue(value)]),
  );
}

function plainValue(value: unknown): unknown {
  if (typeof value === 'bigint') return jsonNumber(value.toString());
  if (value instanceof Date) return value.toISOString();
  return isRawJson(value) ? value : (value ?? null);
}
