import type { TestProject } from 'vitest/node';
import { chmodSync, rmSync } from 'node:fs';
import pg from 'pg';
import { startDatabaseServer } from '../../src/database-server.ts';
import { makeLog } from '../../src/lib/log.ts';
import { migrate } from '../../src/migrate.ts';
import { makeRunFolder } from './run-folder.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** The server of this run, as its superuser. */
    databaseServer: string;
  }
}

/** Every database of a test is a copy of this one. */
export const TEMPLATE = 'avopay_template';

/** Nobody cuts the power of a test run: its database does not wait for the disk. What a killed AvoPay loses is tested on servers of its own. */
const UNSAFE_AND_FAST = ['fsync', 'synchronous_commit', 'full_page_writes'];

/** One real PostgreSQL in a temp folder for the whole run, with a migrated database to copy from. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const dataDir = await makeRunFolder();
  chmodSync(dataDir, 0o711); // a test starts a server of another user below it
  const server = await startDatabaseServer({ dataDir, log: makeLog('error') });
  const admin = new pg.Client(server.connectionString);
  await admin.connect();
  for (const name of UNSAFE_AND_FAST) await admin.query(`ALTER SYSTEM SET ${name} = off`);
  await admin.query('SELECT pg_reload_conf()');
  await admin.query(`CREATE DATABASE ${TEMPLATE}`);
  await admin.end();
  await migrate(server.connectionString.replace('/avopay?', `/${TEMPLATE}?`));
  project.provide('databaseServer', server.connectionString);
  return async () => {
    await server.stop();
    rmSync(dataDir, { recursive: true, force: true });
  };
}
