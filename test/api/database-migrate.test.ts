import { createHash } from 'node:crypto';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { migrate } from '../../src/migrate.ts';
import { emptyDatabase } from '../support/database.ts';

const OURS = new URL('../../prisma/migrations', import.meta.url).pathname;
const FIRST = '20261122000000_first';

let database: Awaited<ReturnType<typeof emptyDatabase>>;
let folder: string;

beforeEach(async () => {
  database = await emptyDatabase();
  folder = mkdtempSync(join(tmpdir(), 'avopay-migrations-'));
  cpSync(OURS, folder, { recursive: true });
});
afterEach(async () => {
  await database.close();
  rmSync(folder, { recursive: true, force: true });
});

test('migrating twice does nothing the second time', async () => {
  expect(await migrate(database.connectionString)).toContain(FIRST);
  expect(await migrate(database.connectionString)).toEqual([]);
});

test('a migration is booked as Prisma books it: name, sha256 of the file, finished, one step', async () => {
  await migrate(database.connectionString, folder);
  const checksum = createHash('sha256')
    .update(readFileSync(join(folder, FIRST, 'migration.sql')))
    .digest('hex');
  const books = await query(
    'SELECT migration_name, checksum, finished_at IS NOT NULL AS finished, applied_steps_count, rolled_back_at FROM _prisma_migrations',
  );
  expect(books[0]).toEqual({ migration_name: FIRST, checksum, finished: true, applied_steps_count: 1, rolled_back_at: null });
});

test('processes that start at the same time apply each migration once', async () => {
  const applied = await Promise.all([1, 2, 3, 4].map(() => migrate(database.connectionString, folder)));
  expect(applied.flat()).toEqual(
    await query('SELECT migration_name FROM _prisma_migrations').then((rows) => rows.map((row) => row['migration_name'])),
  );
});

test('a migration that was edited after it had been applied is refused', async () => {
  await migrate(database.connectionString, folder);
  writeFileSync(join(folder, FIRST, 'migration.sql'), `${readFileSync(join(folder, FIRST, 'migration.sql'), 'utf8')}\n-- edited`);
  await expect(migrate(database.connectionString, folder)).rejects.toThrow(`Migration ${FIRST} was edited after it had been applied`);
});

test('a database written by a newer version is refused', async () => {
  add('20990101000000_later', 'SELECT 1;');
  await migrate(database.connectionString, folder);
  await expect(migrate(database.connectionString, OURS)).rejects.toThrow('20990101000000_later, which this version does not know');
});

test('a migration that fails half way leaves nothing of itself, keeps those before it, and can be applied once mended', async () => {
  add('20990101000000_broken', 'CREATE TABLE half (n int); SELECT 1/0;');
  await expect(migrate(database.connectionString, folder)).rejects.toThrow('20990101000000_broken failed and left nothing behind');
  expect(await query("SELECT to_regclass('half') AS half, to_regclass('\"Payment\"')::text AS kept")).toEqual([
    { half: null, kept: '"Payment"' },
  ]);
  add('20990101000000_broken', 'CREATE TABLE half (n int);');
  expect(await migrate(database.connectionString, folder)).toEqual(['20990101000000_broken']);
});

function add(name: string, sql: string): void {
  mkdirSync(join(folder, name), { recursive: true });
  writeFileSync(join(folder, name, 'migration.sql'), sql);
}

async function query(sql: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client(database.connectionString);
  await client.connect();
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
}
