import { cpSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { toHex } from '../../src/lib/bytes.ts';
import { systemRandom } from '../../src/lib/random.ts';
import { migrate } from '../../src/migrate.ts';
import { Dice } from './dice.ts';

const MIGRATIONS = fileURLToPath(new URL('../../prisma/migrations', import.meta.url));
/** The largest migration has more commands; a smaller one is ended when it is booked, which is its last. */
const COMMANDS_MOST = 120;
/** Everything that a migration can leave behind, as one text. */
const SHAPE = `SELECT md5(string_agg(line, E'\\n' ORDER BY line)) AS shape FROM (
  SELECT format('%s %s', relkind, relname) AS line FROM pg_class WHERE relnamespace = 'public'::regnamespace
  UNION ALL SELECT format('%s.%s %s', table_name, column_name, data_type) FROM information_schema.columns WHERE table_schema = 'public'
  UNION ALL SELECT format('%s on %s', conname, conrelid) FROM pg_constraint WHERE connamespace = 'public'::regnamespace
  UNION ALL SELECT format('%s on %s', tgname, tgrelid) FROM pg_trigger WHERE NOT tgisinternal
  UNION ALL SELECT format('function %s', proname) FROM pg_proc WHERE pronamespace = 'public'::regnamespace
  UNION ALL SELECT format('booked %s %s', migration_name, finished_at) FROM "_prisma_migrations") AS lines`;
const UNTRAP = 'DROP SCHEMA scene CASCADE';

/**
 * C26: each migration is ended in its midst, by the death of its connection; nothing of it may stay, the next start completes it, and one
 * that was booked as begun and never finished makes every start refuse. On a database of its own. Answers what went wrong.
 */
export async function playMigrations(connectionString: string, seed: number): Promise<readonly string[]> {
  const name = `sim_migration_${toHex(systemRandom(8))}`;
  const own = connectionString.replace(/\/[^/?]+(?=\?|$)/, `/${name}`);
  const folder = mkdtempSync(join(tmpdir(), 'avopay-sim-migrations-'));
  await query(connectionString, `CREATE DATABASE ${name}`);
  try {
    return await play(own, folder, new Dice(seed, 'migration'));
  } finally {
    rmSync(folder, { recursive: true, force: true });
    await query(connectionString, `DROP DATABASE ${name} WITH (FORCE)`);
  }
}

async function play(database: string, folder: string, dice: Dice): Promise<readonly string[]> {
  const faults: string[] = [];
  const see = (holds: boolean, what: string) => holds || faults.push(`C26 ${what}`);
  const names = readdirSync(MIGRATIONS, { withFileTypes: true }).flatMap((entry) => (entry.isDirectory() ? [entry.name] : []));
  await migrate(database, folder); // the books alone
  for (const name of names.sort()) {
    cpSync(join(MIGRATIONS, name), join(folder, name), { recursive: true });
    await query(database, trapSql(dice.whole(1, COMMANDS_MOST)));
    const before = await query(database, SHAPE);
    see(await refuses(database, folder, /./), `a start whose migration ${name} was cut off went on`);
    const after = await query(database, SHAPE);
    see(before[0]?.['shape'] === after[0]?.['shape'], `something of migration ${name} stayed after its connection was lost`);
    await query(database, UNTRAP);
    const applied = await migrate(database, folder).catch((error: unknown) => [String(error)]);
    see(applied.join() === name, `the next start did not complete migration ${name}: ${applied.join()}`);
    if (faults.length > 0) return faults; // nothing that comes after would start from where it should
  }
  see((await migrate(database, folder)).length === 0, 'a migration was applied twice');
  await query(database, `UPDATE "_prisma_migrations" SET finished_at = NULL WHERE migration_name = '${dice.oneOf(names)}'`);
  see(await refuses(database, folder, /begun and never finished/), 'a start went on over a migration that was begun and never finished');
  return faults;
}

/** Ends the connection that migrates at its n-th command, or when it books what it has done. The count outlives what is rolled back. */
function trapSql(place: number): string {
  const end = 'PERFORM pg_terminate_backend(pg_backend_pid());';
  return `CREATE SCHEMA scene; CREATE SEQUENCE scene.commands;
    CREATE FUNCTION scene.booked() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN ${end} RETURN NEW; END $$;
    CREATE TRIGGER scene AFTER INSERT ON "_prisma_migrations" FOR EACH ROW EXECUTE FUNCTION scene.booked();
    CREATE FUNCTION scene.command() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN
      IF nextval('scene.commands') = ${place} THEN ${end} END IF; END $$;
    CREATE EVENT TRIGGER scene ON ddl_command_end EXECUTE FUNCTION scene.command();`;
}

async function refuses(database: string, folder: string, reason: RegExp): Promise<boolean> {
  const said = await migrate(database, folder).then(
    () => null,
    (error: unknown) => String(error),
  );
  return said !== null && reason.test(said);
}

async function query(connectionString: string, sql: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString });
  await client.connect();
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
}
