// Writes the next migration: what must change so that the database of all migrations becomes that of schema.prisma.
//   node scripts/new-migration.mjs <name>     writes prisma/migrations/<time>_<name>/migration.sql
//   node scripts/new-migration.mjs --check    exits 1 when the migrations and the schema differ
// Partial indexes, CHECKs and triggers are unknown to Prisma: they are added to the file by hand.
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { PrismaPg } from '@prisma/adapter-pg';
import { bindMigrationAwareSqlAdapterFactory, ColumnTypeEnum } from '@prisma/driver-adapter-utils';
import { SchemaEngine } from '@prisma/schema-engine-wasm';
import pg from 'pg';
import { startDatabaseServer } from '../src/database-server.ts';
import { makeLog } from '../src/lib/log.ts';

const PRISMA = join(dirname(dirname(fileURLToPath(import.meta.url))), 'prisma');
const MIGRATIONS = join(PRISMA, 'migrations');
const SCHEMA = join(PRISMA, 'schema.prisma');
const NO_FILTER = { externalTables: [], externalEnums: [] };
const OID_CHAR = 18;
const OID_TEXT = 25;
const CHAR_MARK = ' "char"';
const EMPTY = /^(?:--[^\n]*\s*)*$/;

/** The SQL between the migrations and the schema, by Prisma's own engine on a throw-away PostgreSQL. */
async function missingSql() {
  const dataDir = mkdtempSync(join(tmpdir(), 'avopay-shadow-'));
  const server = await startDatabaseServer({ dataDir, log: makeLog('silent') });
  const pool = new CharPool({ connectionString: server.connectionString });
  try {
    const schema = { path: SCHEMA, content: readFileSync(SCHEMA, 'utf8') };
    const adapter = bindMigrationAwareSqlAdapterFactory(shadow(pool));
    const engine = await SchemaEngine.new({ datamodels: [[schema.path, schema.content]] }, () => undefined, adapter);
    const to = { tag: 'schemaDatamodel', files: [schema], configDir: PRISMA };
    const result = await engine.diff({
      from: { tag: 'migrations', ...migrationList() },
      to,
      script: true,
      exitCode: null,
      filters: NO_FILTER,
    });
    engine.free();
    return result.stdout ?? '';
  } finally {
    await pool.end();
    await server.stop();
    rmSync(dataDir, { recursive: true, force: true });
  }
}

/**
 * The engine reads catalog columns of the type "char", which Prisma's adapter refuses: the pool passes them through it as text
 * under a marked name, and `shadow` gives them their type back.
 */
class CharPool extends pg.Pool {
  async query(...question) {
    const answer = await super.query(...question);
    for (const field of answer?.fields ?? []) {
      if (field.dataTypeID === OID_CHAR) Object.assign(field, { dataTypeID: OID_TEXT, name: `${field.name}${CHAR_MARK}` });
    }
    return answer;
  }
}

/**
 * The whole server is thrown away afterwards, so its one database may be the shadow itself. Prisma's adapter cuts scripts at
 * every semicolon, also those within a function's body: PostgreSQL takes the script whole.
 */
function shadow(pool) {
  const factory = new PrismaPg(pool);
  const connect = async () => {
    const adapter = await factory.connect();
    const queryRaw = adapter.queryRaw.bind(adapter);
    adapter.executeScript = async (script) => void (await pool.query(script));
    adapter.queryRaw = async (query) => {
      const answer = await queryRaw(query);
      const isChar = answer.columnNames.map((name) => name.endsWith(CHAR_MARK));
      return {
        ...answer,
        columnNames: answer.columnNames.map((name) => name.replace(CHAR_MARK, '')),
        columnTypes: answer.columnTypes.map((type, column) => (isChar[column] ? ColumnTypeEnum.Character : type)),
      };
    };
    return adapter;
  };
  return { provider: factory.provider, adapterName: factory.adapterName, connect, connectToShadowDb: connect };
}

function migrationList() {
  mkdirSync(MIGRATIONS, { recursive: true });
  const names = readdirSync(MIGRATIONS, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .sort();
  return {
    baseDir: MIGRATIONS,
    lockfile: { path: 'migration_lock.toml', content: 'provider = "postgresql"\n' },
    shadowDbInitScript: '',
    migrationDirectories: names.map((path) => ({
      path,
      migrationFile: {
        path: 'migration.sql',
        content: { tag: 'ok', value: readFileSync(join(MIGRATIONS, path, 'migration.sql'), 'utf8') },
      },
    })),
  };
}

globalThis.PRISMA_WASM_PANIC_REGISTRY = { set_message: (message) => void process.stderr.write(`${message}\n`) }; // where the engine leaves its last words
const name = process.argv[2];
if (name !== '--check' && !/^[a-z][a-z0-9_]*$/.test(name ?? '')) {
  process.stderr.write('usage: node scripts/new-migration.mjs <name_in_lower_case> | --check\n');
  process.exit(2);
}
const sql = await missingSql();
if (EMPTY.test(sql.trim())) {
  process.stdout.write('the migrations and the schema agree\n');
} else if (name === '--check') {
  process.stderr.write(`the schema asks for what no migration does:\n${sql}`);
  process.exitCode = 1;
} else {
  const stamp = new Date().toISOString().replace(/\D/g, '').slice(0, 14);
  const folder = join(MIGRATIONS, `${stamp}_${name}`);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'migration.sql'), sql);
  process.stdout.write(`wrote ${folder}/migration.sql: read it, and add by hand what Prisma cannot say\n`);
}
