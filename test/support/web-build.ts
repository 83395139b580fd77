import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

const ROOT = join(import.meta.dirname, '..', '..');
const BUILT = join(ROOT, 'web', 'dist', 'server', 'render.js');
const LOCK = join(ROOT, '.tmp', 'web-build.lock');
/** A build takes about a second; a lock older than this belongs to a process that died. */
const LOCK_STALE_MS = 60_000;

/** Builds the pages unless `web/dist` is newer than their sources. Test files that run at the same time wait for one build. */
export async function ensureWebBuilt(): Promise<void> {
  mkdirSync(join(ROOT, '.tmp'), { recursive: true });
  while (!takeLock()) await new Promise((resolve) => setTimeout(resolve, 100));
  try {
    if (isFresh()) return;
    const vite = join(ROOT, 'node_modules', 'vite', 'bin', 'vite.js');
    await promisify(execFile)(process.execPath, [vite, 'build', '--app'], { cwd: ROOT, env: { ...process.env, NODE_ENV: 'production' } }); // what is tested is what is shipped
  } finally {
    rmSync(LOCK, { recursive: true, force: true });
  }
}

function takeLock(): boolean {
  try {
    mkdirSync(LOCK);
    return true;
  } catch {
    // Somebody builds. A folder that is gone again by now is free at the next try.
    const lock = statSync(LOCK, { throwIfNoEntry: false });
    if (lock && performance.timeOrigin + performance.now() - lock.mtimeMs > LOCK_STALE_MS) rmSync(LOCK, { recursive: true, force: true });
    return false;
  }
}

function isFresh(): boolean {
  if (!existsSync(BUILT)) return false;
  const sources = readdirSync(join(ROOT, 'web'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => !path.startsWith(join(ROOT, 'web', 'dist')));
  const built = statSync(BUILT).mtimeMs;
  return [...sources, join(ROOT, 'vite.config.ts')].every((path) => statSync(path).mtimeMs < built);
}
