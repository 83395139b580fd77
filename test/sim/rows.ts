import { sameBytes, toHex } from '../../src/lib/bytes.ts';

/** A row of the simulated database. */
export type Row = Record<string, unknown>;
export type Where = Readonly<Record<string, unknown>>;

/** TABLE: what may stand once only, as in prisma/schema.prisma. A null among the columns is never equal to anything. */
export const UNIQUE: { readonly [table: string]: readonly (readonly string[])[] } = {
  swap: [
    ['preimageHash'],
    ['claimTxid'],
    ['keyEra', 'keyIndex'],
    ['provider', 'providerSwapId'],
    ['lockupTxid', 'lockupVout'],
    ['subjectId', 'attempt'],
  ],
  event: [
    ['accountId', 'sequence'],
    ['subjectId', 'type', 'subjectVersion'],
  ],
  address: [['chainId', 'index'], ['scriptPubKey']],
  addressLease: [['swapId']],
  liquidReceipt: [['txid', 'vout']],
  delivery: [['eventId', 'endpointId', 'redelivery']],
  attempt: [['deliveryId', 'number']],
};
/** TABLE: columns that an insert may leave out, and which are null then. */
const NULLS: { readonly [table: string]: readonly string[] } = {
  payment: ['detectedAt', 'method', 'txid', 'paidAt', 'feesSats', 'expiryReason', 'exception', 'settlement'],
  delivery: ['leaseUntil'],
  attempt: ['durationMs', 'httpStatus', 'errorCode', 'responseHead'],
  event: ['requestId'],
};

export function withNulls(table: string, row: Row): Row {
  return { ...Object.fromEntries((NULLS[table] ?? []).map((column) => [column, null])), ...row };
}

const ID: { readonly [table: string]: string } = { outbox: 'eventId', keyIndex: 'era', providerHealth: 'provider', registration: 'idHash' };

export function idColumn(table: string): string {
  return ID[table] ?? 'id';
}

export function idOf(table: string, row: Row): string {
  return textOf(row[idColumn(table)]);
}

/** Rows are never changed, only replaced: what one claims is found out once. */
const claimed = new WeakMap<Row, readonly string[]>();

/** The values that a row claims for itself alone, as texts; none where a part is null. `before`: the row that it replaces, if it does. */
export function uniqueKeys(table: string, row: Row, before?: Row): readonly string[] {
  const known = claimed.get(row);
  if (known) return known;
  const isLike = before && (UNIQUE[table] ?? []).every((columns) => columns.every((column) => row[column] === before[column]));
  const keys = (isLike && claimed.get(before)) || keysOf(table, row);
  claimed.set(row, keys);
  return keys;
}

function keysOf(table: string, row: Row): readonly string[] {
  return (UNIQUE[table] ?? []).flatMap((columns) => {
    const parts = columns.map((column) => row[column]);
    return parts.some((part) => part === null || part === undefined)
      ? []
      : [`${table}!${columns.join('+')}=${parts.map(textOf).join('|')}`];
  });
}

function textOf(value: unknown): string {
  return value instanceof Uint8Array ? toHex(value) : String(value);
}

/** Whether a row is meant by a `where` as stores write it: equality, lists, comparisons, OR, and compound unique names. */
export function matches(row: Row, where: Where | undefined): boolean {
  for (const name in where) if (!meets(row, name, where[name])) return false;
  return true;
}

function meets(row: Row, name: string, wanted: unknown): boolean {
  if (wanted === undefined) return true;
  if (name === 'OR') return (wanted as Where[]).some((one) => matches(row, one));
  if (name.includes('_') && !(name in row)) return matches(row, wanted as Where);
  return suits(row[name] ?? null, wanted);
}

function suits(value: unknown, wanted: unknown): boolean {
  if (wanted === null || typeof wanted !== 'object' || wanted instanceof Date || wanted instanceof Uint8Array) return isSame(value, wanted);
  return Object.entries(wanted).every(([rule, bound]) => {
    if (rule === 'in') return (bound as unknown[]).some((one) => isSame(value, one));
    if (rule === 'notIn') return value !== null && !(bound as unknown[]).some((one) => isSame(value, one));
    if (rule === 'not') return bound === null ? value !== null : value !== null && !isSame(value, bound);
    if (value === null) return false;
    const order = compare(value, bound);
    if (rule === 'lt') return order < 0;
    if (rule === 'lte') return order <= 0;
    if (rule === 'gt') return order > 0;
    if (rule === 'gte') return order >= 0;
    throw new Error(`the simulated database does not know ${rule}`);
  });
}

function isSame(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (a instanceof Uint8Array && b instanceof Uint8Array) return sameBytes(a, b);
  return a !== null && b !== null && compare(a, b) === 0 && typeof a === typeof b;
}

/** Texts by their bytes, as the C collation has it. */
export function compare(a: unknown, b: unknown): number {
  const [left, right] = [plain(a), plain(b)];
  if (left === right) return 0;
  return (left as number) < (right as number) ? -1 : 1;
}

function plain(value: unknown): unknown {
  return value instanceof Date ? value.getTime() : value;
}

export type Order = Readonly<Record<string, 'asc' | 'desc'>>;

/** In the order asked for; nulls last, as PostgreSQL sorts ascending. */
export function sorted(rows: readonly Row[], orderBy: Order | readonly Order[] | undefined): Row[] {
  if (!orderBy) return [...rows];
  const orders = (Array.isArray(orderBy) ? (orderBy as Order[]) : [orderBy as Order]).flatMap((order) => Object.entries(order));
  return [...rows].sort((a, b) => {
    for (const [column, way] of orders) {
      const [left, right] = [a[column] ?? null, b[column] ?? null];
      const order = left === null || right === null ? Number(left === null) - Number(right === null) : compare(left, right);
      if (order !== 0) return way === 'asc' ? order : -order;
    }
    return 0;
  });
}

/** A row with its changes; `{ increment }` counts on. */
export function changed(row: Row, data: Row): Row {
  const next = { ...row };
  for (const column in data) {
    const value = data[column];
    if (value === undefined) continue;
    const step = value !== null && typeof value === 'object' && 'increment' in value ? value.increment : null;
    if (step === null) next[column] = value;
    else
      next[column] =
        typeof next[column] === 'bigint' ? (next[column] as bigint) + BigInt(step as number) : Number(next[column]) + Number(step);
  }
  return next;
}
