import { expect, test } from 'vitest';
import pg from 'pg';
import { systemRandom } from '../../src/lib/random.ts';
import { makeSealer } from '../../src/lib/sealed.ts';
import { Secret } from '../../src/lib/secret.ts';
import { openStoredClaims } from '../../src/read-stored-claim.ts';
import { startFaultProxy } from '../chaos/fault-proxy.ts';
import { eventually } from '../support/avopay.ts';
import { freshDatabase } from '../support/database.ts';

test('a connection that breaks in the middle of a read fails that read and not the signer, which reads again', async () => {
  const database = await freshDatabase();
  const own = new URL(database.connectionString);
  const proxy = await startFaultProxy('database', { path: `${own.searchParams.get('host')}/.s.PGSQL.5432` });
  const connectionString = `postgresql://avopay@127.0.0.1:${proxy.port}${own.pathname}`;
  const sealer = makeSealer(new Secret(systemRandom(32)), systemRandom);
  const claims = openStoredClaims({ connectionString, sealer, network: 'regtest', chains: [] });
  const holder = new pg.Client(database.connectionString);
  await holder.connect();
  await holder.query('BEGIN; LOCK TABLE "Swap"');
  const broken = claims.read('swp_a').then(
    () => 'read',
    () => 'failed',
  );
  const waiting = `SELECT 1 FROM pg_locks WHERE NOT granted AND relation = '"Swap"'::regclass`;
  await eventually(async () => (await holder.query(waiting)).rowCount === 1);
  await proxy.play('cut', 0);
  expect(await broken).toBe('failed');
  await holder.query('COMMIT');
  expect(await claims.read('swp_a')).toBe(null);
  await claims.close();
  await holder.end();
  await proxy.close();
  await database.close();
});

test('over the signer’s connections nothing is written, even where a read would write', async () => {
  const database = await freshDatabase();
  const holder = new pg.Client(database.connectionString);
  await holder.connect();
  await holder.query('ALTER TABLE "Swap" RENAME TO "SwapKept"');
  await holder.query(`CREATE FUNCTION swap_rows() RETURNS SETOF "SwapKept" LANGUAGE plpgsql AS
    $$ BEGIN CREATE TABLE "Written" (); RETURN; END $$`);
  await holder.query('CREATE VIEW "Swap" AS SELECT * FROM swap_rows()');
  const sealer = makeSealer(new Secret(systemRandom(32)), systemRandom);
  const claims = openStoredClaims({ connectionString: database.connectionString, sealer, network: 'regtest', chains: [] });
  await expect(claims.read('swp_a')).rejects.toThrow('read-only transaction');
  await expect(claims.read('swp_a')).rejects.toThrow('read-only transaction');
  await claims.close();
  await holder.end();
  await database.close();
});
