import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { startDatabaseServer } from '../../src/database-server.ts';
import { makeLog } from '../../src/lib/log.ts';
import { migrate } from '../../src/migrate.ts';

/** What a storm kills are AvoPay's processes; nobody cuts the power here (test/journeys does that). */
const UNSAFE_AND_FAST = ['fsync', 'synchronous_commit', 'full_page_writes', 'autovacuum'];

/** A real, migrated PostgreSQL for one run of layer B, in a temp folder. */
export async function startOwnPostgres(): Promise<Readonly<{ connectionString: string; stop: () => Promise<void> }>> {
  const dataDir = mkdtempSync(join(tmpdir(), 'avopay-sim-'));
  chmodSync(dataDir, 0o711); // where this runs as root, the server runs as another user below it
  const server = await startDatabaseServer({ dataDir, log: makeLog('error') });
  const admin = new pg.Client(server.connectionString);
  await admin.connect();
  for (const name of UNSAFE_AND_FAST) await admin.query(`ALTER SYSTEM SET ${name} = off`);
  await admin.query('SELECT pg_reload_conf()');
  await admin.end();
  await migrate(server.connectionString);
  const stop = async () => {
    await server.stop();
    rmSync(dataDir, { recursive: true, force: true });
  };
  return { connectionString: server.connectionString, stop };
}
