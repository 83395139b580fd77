import type { TestProject } from 'vitest/node';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { startDatabaseServer } from '../../src/database-server.ts';
import { makeLog } from '../../src/lib/log.ts';
import { migrate } from '../../src/migrate.ts';
import { stopPostmaster } from '../../src/postmaster-folder.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** The server of this run, as its superuser. */
    databaseServer: string;
  }
}

/** Every database of a test is a copy of this one. */
export const TEMPLATE = 'avopay_template';

/** One real PostgreSQL in a temp folder for the whole run, with a migrated database to copy from. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  await clearAfterKilledRuns();
  const dataDir = mkdtempSync(join(tmpdir(), `avopay-test-${process.pid}-`));
  const server = await startDatabaseServer({ dataDir, log: makeLog('error') });
  const admin = new pg.Client(server.connectionString);
  await admin.connect();
  await admin.query(`CREATE DATABASE ${TEMPLATE}`);
  await admin.end();
  await migrate(server.connectionString.replace('/avopay?', `/${TEMPLATE}?`));
  project.provide('databaseServer', server.connectionString);
  return async () => {
    await server.stop();
    rmSync(dataDir, { recursive: true, force: true });
  };
}

/** A run that was killed could not stop its server: the folder's name tells whose it was. */
async function clearAfterKilledRuns(): Promise<void> {
  for (const name of readdirSync(tmpdir())) {
    const pid = /^avopay-test-(\d+)-/.exec(name)?.[1];
    if (pid === undefined || existsSync(`/proc/${pid}`) || !existsSync('/proc/self')) continue;
    await stopPostmaster({ folder: join(tmpdir(), name, 'postgres') });
    rmSync(join(tmpdir(), name), { recursive: true, force: true });
  }
}
