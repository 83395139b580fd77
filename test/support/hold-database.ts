import { startDatabaseServer } from '../../src/database-server.ts';
import { makeLog } from '../../src/lib/log.ts';

/** A process that owns the database of a folder until it is killed; prints its address, or the sentence that refuses it. */
try {
  const server = await startDatabaseServer({ dataDir: process.argv[2] ?? '', log: makeLog('silent') });
  process.once('SIGTERM', () => void server.stop().then(() => process.exit(0)));
  process.stdout.write(`${server.connectionString}\n`);
  setInterval(() => undefined, 60_000); // stay
} catch (error) {
  process.stdout.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(3);
}
