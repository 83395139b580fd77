import { RefusalError } from '../src/lib/refusal.ts';

export type CursorPlace = { readonly createdAt: Date; readonly id: string };

/** A place in a list that is ordered by time and id: base64url, opaque to callers. */
export function encodeCursor({ createdAt, id }: CursorPlace): string {
  return Buffer.from(`${createdAt.getTime()} ${id}`).toString('base64url');
}

/** @throws RefusalError on a text that is no cursor of ours. */
export function decodeCursor(cursor: string | null): CursorPlace | null {
  if (cursor === null) return null;
  const [, time, id] = /^(\d{1,15}) ([0-9a-z_]{1,40})$/.exec(Buffer.from(cursor, 'base64url').toString('latin1')) ?? [];
  if (!time || !id)
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
export function pageOf<Row extends CursorPlace>(rows: readonly Row[], size: number) {
  const edges = rows.slice(0, size).map((node) => ({ cursor: encodeCursor(node), node }));
  const [first, last] = [edges.at(0), edges.at(-1)];
  const pageInfo = {
    hasNextPage: rows.length > size,
    hasPreviousPage: false,
    startCursor: first?.cursor ?? null,
    endCursor: last?.cursor ?? null,
  };
  return { edges, pageInfo };
}
