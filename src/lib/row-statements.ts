import { createHash } from 'node:crypto';

/** A statement of ours with its values, ready to be asked; `Row` is what its rows look like. Made by the functions below. */
export type Asked<Row extends object = object> = Readonly<{
  /** The same text has the same name everywhere: each connection parses and plans it once. */
  name: string;
  text: string;
  values: readonly unknown[];
  /** What a statement over one table means, for a database without SQL (the simulation's); null: the text alone says it. */
  plain: Plain | null;
  /** Several of this name as one statement; null: each is asked by itself. */
  together: Together | null;
  /** Of the type alone; there is never a value. */
  row?: Row;
}>;
/** `split`: what each of them would have been answered. */
export type Together = (alike: readonly Asked[]) => { readonly asked: Asked; readonly split: (answer: Answer) => readonly Answer[] };
export type Plain =
  | Readonly<{ does: 'insert'; table: string; row: object; orSkip: boolean }>
  | Readonly<{ does: 'find'; table: string; where: object; lock: boolean }>
  | Readonly<{ does: 'update'; table: string; where: object; set: object; must: boolean }>;
/** `count`: how many rows were read or written. */
export type Answer = Readonly<{ rows: readonly object[]; count: number }>;
/** Asks the database one statement: inside a running transaction, or by itself (`Database.ask`, `askIn`). */
export type Ask = (asked: Asked) => Promise<Answer>;

/** Every row of the answer. Values are as Prisma gives them: bigint, Date, bytes on a buffer of their own, JSON read, null. */
export async function rowsOf<Row extends object>(ask: Ask, asked: Asked<Row>): Promise<readonly Row[]> {
  return (await ask(asked)).rows as readonly Row[]; // the statement was declared with the shape of its rows
}

export async function firstOf<Row extends object>(ask: Ask, asked: Asked<Row>): Promise<Row | null> {
  return (await rowsOf(ask, asked))[0] ?? null;
}

/** How many rows a statement wrote, or found. */
export async function countOf(ask: Ask, asked: Asked): Promise<number> {
  return (await ask(asked)).count;
}

/** A statement in our own SQL. Its places are `$1` …, filled by `values` as JSON, lists and plain values need it (see `sentAs`). */
export function statement<Row extends object>(text: string): (...values: readonly unknown[]) => Asked<Row> {
  const name = nameOf(text);
  return (...values) => ({ name, text, values: values.map(sentAs), plain: null, together: null });
}

/** The same where several can be one: `textOf` writes it for so many, with the values of the first, and `split` deals the answer out. */
export function statementForMany<Row extends object>(
  textOf: (count: number) => string,
  split: (answer: Answer, count: number) => readonly Answer[],
): (...values: readonly unknown[]) => Asked<Row> {
  const texts = byColumns(([count]) => textOf(Number(count)));
  const together: Together = (alike) => ({
    asked: { ...texts([String(alike.length)]), values: alike[0]?.values ?? [], plain: null, together: null },
    split: (answer) => split(answer, alike.length),
  });
  return (...values) => ({ ...texts(['1']), values: values.map(sentAs), plain: null, together });
}

/** Every column of a table; one that is forgotten does not compile. */
export function columnsOf<Row extends object>(columns: { readonly [Column in keyof Row & string]: 1 }): readonly (keyof Row & string)[] {
  return Object.keys(columns) as (keyof Row & string)[]; // the type names them all
}

/** `INSERT` of a row into its table; what `row` leaves out is null. `orSkip`: a row that is there already stays as it is, and nothing is counted. */
export function insertInto<Row extends object>(
  table: string,
  how: { readonly json?: readonly (keyof Row & string)[]; readonly orSkip?: boolean } = {},
) {
  const { json = [], orSkip = false } = how;
  const texts = byColumns((names) => {
    const [columns, count] = [names.slice(1), Number(names[0])];
    const places = (row: number) => `(${columns.map((_, at) => `$${row * columns.length + at + 1}`).join(', ')})`;
    const rows = Array.from({ length: count }, (_, row) => places(row)).join(', ');
    return `INSERT INTO "${table}" (${listOf(columns)}) VALUES ${rows}${orSkip ? ' ON CONFLICT DO NOTHING' : ''}`;
  });
  return (row: Row): Asked => {
    const columns = Object.keys(row);
    const together: Together = (alike) => ({
      asked: { ...texts([String(alike.length), ...columns]), values: alike.flatMap(({ values }) => values), plain: null, together: null },
      split: () => alike.map(() => ({ rows: [], count: 1 })),
    });
    const plain = { does: 'insert', table, row, orSkip } as const;
    return { ...texts(['1', ...columns]), values: valuesOf(row, columns, json), plain, together: orSkip ? null : together };
  };
}

/** `SELECT` of these columns of one row, found by the columns that `where` names. `lock`: nobody else writes it before our commit. */
export function findIn<Row extends object>(table: string, columns: readonly (keyof Row & string)[], { lock = false } = {}) {
  const texts = byColumns((wanted) => `SELECT ${listOf(columns)} FROM "${table}" WHERE ${equal(wanted, 1)}${lock ? ' FOR UPDATE' : ''}`);
  return (where: Partial<Row>): Asked<Row> => {
    const wanted = Object.keys(where);
    return { ...texts(wanted), values: valuesOf(where, wanted, []), plain: { does: 'find', table, where, lock }, together: null };
  };
}

/**
 * `UPDATE` of the rows that equal `where` in each of its columns: a compare-and-set writes one row, or none. `must`: where it would write none it
 * fails (as a division by zero), so that nothing else of its transaction is done either.
 */
export function updateIn<Row extends object>(
  table: string,
  { json = [], must = false }: { readonly json?: readonly (keyof Row & string)[]; readonly must?: boolean } = {},
) {
  const texts = byColumns((names) => {
    const bar = names.indexOf(BAR);
    const [columns, wanted] = [names.slice(0, bar), names.slice(bar + 1)];
    const sets = columns.map((column, at) => `"${column}" = $${at + 1}`).join(', ');
    const update = `UPDATE "${table}" SET ${sets} WHERE ${equal(wanted, columns.length + 1)}`;
    return must ? `WITH written AS (${update} RETURNING 1) SELECT 1 / count(*) FROM written` : update;
  });
  return (where: Partial<Row>, set: Partial<Row>): Asked => {
    const [columns, wanted] = [Object.keys(set), Object.keys(where)];
    const values = [...valuesOf(set, columns, json), ...valuesOf(where, wanted, [])];
    return { ...texts([...columns, BAR, ...wanted]), values, plain: { does: 'update', table, where, set, must }, together: null };
  };
}

/** Stands between two lists of columns. */
const BAR = '|';

/** Sets of columns that one statement may come in: the source names them all, so there are a handful. */
const SHAPES_MAX = 50;

/** Text and name of a statement, made once for each set of columns. */
function byColumns(make: (columns: readonly string[]) => string) {
  const made = new Map<string, Pick<Asked, 'name' | 'text'>>();
  return (columns: readonly string[]): Pick<Asked, 'name' | 'text'> => {
    const key = columns.join();
    const known = made.get(key);
    if (known) return known;
    if (made.size >= SHAPES_MAX) throw new Error(`columns of a hot statement come from the source alone: ${key}`);
    const text = make(columns);
    const fresh = { name: nameOf(text), text };
    made.set(key, fresh);
    return fresh;
  };
}

/** Equal names are equal texts: connections are shared, and PostgreSQL keeps a text by its name. */
function nameOf(text: string): string {
  return `d${createHash('sha256').update(text).digest('hex').slice(0, 24)}`;
}

function listOf(columns: readonly string[]): string {
  return columns.map((column) => `"${column}"`).join(', ');
}

function equal(columns: readonly string[], first: number): string {
  return columns.map((column, at) => `"${column}" = $${first + at}`).join(' AND ');
}

function valuesOf(row: object, columns: readonly string[], json: readonly string[]): unknown[] {
  const values: Readonly<Record<string, unknown>> = { ...row };
  return columns.map((column) => {
    const value = values[column] ?? null;
    return value !== null && json.includes(column) ? JSON.stringify(value) : sentAs(value);
  });
}

/**
 * A value as the driver shall send it. Times go without their zone, and come back without it, as Prisma has them: both then mean the same
 * instant, whatever zone a database is set to.
 */
function sentAs(value: unknown): unknown {
  if (value instanceof Date) return value.toISOString().slice(0, -1);
  if (typeof value === 'bigint') return value.toString();
  return value ?? null;
}
