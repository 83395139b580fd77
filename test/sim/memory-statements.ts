import type { Answer, Ask, Asked, Plain } from '../../src/lib/row-statements.ts';
import type { MemoryServer, SimTx } from './memory-database.ts';
import type { Order, Row, Where } from './rows.ts';
import { UniqueViolation } from './memory-database.ts';
import { runRaw } from './raw-sql.ts';
import { commitLabel } from './server.ts';
import { changed, idColumn, idOf, matches, sorted, withNulls } from './rows.ts';

/** Runs one statement as one conversation, in its transaction. */
export type Run = <T>(label: string, work: (at: SimTx) => T) => Promise<T>;

/** What stores ask past Prisma: statements over one table by their meaning, all others by their text. */
export function askerOf(server: MemoryServer, run: Run, isAlone: boolean): Ask {
  return async (asked) => run(isAlone ? labelOf([asked]) : nameOf(asked), (at) => answerOf(server, at, asked));
}

export function answerOf(server: MemoryServer, at: SimTx, { plain, text, values }: Asked): Answer {
  if (plain) return doPlain(server, at, plain);
  const told = runRaw(server, at, oneLine(text), values);
  return Array.isArray(told) ? { rows: told as object[], count: told.length } : { rows: [], count: Number(told) };
}

const VERBS = { insert: 'insert', find: 'read', update: 'update' } as const;

/** Statements that are a transaction of their own: told as the commit that they are. */
export function labelOf(asked: readonly Asked[]): string {
  const writes = asked.flatMap(({ plain }) => (plain?.does === 'update' ? [{ table: tableName(plain.table), row: { ...plain.set } }] : []));
  return commitLabel(writes, asked.map(nameOf).join(', '));
}

function nameOf({ plain, text }: Asked): string {
  return plain ? `db ${VERBS[plain.does]} ${tableName(plain.table)}` : `db ${oneLine(text).slice(0, 28)}`;
}

/** As Prisma calls it. */
function tableName(table: string): string {
  return table.charAt(0).toLowerCase() + table.slice(1);
}

function doPlain(server: MemoryServer, at: SimTx, plain: Plain): Answer {
  const table = tableName(plain.table);
  const { chosen, update, insert } = rowsIn(server, table);
  if (plain.does === 'insert') return { rows: [], count: insert(at, { ...plain.row }, plain.orSkip) };
  const where: Where = { ...plain.where };
  if (plain.does === 'update') {
    const count = update(at, { where, data: { ...plain.set } }).length;
    if (plain.must && count === 0) throw new NothingWritten();
    return { rows: [], count };
  }
  if (plain.lock) for (const row of chosen(at, where)) server.lock(at, `${table}:${idOf(table, row)}`);
  const rows = chosen(at, where).map((row) => ({ ...row }));
  return { rows, count: rows.length };
}

/** As PostgreSQL says it (`must` of `updateIn`). */
class NothingWritten extends Error {
  readonly code = '22012';
}

/** What stores call of Prisma's client, as far as they call it. */
export function clientOf(server: MemoryServer, run: Run): object {
  const raw = (parts: TemplateStringsArray, ...values: unknown[]) => {
    const text = plainSql(parts);
    return run(`db ${text.slice(0, 28)}`, (at) => runRaw(server, at, text, values));
  };
  return new Proxy(
    { $queryRaw: raw, $executeRaw: raw },
    {
      get(known: Record<string, unknown>, name: string) {
        if (name === 'then') return undefined;
        known[name] ??= tableOf(server, name, run);
        return known[name];
      },
    },
  );
}

type Query = {
  where?: Where;
  data?: Row | readonly Row[];
  orderBy?: Order;
  take?: number;
  distinct?: readonly string[];
  skipDuplicates?: boolean;
};

const plainTexts = new WeakMap<TemplateStringsArray, string>();

/** A statement on one line; each place in the source has one text. */
function plainSql(parts: TemplateStringsArray): string {
  const known = plainTexts.get(parts);
  if (known !== undefined) return known;
  const text = oneLine(parts.join('?'));
  plainTexts.set(parts, text);
  return text;
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ').trim();
}

function tableOf(server: MemoryServer, table: string, run: Run): object {
  const { found, update, insert, chosen } = rowsIn(server, table);
  const first = (at: SimTx, query: Query) => found(at, query)[0] ?? null;
  const must = <T>(row: T | null | undefined): T => {
    if (row === null || row === undefined) throw new Error(`no row of ${table}`);
    return row;
  };
  return {
    findUnique: (query: Query) => run(`db read ${table}`, (at) => first(at, query)),
    findFirst: (query: Query) => run(`db read ${table}`, (at) => first(at, query)),
    findUniqueOrThrow: (query: Query) => run(`db read ${table}`, (at) => must(first(at, query))),
    findMany: (query: Query) => run(`db list ${table}`, (at) => found(at, query)),
    count: (query: Query) => run(`db count ${table}`, (at) => found(at, query).length),
    create: (query: Query) => run(`db insert ${table}`, (at) => insert(at, query.data as Row, false)),
    createMany: (query: Query) =>
      run(`db insert ${table}`, (at) => ({
        count: (query.data as readonly Row[]).reduce((sum, row) => sum + insert(at, row, query.skipDuplicates ?? false), 0),
      })),
    update: (query: Query) => run(`db update ${table}`, (at) => must(update(at, query)[0])),
    updateMany: (query: Query) => run(`db update ${table}`, (at) => ({ count: update(at, query).length })),
    deleteMany: (query: Query) =>
      run(`db delete ${table}`, (at) => {
        const rows = chosen(at, query.where);
        for (const row of rows) server.erase(at, table, idOf(table, row));
        return { count: rows.length };
      }),
  };
}

/** Reading and writing the rows of one table. */
function rowsIn(server: MemoryServer, table: string) {
  /** What a `where` means; by its key without looking at every row. */
  const chosen = (at: SimTx, where: Where | undefined): Row[] => {
    const id = where?.[idColumn(table)];
    if (typeof id !== 'string') return server.rows(at, table).filter((row) => matches(row, where));
    const row = server.row(at, table, id);
    return row && matches(row, where) ? [row] : [];
  };
  const found = (at: SimTx, { where, orderBy, take, distinct }: Query) => {
    const rows = sorted(chosen(at, where), orderBy);
    const once = distinct ? [...new Map(rows.map((row) => [distinct.map((column) => String(row[column])).join('|'), row])).values()] : rows;
    return once.slice(0, take).map((row) => withRelations(server, at, table, row));
  };
  const update = (at: SimTx, query: Query) => {
    const rows = chosen(at, query.where);
    for (const row of rows) server.lock(at, `${table}:${idOf(table, row)}`);
    return rows.map((row) => {
      const next = changed(row, query.data as Row);
      server.write(at, table, next);
      return next;
    });
  };
  const insert = (at: SimTx, row: Row, orSkip: boolean): number => {
    try {
      if (server.row(at, table, idOf(table, row))) throw new UniqueViolation(`${table} id`);
      server.write(at, table, withNulls(table, row));
      return 1;
    } catch (error) {
      if (orSkip && error instanceof UniqueViolation) return 0;
      throw error;
    }
  };
  return { chosen, found, update, insert };
}

/** A copy, with the one relation that stores select through. */
function withRelations(server: MemoryServer, at: SimTx, table: string, row: Row): Row {
  if (table !== 'addressLease') return { ...row };
  return { ...row, address: server.row(at, 'address', String(row['addressId'])) };
}
