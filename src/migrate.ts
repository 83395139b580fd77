import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { sha256, toHex } from './lib/bytes.ts';
import { systemRandom } from './lib/random.ts';
import { systemClock } from './lib/time.ts';

/** Prisma's own bookkeeping table, to the column: `prisma migrate deploy` can go on where this runner stopped. */
const BOOKS = `CREATE TABLE IF NOT EXISTS "_prisma_migrations" (
  id VARCHAR(36) PRIMARY KEY NOT NULL, checksum VARCHAR(64) NOT NULL, finished_at TIMESTAMPTZ, migration_name VARCHAR(255) NOT NULL,
  logs TEXT, rolled_back_at TIMESTAMPTZ, started_at TIMESTAMPTZ NOT NULL, applied_steps_count INTEGER NOT NULL DEFAULT 0)`;
/** The advisory lock that Prisma takes for its migrations too: two processes that start at once apply them once. */
const MIGRATION_LOCK = 72_707_369;

/**
 * Applies the migrations that the database lacks, each in one transaction with its row in the books.
 * @returns the names of those applied now.
 * @throws Error when a migration that was applied has been edited since, is missing here, or fails (nothing of that one stays).
 */
export async function migrate(connection: string | pg.ClientConfig, folder: string = migrationsFolder()): Promise<string[]> {
  const client = new pg.Client(connection);
  client.on('error', () => undefined); // a lost connection also refuses the statement that runs, which is where it is handled
  await client.connect();
  try {
    await client.query('SELECT pg_advisory_lock($1)', [MIGRATION_LOCK]);
    await client.query(BOOKS);
    const migrations = readMigrations(folder);
    const applied = await checkHistory(client, migrations);
    const missing = migrations.filter(({ name }) => !applied.has(name));
    for (const migration of missing) await apply(client, migration);
    return missing.map(({ name }) => name);
  } finally {
    await client.end(); // gives the lock back
  }
}

type Migration = Readonly<{ name: string; sql: string; checksum: string }>;

/** The same folder serves the sources and the build: it is looked for upwards from this file. */
function migrationsFolder(): string {
  for (let at = dirname(fileURLToPath(import.meta.url)); ; at = dirname(at)) {
    const folder = join(at, 'prisma', 'migrations');
    if (existsSync(join(folder, 'migration_lock.toml'))) return folder;
    if (at === dirname(at)) throw new Error('prisma/migrations was not found beside the program');
  }
}

function readMigrations(folder: string): Migration[] {
  const folders = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  return folders
    .map(({ name }) => ({ name, sql: readFileSync(join(folder, name, 'migration.sql'), 'utf8') }))
    .map((file) => ({ ...file, checksum: toHex(sha256(file.sql)) }))
    .sort((left, right) => (left.name < right.name ? -1 : 1));
}

async function checkHistory(client: pg.Client, migrations: readonly Migration[]): Promise<ReadonlySet<string>> {
  const { rows } = await client.query<{ migration_name: string; checksum: string; finished: boolean }>(
    'SELECT migration_name, checksum, finished_at IS NOT NULL AS finished FROM "_prisma_migrations" WHERE rolled_back_at IS NULL ORDER BY migration_name',
  );
  for (const row of rows) {
    const file = migrations.find(({ name }) => name === row.migration_name);
    if (!file)
      throw new Error(`The database has migration ${row.migration_name}, which this version does not know: it was written by a newer one.`);
    if (file.checksum !== row.checksum)
      throw new Error(`Migration ${file.name} was edited after it had been applied: write a new one instead.`);
    if (!row.finished) throw new Error(`Migration ${file.name} was begun and never finished: look at it by hand.`);
  }
  return new Set(rows.map((row) => row.migration_name));
}

async function apply(client: pg.Client, { name, sql, checksum }: Migration): Promise<void> {
  const at = systemClock();
  await client.query('BEGIN');
  try {
    await client.query(sql);
    await client.query(
      `INSERT INTO "_prisma_migrations" (id, checksum, migration_name, started_at, finished_at, applied_steps_count) VALUES ($1, $2, $3, $4, $5, 1)`,
      [toHex(systemRandom(16)), checksum, name, at, systemClock()],
    );
    await client.query('COMMIT');
  } catch (error) {
    await client.query('ROLLBACK');
    throw new Error(`Migration ${name} failed and left nothing behind.`, { cause: error });
  }
}
