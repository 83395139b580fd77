import type { RealShare } from './play.ts';
import { parentPort, workerData } from 'node:worker_threads';
import { playShare } from './play.ts';
import { runRealSeed, withMigrations } from './run-real-seed.ts';
import { PostgresServer } from './postgres-server.ts';

// Layer B: the database is PostgreSQL.
const share = workerData as RealShare;
const server = await PostgresServer.start(share.connectionString);
const [first] = share.seeds;
try {
  const run = async (seed: number) => {
    const result = await runRealSeed(server, seed);
    return share.cutsMigrations && seed === first ? withMigrations(result, share.connectionString) : result;
  };
  await playShare(share, { layer: 'b', run, tell: (told) => parentPort?.postMessage(told), twiceEvery: 50 });
} finally {
  await server.close();
}
