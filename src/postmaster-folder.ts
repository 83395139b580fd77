import type { PostgresBinaries } from './postgres-binaries.ts';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  readlinkSync,
  realpathSync,
  renameSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { monotonicMs, pause } from './lib/time.ts';
import { isErrno } from './postgres-binaries.ts';

/** A PostgreSQL data folder, and who lives in it. */
export type PostmasterFolder = Readonly<{ folder: string }>;

/** A fast shutdown writes one checkpoint. Past this the server is told to stop at once, and replays its log at the next start. */
const FAST_STOP_MS = 4_000;
const IMMEDIATE_STOP_MS = 3_000;
const LOOK_AGAIN_MS = 15;

/** `sun_path` holds 108 bytes with the closing zero, on macOS 104. */
const SOCKET_PATH_MAX_BYTES = 103;
const SOCKET_NAME = '.s.PGSQL.5432';

/** Makes the data folder if there is none: built aside and moved into place whole, so that a killed first start leaves no half. */
export function prepareFolder(binaries: PostgresBinaries, folder: string, user: string): void {
  if (!existsSync(join(folder, 'PG_VERSION'))) initialise(binaries, folder, user);
  const major = readFileSync(join(folder, 'PG_VERSION'), 'utf8').trim();
  if (!binaries.version.startsWith(`${major}.`)) {
    throw new Error(`${folder} was written by PostgreSQL ${major}; this AvoPay runs PostgreSQL ${binaries.version.split('.')[0]}.`);
  }
}

function initialise(binaries: PostgresBinaries, folder: string, user: string): void {
  const aside = mkdtempSync(`${folder}.new-`);
  if (binaries.owner !== null) chownSync(aside, binaries.owner.uid, binaries.owner.gid);
  chmodSync(aside, 0o700);
  const name = binaries.folderName(aside);
  binaries.run('initdb', ['-D', name, '-U', user, '--auth=trust', '--encoding=UTF8', '--locale=C', '--no-instructions'], aside);
  try {
    renameSync(aside, folder);
  } catch (error) {
    rmSync(aside, { recursive: true, force: true });
    if (!isErrno(error, 'ENOTEMPTY') && !isErrno(error, 'EEXIST')) throw error; // else another first start was faster
  }
}

/** The process id of the server that runs on the folder; null when none does (whatever a left lock file says). */
export function livePostmaster({ folder }: PostmasterFolder): number | null {
  const pid = lockedBy(folder);
  if (pid === null) return null;
  return livesIn(folder, pid) ? pid : null;
}

/**
 * Removes the lock file of a server that is no more. PostgreSQL does so itself unless the process id lives on, as another
 * program (after a reboot or in a new container) or unburied (where nothing collects orphans).
 */
export function clearStaleLock({ folder }: PostmasterFolder): void {
  const pid = lockedBy(folder);
  if (pid === null || !existsSync('/proc/self/cwd')) return;
  const anybody = readdirSync('/proc').some((name) => /^\d+$/.test(name) && livesIn(folder, Number(name)));
  if (!anybody) rmSync(join(folder, 'postmaster.pid'), { force: true });
}

/** Stops whatever server runs on the folder: fast, then at once, then by force. */
export async function stopPostmaster(place: PostmasterFolder): Promise<void> {
  const pid = livePostmaster(place);
  if (pid === null) return;
  for (const [signal, waitMs] of [
    ['SIGINT', FAST_STOP_MS],
    ['SIGQUIT', IMMEDIATE_STOP_MS],
    ['SIGKILL', IMMEDIATE_STOP_MS],
  ] as const) {
    if (!send(pid, signal)) return;
    const until = monotonicMs() + waitMs;
    while (monotonicMs() < until) {
      if (!livesIn(place.folder, pid)) return;
      await pause(LOOK_AGAIN_MS);
    }
  }
  throw new Error(`PostgreSQL (process ${pid}) does not stop`);
}

/** The socket lies in the data folder; a path too long for a socket address is shortened by a link in the temp folder. */
export function shortSocketFolder(folder: string): { socketFolder: string; remove: () => void } {
  if (Buffer.byteLength(join(folder, SOCKET_NAME)) <= SOCKET_PATH_MAX_BYTES) return { socketFolder: folder, remove: () => undefined };
  const base = Buffer.byteLength(tmpdir()) < SOCKET_PATH_MAX_BYTES / 2 ? tmpdir() : '/tmp';
  const place = mkdtempSync(join(base, 'avopay-'));
  const link = join(place, 'pg');
  symlinkSync(folder, link);
  return { socketFolder: link, remove: () => rmSync(place, { recursive: true, force: true }) };
}

/** The first line of postmaster.pid is the process id; the file goes when the server ends in order. */
function lockedBy(folder: string): number | null {
  try {
    const pid = Number.parseInt(readFileSync(join(folder, 'postmaster.pid'), 'utf8'), 10);
    return pid > 1 ? pid : null;
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return null;
    throw error;
  }
}

/** A server's working directory is its data folder. A process id alone may have gone to another program; a dead one has no directory. */
function livesIn(folder: string, pid: number): boolean {
  if (!existsSync('/proc/self/cwd')) return send(pid, 0);
  try {
    return readlinkSync(`/proc/${pid}/cwd`) === realpathSync(folder);
  } catch {
    return false; // gone, or somebody else's
  }
}

function send(pid: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(pid, signal);
  } catch (error) {
    if (isErrno(error, 'ESRCH')) return false;
    throw error;
  }
}
