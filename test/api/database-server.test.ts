import type { ChildProcess } from 'node:child_process';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import type { DatabaseServer } from '../../src/database-server.ts';
import { startDatabaseServer } from '../../src/database-server.ts';
import { makeLog } from '../../src/lib/log.ts';
import { makeLibraryLinks } from '../../src/postgres-binaries.ts';

const HOLDER = fileURLToPath(new URL('../support/hold-database.ts', import.meta.url));
const log = makeLog('silent');
const opened: (() => unknown)[] = [];

/** A folder that was started and stopped once: copies of it save every other test the making of one. */
let used: string;

beforeAll(async () => {
  used = mkdtempSync(join(tmpdir(), 'avopay-used-'));
  await (await startDatabaseServer({ dataDir: used, log })).stop();
});
afterAll(() => rmSync(used, { recursive: true, force: true }));
afterEach(async () => {
  while (opened.length > 0) await opened.pop()?.();
});

test('what was acknowledged is there after a clean stop, which leaves nothing running', async () => {
  const dataDir = tempFolder();
  const first = await start(dataDir);
  await query(first.connectionString, 'CREATE TABLE kept (n int)');
  await query(first.connectionString, 'INSERT INTO kept VALUES (7)');
  await Promise.all([first.stop(), first.stop()]);
  expect(livingIn(dataDir)).toEqual([]);
  expect(await query((await start(dataDir)).connectionString, 'SELECT n FROM kept')).toEqual([{ n: 7 }]);
});

test('the server listens on no network and writes through to the disk', async () => {
  const dataDir = usedFolder();
  const { connectionString } = await start(dataDir);
  const settings = await query(
    connectionString,
    "SELECT current_setting('listen_addresses') AS net, current_setting('fsync') AS fsync, current_setting('synchronous_commit') AS sync, current_setting('server_encoding') AS enc",
  );
  expect(settings).toEqual([{ net: '', fsync: 'on', sync: 'on', enc: 'UTF8' }]);
  expect(statSync(join(dataDir, 'postgres')).mode & 0o777).toBe(0o700);
});

test('a killed postmaster comes back by itself with every acknowledged row', async () => {
  const dataDir = usedFolder();
  const { connectionString } = await start(dataDir);
  await query(connectionString, 'CREATE TABLE kept (n int)');
  for (let n = 0; n < 50; n++) await query(connectionString, `INSERT INTO kept VALUES (${n})`);
  const before = postmaster(dataDir);
  process.kill(before, 'SIGKILL');
  expect(await until(() => query(connectionString, 'SELECT count(*)::int AS n FROM kept'))).toEqual([{ n: 50 }]);
  expect(postmaster(dataDir)).not.toBe(before);
});

test('a start after the owner was killed adopts the very server that it left running', async () => {
  const dataDir = usedFolder();
  const owner = await hold(dataDir);
  await query(owner.said, 'CREATE TABLE kept AS SELECT 1 AS n');
  const left = postmaster(dataDir);
  owner.child.kill('SIGKILL');
  await once(owner.child, 'exit');
  const { connectionString } = await start(dataDir);
  expect(postmaster(dataDir)).toBe(left);
  expect(await query(connectionString, 'SELECT n FROM kept')).toEqual([{ n: 1 }]);
});

test('a start after owner and postmaster were killed together recovers the folder', async () => {
  const dataDir = usedFolder();
  const owner = await hold(dataDir);
  await query(owner.said, 'CREATE TABLE kept AS SELECT 1 AS n');
  owner.child.kill('SIGKILL');
  process.kill(postmaster(dataDir), 'SIGKILL');
  await once(owner.child, 'exit');
  expect(await query((await start(dataDir)).connectionString, 'SELECT n FROM kept')).toEqual([{ n: 1 }]);
});

test('a second AvoPay on the folder is refused with one sentence, and the first goes on', async () => {
  const dataDir = usedFolder();
  const { connectionString } = await start(dataDir);
  await expect(startDatabaseServer({ dataDir, log })).rejects.toThrow(
    `Another AvoPay is already running on ${dataDir} (process ${process.pid}): stop it first, or give this one a DATA_DIR of its own.`,
  );
  const other = await hold(dataDir);
  expect(other.said).toMatch(/^Another AvoPay is already running on /);
  expect(await query(connectionString, 'SELECT 1 AS n')).toEqual([{ n: 1 }]);
});

test('of two that start at once on a new folder one runs and one is refused', async () => {
  const dataDir = tempFolder();
  const said = (await Promise.all([hold(dataDir), hold(dataDir)])).map((holder) => holder.said).sort();
  expect(said[0]).toMatch(/^Another AvoPay is already running on /);
  expect(said[1]).toMatch(/^postgresql:/);
  expect(readdirSync(dataDir).sort()).toEqual(['postgres', 'postgres.log']);
});

test('a lock file whose process id now belongs to another program does not stop the start', async () => {
  const dataDir = usedFolder();
  await (await start(dataDir)).stop();
  const owner = statSync(join(dataDir, 'postgres'));
  const stranger = spawn('sleep', ['60'], { uid: owner.uid, gid: owner.gid });
  opened.push(() => stranger.kill());
  writeFileSync(join(dataDir, 'postgres', 'postmaster.pid'), `${stranger.pid}\n${join(dataDir, 'postgres')}\n`);
  expect(await query((await start(dataDir)).connectionString, 'SELECT 1 AS n')).toEqual([{ n: 1 }]);
});

test('a server whose socket was taken away is still found and stopped', async () => {
  const dataDir = usedFolder();
  const first = await start(dataDir);
  rmSync(join(dataDir, 'postgres', '.s.PGSQL.5432'));
  await expect(query(first.connectionString, 'SELECT 1')).rejects.toThrow('ENOENT');
  await first.stop();
  expect(livingIn(dataDir)).toEqual([]);
});

test('a folder whose path is too long for a socket address works, and leaves no link behind', async () => {
  const dataDir = join(tempFolder(), 'a'.repeat(120));
  const server = await start(dataDir);
  expect(await query(server.connectionString, 'SELECT 1 AS n')).toEqual([{ n: 1 }]);
  const link = new URL(server.connectionString).searchParams.get('host') ?? '';
  expect(readlinkSync(link)).toBe(join(dataDir, 'postgres'));
  await server.stop();
  expect(existsSync(link)).toBe(false);
});

test('a folder of another PostgreSQL generation is refused in words', async () => {
  const dataDir = tempFolder();
  mkdirSync(join(dataDir, 'postgres'));
  writeFileSync(join(dataDir, 'postgres', 'PG_VERSION'), '14\n');
  await expect(startDatabaseServer({ dataDir, log })).rejects.toThrow('was written by PostgreSQL 14; this AvoPay runs PostgreSQL 18');
});

test('an ordinary user may run it too', async (context) => {
  if (process.getuid?.() !== 0) return context.skip('this run is an ordinary user already');
  if (!walkable(HOLDER)) return context.skip('an ordinary user cannot read this checkout');
  const [uid, gid] = ordinaryUser();
  if (uid === undefined || gid === undefined) return context.skip('this machine has no ordinary user');
  const dataDir = tempFolder();
  chmodSync(dataDir, 0o777);
  const holder = await hold(join(dataDir, 'mine'), { uid, gid });
  expect(holder.said).toMatch(/^postgresql:/);
  expect(statSync(join(dataDir, 'mine', 'postgres')).uid).toBe(uid);
  holder.child.kill('SIGTERM');
  expect(await once(holder.child, 'exit')).toEqual([0, null]);
  expect(livingIn(join(dataDir, 'mine'))).toEqual([]);
});

test('an install without scripts gets the library links that the install script would have made', () => {
  const shipped = tempFolder();
  mkdirSync(join(shipped, 'native', 'lib'), { recursive: true });
  writeFileSync(join(shipped, 'native', 'lib', 'libx.so.60.2'), 'library');
  writeFileSync(
    join(shipped, 'native', 'pg-symlinks.json'),
    JSON.stringify([{ source: 'native/lib/libx.so.60.2', target: 'native/lib/libx.so.60' }]),
  );
  makeLibraryLinks(shipped);
  makeLibraryLinks(shipped);
  expect(readFileSync(join(shipped, 'native', 'lib', 'libx.so.60'), 'utf8')).toBe('library');
  expect(readlinkSync(join(shipped, 'native', 'lib', 'libx.so.60'))).toBe('libx.so.60.2');
});

function tempFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'avopay-server-'));
  opened.push(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

function usedFolder(): string {
  const folder = tempFolder();
  const copied = spawnSync('cp', ['-a', join(used, 'postgres'), folder]);
  if (copied.status !== 0) throw new Error(String(copied.stderr));
  return folder;
}

async function start(dataDir: string): Promise<DatabaseServer> {
  const server = await startDatabaseServer({ dataDir, log });
  opened.push(() => server.stop());
  return server;
}

/** Another process that owns the folder's database, or is refused: what it said first. */
async function hold(dataDir: string, user: { uid?: number; gid?: number } = {}): Promise<{ child: ChildProcess; said: string }> {
  const child = spawn(process.execPath, [HOLDER, dataDir], { stdio: ['ignore', 'pipe', 'inherit'], cwd: '/', ...user });
  opened.push(async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGTERM');
    await once(child, 'exit');
  });
  const [said] = await once(child.stdout, 'data');
  return { child, said: String(said).trim() };
}

async function query(connectionString: string, sql: string): Promise<unknown[]> {
  const client = new pg.Client(connectionString);
  client.on('error', () => undefined); // the server is killed on purpose; the query itself tells
  await client.connect();
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
}

async function until<T>(attempt: () => Promise<T>): Promise<T> {
  for (const deadline = performance.now() + 60_000; ; await new Promise((resolve) => setTimeout(resolve, 30))) {
    try {
      return await attempt();
    } catch (error) {
      if (performance.now() > deadline) throw error;
    }
  }
}

function postmaster(dataDir: string): number {
  return Number.parseInt(readFileSync(join(dataDir, 'postgres', 'postmaster.pid'), 'utf8'), 10);
}

function livingIn(dataDir: string): string[] {
  return readdirSync('/proc').filter((name) => {
    try {
      return /^\d+$/.test(name) && readlinkSync(`/proc/${name}/cwd`).startsWith(dataDir);
    } catch {
      return false; // gone since, or a kernel thread
    }
  });
}

/** Somebody of the passwd file who is neither root nor nobody: PostgreSQL wants its user to have a name. */
function ordinaryUser(): number[] {
  const users = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .map((line) => line.split(':').slice(2, 4).map(Number));
  return users.find(([uid]) => uid !== undefined && uid > 0 && uid < 65_534) ?? [];
}

function walkable(path: string): boolean {
  return path
    .split('/')
    .slice(0, -1)
    .every((_, depth, parts) => (statSync(`/${parts.slice(1, depth + 1).join('/')}`).mode & 0o001) !== 0);
}
