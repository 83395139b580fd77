import type { RealShare } from './play.ts';
import { parentPort, workerData } from 'node:worker_threads';
import { playShare } from './play.ts';
import { runRealSeed } from './run-real-seed.ts';
import { PostgresServer } from './postgres-server.ts';

// Layer B: the database is PostgreSQL.
const share = workerData as RealShare;
const server = await PostgresServer.start(share.connectionString);
try {
  const run = (seed: number) => runRealSeed(server, seed);
  await playShare(share, { layer: 'b', run, tell: (told) => parentPort?.postMessage(told), twiceEvery: 50 });
} finally {
  await server.close();
}
