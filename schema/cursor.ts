import { createHash } from 'node:crypto';
import { RefusalError } from '../src/lib/refusal.ts';

export type CursorPlace = { readonly createdAt: Date; readonly id: string };

/** A mark of whose list, and which, a cursor belongs to. It protects nothing (every list reads its own account only); it makes a mix-up a clear refusal. */
const MARK_CHARS = 8;

function markOf(list: string): string {
  return createHash('sha256').update(list).digest('hex').slice(0, MARK_CHARS);
}

/** A place in a list that is ordered by time and id: base64url, opaque to callers. `list` names the account and the list. */
export function encodeCursor({ createdAt, id }: CursorPlace, list: string): string {
  return Buffer.from(`${createdAt.getTime()} ${id} ${markOf(list)}`).toString('base64url');
}

/** @throws RefusalError on a text that is no cursor of this list. */
export function decodeCursor(cursor: string | null, list: string): CursorPlace | null {
  if (cursor === null) return null;
  const text = Buffer.from(cursor, 'base64url').toString('latin1');
  const [, time, id, mark] = /^(\d{1,15}) ([0-9a-z_]{1,40}) ([0-9a-f]{8})$/.exec(text) ?? [];
  if (!time || !id || mark !== markOf(list))
    throw new RefusalError({
      kind: 'invalid',
      code: 'invalid_cursor',
      message: 'cursor must be one that this list answered',
      field: 'cursor',
    });
  return { createdAt: new Date(Number(time)), id };
}

/** Rows of one page (conformance N-4). */
const PAGE_SIZE_MAX = 100;
const PAGE_SIZE_DEFAULT = 20;

export function pageSize(first: number | null | undefined): number {
  return Math.min(Math.max(first ?? PAGE_SIZE_DEFAULT, 1), PAGE_SIZE_MAX);
}

/** A page of rows of which one more than `size` was read, to know whether there is a next page. */
export function pageOf<Row extends CursorPlace>(rows: readonly Row[], size: number, list: string) {
  const edges = rows.slice(0, size).map((node) => ({ cursor: encodeCursor(node, list), node }));
  return { edges, pageInfo: pageInfoOf(edges, rows.length > size) };
}

export function pageInfoOf(edges: readonly { readonly cursor: string }[], hasNextPage: boolean) {
  const [first, last] = [edges.at(0), edges.at(-1)];
  return { hasNextPage, hasPreviousPage: false, startCursor: first?.cursor ?? null, endCursor: last?.cursor ?? null };
}
