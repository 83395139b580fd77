import type { FileHandle } from 'node:fs/promises';
import { createHash } from 'node:crypto';
import { open, rm } from 'node:fs/promises';
import pg from 'pg';

/** First line of a dump. Every further one is `{"t":"<table>","r":<row>}`, and the last tells that it is whole. */
export type DumpHead = Readonly<{ dump: 'avopay'; version: 1; at: string; migrations: readonly string[]; tables: readonly string[] }>;
/** Last line. `sha256`: of all bytes before it. */
export type DumpTail = Readonly<{ rows: number; sha256: string }>;

/** Rows that are held in memory at once. */
const FETCH_ROWS = 1_000;
/** Readable and writable by its owner alone: sealed columns stay sealed, but names, addresses and amounts stand open. */
const FILE_MODE = 0o600;

/**
 * Writes every row of the database to a new file, as of one moment (one repeatable-read transaction; servers may run meanwhile). Rows travel as the
 * database's own JSON, so that sealed columns, money and times arrive to the bit.
 * @throws Error when the file exists, or could not be written whole: then there is none.
 */
export async function backUp(connectionString: string, file: string, at: Date): Promise<{ tables: number; rows: number }> {
  const handle = await open(file, 'wx', FILE_MODE);
  try {
    const written = await writeDump(connectionString, handle, at);
    await handle.sync();
    await handle.close();
    return written;
  } catch (error) {
    await handle.close();
    await rm(file, { force: true });
    throw error;
  }
}

async function writeDump(connectionString: string, handle: FileHandle, at: Date): Promise<{ tables: number; rows: number }> {
  const client = new pg.Client(connectionString);
  client.on('error', () => undefined); // a lost connection also refuses the statement that runs, which is where it is handled
  await client.connect();
  try {
    await client.query(`SET timezone = 'UTC'`);
    await client.query('BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY');
    const tables = await readTables(client);
    const hash = createHash('sha256');
    const write = async (text: string) => {
      hash.update(text);
      await handle.write(text);
    };
    const head: DumpHead = { dump: 'avopay', version: 1, at: at.toISOString(), migrations: await readMigrationNames(client), tables };
    await write(`${JSON.stringify(head)}\n`);
    let rows = 0;
    for (const table of tables) rows += await writeTable(client, table, write);
    const tail: DumpTail = { rows, sha256: hash.digest('hex') };
    await handle.write(`${JSON.stringify(tail)}\n`);
    return { tables: tables.length, rows };
  } finally {
    await client.end();
  }
}

async function writeTable(client: pg.Client, table: string, write: (text: string) => Promise<void>): Promise<number> {
  await client.query(`DECLARE rows NO SCROLL CURSOR FOR SELECT row_to_json(t)::text AS row FROM "${table}" t`);
  for (let count = 0; ; ) {
    const { rows } = await client.query<{ row: string }>(`FETCH ${FETCH_ROWS} FROM rows`);
    if (rows.length > 0) await write(rows.map(({ row }) => `{"t":"${table}","r":${row}}\n`).join(''));
    count += rows.length;
    if (rows.length < FETCH_ROWS) {
      await client.query('CLOSE rows');
      return count;
    }
  }
}

/** The tables of the product, those that others point at first. @throws Error when they point at each other in a circle. */
export async function readTables(client: pg.Client): Promise<readonly string[]> {
  const { rows: tables } = await client.query<{ name: string }>(
    `SELECT tablename AS name FROM pg_tables WHERE schemaname = current_schema() AND tablename <> '_prisma_migrations' ORDER BY 1`,
  );
  const { rows: links } = await client.query<{ from: string; to: string }>(
    `SELECT a.relname AS "from", b.relname AS "to" FROM pg_constraint c JOIN pg_class a ON a.oid = c.conrelid JOIN pg_class b ON b.oid = c.confrelid
     WHERE c.contype = 'f' AND c.connamespace = current_schema()::regnamespace AND a.oid <> b.oid`,
  );
  const ordered: string[] = [];
  while (ordered.length < tables.length) {
    const isFree = (name: string) => links.every(({ from, to }) => from !== name || ordered.includes(to));
    const next = tables.filter(({ name }) => !ordered.includes(name) && isFree(name)).map(({ name }) => name);
    if (next.length === 0) throw new Error('tables point at each other in a circle');
    ordered.push(...next);
  }
  return ordered;
}

export async function readMigrationNames(client: pg.Client): Promise<readonly string[]> {
  const { rows } = await client.query<{ name: string }>(
    'SELECT migration_name AS name FROM "_prisma_migrations" WHERE rolled_back_at IS NULL ORDER BY 1',
  );
  return rows.map(({ name }) => name);
}
