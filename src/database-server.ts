import type { PostgresBinaries } from './postgres-binaries.ts';
import type { PostmasterFolder } from './postmaster-folder.ts';
import type { Log } from './lib/log.ts';
import { closeSync, existsSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import pg from 'pg';
import { monotonicMs, pause } from './lib/time.ts';
import { findPostgres, isErrno } from './postgres-binaries.ts';
import { clearStaleLock, livePostmaster, prepareFolder, shortSocketFolder, stopPostmaster } from './postmaster-folder.ts';

/** The PostgreSQL that AvoPay keeps itself, in DATA_DIR/postgres, when DATABASE_URL names no other. */
export type DatabaseServer = Readonly<{
  connectionString: string;
  /** Fast shutdown: running transactions are rolled back, everything acknowledged is on disk. Idempotent. */
  stop: () => Promise<void>;
}>;
export type DatabaseServerDeps = Readonly<{
  dataDir: string;
  log: Log;
  /** Called when the server went away while in use and could not be brought back. */
  onLost?: (error: Error) => void;
}>;

/** Another living AvoPay holds the folder; the message is a whole sentence for the operator. */
export class DataFolderInUse extends Error {
  override readonly name = 'DataFolderInUse';
}

const USER = 'avopay';
const DATABASE = 'avopay';
/** "AvoPay" in ASCII: the advisory lock of the one process that owns the server. PostgreSQL drops it when that process dies. */
const OWNER_LOCK = 71_960_908_554_617n;
/** A dead owner's lock goes when the server sees its socket closed: milliseconds. A living owner keeps it longer than this. */
const OWNER_WAIT_MS = 1_000;
/** Crash recovery after a power cut replays at most one checkpoint interval of log. */
const START_DEADLINE_MS = 90_000;
const CONNECT_DEADLINE_MS = 2_000;
/** Backends of a killed postmaster hold its shared memory until they notice: 20 starts, 150 ms apart, outlast them. */
const STARTS_MAX = 20;
const RESTART_PAUSE_MS = 150;
const LOOK_AGAIN_MS = 25;
/** A process that holds the folder but opens no socket for so long is hung; it is stopped and replaced. */
const HUNG_MS = 15_000;
const LOG_TAIL_CHARS = 1_500;

const SERVER_SETTINGS = [
  'listen_addresses=', // no network: a socket in a folder of mode 0700
  'unix_socket_directories=.', // relative to the data folder: never too long for the server
  'unix_socket_permissions=0700',
  'max_connections=100',
  'timezone=UTC',
  'log_timezone=UTC',
  'log_min_messages=log', // a refused row is business as usual, not a line in a file that grows
  'log_min_error_statement=panic', // statements may carry what must not be in a log
  'log_error_verbosity=terse',
  'log_checkpoints=off',
];

type Server = PostmasterFolder & Readonly<{ dataDir: string; socketFolder: string; log: Log; binaries: PostgresBinaries }>;

/**
 * Starts PostgreSQL on `dataDir`/postgres, or adopts the one that a killed AvoPay left running there.
 * @throws DataFolderInUse within two seconds when another AvoPay process lives on the folder.
 */
export async function startDatabaseServer(deps: DatabaseServerDeps): Promise<DatabaseServer> {
  const dataDir = resolve(deps.dataDir);
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const binaries = findPostgres();
  const folder = join(dataDir, 'postgres');
  prepareFolder(binaries, folder, USER);
  const { socketFolder, remove } = shortSocketFolder(folder);
  const server: Server = { dataDir, folder, socketFolder, binaries, log: deps.log };
  try {
    const owner = await own(server);
    await createDatabase(owner);
    return supervise(server, { ...deps, owner, remove });
  } catch (error) {
    remove();
    throw error;
  }
}

/** The way to the server that another AvoPay runs on `dataDir`. Call `remove` at the end. */
export function runningDatabase(dataDir: string): { readonly connectionString: string; readonly remove: () => void } {
  const { socketFolder, remove } = shortSocketFolder(join(resolve(dataDir), 'postgres'));
  return { connectionString: connectionString(socketFolder, DATABASE), remove };
}

/** Keeps the owner's connection. When it ends unasked, the server has gone: it is started again and owned again. */
function supervise(server: Server, held: DatabaseServerDeps & { owner: pg.Client; remove: () => void }): DatabaseServer {
  let owner = held.owner;
  let stopping: Promise<void> | null = null;
  let recovering: Promise<void> = Promise.resolve();
  const recover = async (): Promise<void> => {
    server.log.error({}, 'the database server went away and is started again');
    try {
      owner = await own(server);
      watch();
    } catch (error) {
      server.log.error({ error }, 'the database server could not be brought back');
      held.onLost?.(error instanceof Error ? error : new Error(String(error)));
    }
  };
  const watch = (): void => {
    owner.once('end', () => {
      if (stopping === null) recovering = recover();
    });
  };
  const stop = async (): Promise<void> => {
    await recovering;
    await owner.end().catch(() => undefined); // already gone: nothing to give back
    await stopPostmaster(server);
    held.remove();
  };
  watch();
  return {
    connectionString: connectionString(server.socketFolder, DATABASE),
    stop: () => {
      stopping ??= stop();
      return stopping;
    },
  };
}

/** A connection that holds the owner's lock: to the server that runs, or else to one that is started here. */
async function own(server: Server): Promise<pg.Client> {
  const deadline = monotonicMs() + START_DEADLINE_MS;
  for (;;) {
    const client = await attach(server, deadline);
    try {
      await takeOwnership(server, client);
      return client;
    } catch (error) {
      await client.end().catch(() => undefined); // the connection is given up either way
      if (error instanceof DataFolderInUse || monotonicMs() > deadline) throw error;
      await pause(LOOK_AGAIN_MS); // it was shutting down under us: look again
    }
  }
}

async function takeOwnership(server: Server, client: pg.Client): Promise<void> {
  const until = monotonicMs() + OWNER_WAIT_MS;
  for (;;) {
    const { rows } = await client.query('SELECT pg_try_advisory_lock($1) AS mine', [OWNER_LOCK.toString()]);
    if (rows[0]?.mine === true) return;
    if (monotonicMs() > until) break;
    await pause(LOOK_AGAIN_MS);
  }
  const { rows } = await client.query(
    `SELECT a.application_name AS name FROM pg_locks l JOIN pg_stat_activity a USING (pid) WHERE l.locktype = 'advisory' AND l.granted`,
  );
  const holder = rows[0]?.name ? ` (${rows[0].name})` : '';
  throw new DataFolderInUse(
    `Another AvoPay is already running on ${server.dataDir}${holder}: stop it first, or give this one a DATA_DIR of its own.`,
  );
}

async function attach(server: Server, deadline: number): Promise<pg.Client> {
  const running = { starts: 0, exited: true, silentSince: monotonicMs() };
  for (;;) {
    const seen = await tryConnect(server);
    if (typeof seen === 'object') return seen;
    if (seen === 'starting') running.silentSince = monotonicMs();
    const alive = livePostmaster(server) !== null;
    if (alive && monotonicMs() - running.silentSince > HUNG_MS) await stopPostmaster(server);
    if (!alive && running.exited) {
      if (running.starts++ >= STARTS_MAX) throw new Error(`PostgreSQL does not start on ${server.folder}: ${logTail(server)}`);
      if (running.starts > 1) await pause(RESTART_PAUSE_MS);
      running.exited = false;
      running.silentSince = monotonicMs();
      launch(server, () => {
        running.exited = true;
      });
    }
    if (monotonicMs() > deadline) throw new Error(`PostgreSQL did not become ready on ${server.folder}: ${logTail(server)}`);
    await pause(LOOK_AGAIN_MS);
  }
}

function launch(server: Server, onExit: () => void): void {
  clearStaleLock(server);
  const logFile = openSync(join(server.dataDir, 'postgres.log'), 'w', 0o600);
  const settings = SERVER_SETTINGS.flatMap((setting) => ['-c', setting]);
  const child = server.binaries.launch(['-D', server.binaries.folderName(server.folder), ...settings], server.folder, logFile);
  closeSync(logFile);
  child.once('exit', onExit);
  child.once('error', onExit); // not even started; the log's tail and the count of starts tell
  child.unref();
}

/** 'absent': nobody listens. 'starting': it listens and says that it is not ready (or is going down). */
async function tryConnect(server: Server): Promise<pg.Client | 'absent' | 'starting'> {
  const client = new pg.Client({
    connectionString: connectionString(server.socketFolder, 'postgres'),
    connectionTimeoutMillis: CONNECT_DEADLINE_MS,
    application_name: `process ${process.pid}`,
  });
  client.on('error', () => undefined); // a lost connection also emits 'end', which is where it is handled
  try {
    await client.connect();
    return client;
  } catch (error) {
    await client.end().catch(() => undefined); // never connected
    if (isErrno(error, '57P03')) return 'starting';
    if (isErrno(error, '28000') || isErrno(error, '3D000')) throw error; // another server's folder: not ours to touch
    return 'absent';
  }
}

async function createDatabase(owner: pg.Client): Promise<void> {
  const { rowCount } = await owner.query('SELECT 1 FROM pg_database WHERE datname = $1', [DATABASE]);
  if (rowCount === 0) await owner.query(`CREATE DATABASE ${DATABASE}`);
}

function connectionString(socketFolder: string, database: string): string {
  return `postgresql://${USER}@localhost/${database}?host=${encodeURIComponent(socketFolder)}`;
}

function logTail(server: Server): string {
  const file = join(server.dataDir, 'postgres.log');
  return existsSync(file) ? readFileSync(file, 'utf8').slice(-LOG_TAIL_CHARS).trim() : 'no log was written';
}
