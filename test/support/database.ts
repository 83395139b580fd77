import type { Database } from '../../src/lib/database.ts';
import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { inject } from 'vitest';
import { openDatabase } from '../../src/open-database.ts';
import { TEMPLATE } from './database-for-run.ts';

export type TestDatabase = Readonly<{ connectionString: string; database: Database; close: () => Promise<void> }>;

/** A migrated database of its own on the run's PostgreSQL: a copy of the template, gone when closed. */
export async function freshDatabase(): Promise<TestDatabase> {
  const name = `test_${randomBytes(8).toString('hex')}`;
  await asAdmin(`CREATE DATABASE ${name} TEMPLATE ${TEMPLATE}`);
  const connectionString = inject('databaseServer').replace('/avopay?', `/${name}?`);
  const open = openDatabase({ connectionString });
  return {
    connectionString,
    database: open.database,
    close: async () => {
      await open.close();
      await asAdmin(`DROP DATABASE ${name} WITH (FORCE)`);
    },
  };
}

/** The same with a connection of its own, for tests that write rows as no code of ours would. */
export async function freshDatabaseWithClient(): Promise<TestDatabase & { readonly client: pg.Client }> {
  const db = await freshDatabase();
  const client = new pg.Client(db.connectionString);
  await client.connect();
  const close = async () => {
    await client.end();
    await db.close();
  };
  return { ...db, client, close };
}

/** An empty database, not migrated. */
export async function emptyDatabase(): Promise<Readonly<{ connectionString: string; close: () => Promise<void> }>> {
  const name = `test_${randomBytes(8).toString('hex')}`;
  await asAdmin(`CREATE DATABASE ${name}`);
  const connectionString = inject('databaseServer').replace('/avopay?', `/${name}?`);
  return { connectionString, close: () => asAdmin(`DROP DATABASE ${name} WITH (FORCE)`) };
}

async function asAdmin(sql: string): Promise<void> {
  const admin = new pg.Client(inject('databaseServer'));
  await admin.connect();
  try {
    await admin.query(sql);
  } finally {
    await admin.end();
  }
}
