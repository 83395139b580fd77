// What must be true before anything of AvoPay runs: installed, generated, built. Plain JavaScript for Node 18 and later: it runs
// on whatever Node is there, before anything is installed. Each step is skipped when its inputs have not changed.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

export const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const MODULES = join(ROOT, 'node_modules');
const NODE_MAJOR = 24;
// The pages' types reach into the server's build.
const SERVER_FOLDERS = ['src', 'schema', 'subscriptions', 'rest-adapter', 'sandbox', 'web'];
const SHARED_INPUTS = ['package-lock.json', 'prisma/schema.prisma', 'tsconfig.json', 'scripts/prepare.mjs'];
/** Below these the sources do not lie. */
const NOT_SOURCES = new Set(['node_modules', 'dist', 'generated']);

/** Installs, generates and builds what is missing. Resolves to the Node that runs AvoPay. */
export async function prepare() {
  await install();
  const node = findNode();
  await once(
    'prisma/generated/.inputs',
    ['prisma/generated/client.ts'],
    ['package-lock.json', 'prisma/schema.prisma', 'scripts/generate.mjs'],
    () => run(node, ['scripts/generate.mjs'], 'generating the database client'),
  );
  await once('dist/.inputs', ['dist/main.js'], [...SHARED_INPUTS, 'scripts/bundle.mjs', ...SERVER_FOLDERS], () => {
    rmSync(join(ROOT, 'dist'), { recursive: true, force: true });
    return run(node, ['scripts/bundle.mjs'], 'building the server'); // types are judged by `npm run check`
  });
  await once('web/dist/.inputs', ['web/dist/client/manifest.json', 'web/dist/server'], [...SHARED_INPUTS, 'vite.config.ts', 'web'], () =>
    run(node, ['node_modules/vite/bin/vite.js', 'build', '--app'], 'building the pages'),
  );
  return node;
}

/** @throws when the platform has no Node of its own among the packages and the one that runs this is too old. */
export function findNode() {
  const shipped = join(MODULES, '.bin', 'node');
  if (existsSync(shipped)) return shipped;
  if (Number.parseInt(process.versions.node, 10) >= NODE_MAJOR) return process.execPath;
  throw new Error(
    `AvoPay runs on Node ${NODE_MAJOR} or later. On this platform (${process.platform}-${process.arch}) it does not come with one: ` +
      `install Node ${NODE_MAJOR} and put it first on the PATH (this is Node ${process.versions.node}).`,
  );
}

/** The environment in which every tool finds the packages' programs, and the right Node, first. */
export function environment() {
  return { ...process.env, PATH: `${join(MODULES, '.bin')}:${process.env.PATH ?? ''}` };
}

async function install() {
  const stamp = join(MODULES, '.avopay-installed');
  const wanted = hashOf(['package-lock.json']);
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return;
  if (!installedByHand()) {
    process.stdout.write('installing packages ...\n');
    const npm = process.env.npm_execpath;
    const options = ['ci', '--no-audit', '--no-fund', '--loglevel=error'];
    // npm's own Node may be older than the packages want; nothing of them runs on it.
    await (npm ? run(process.execPath, [npm, ...options]) : run('npm', options));
  }
  writeFileSync(stamp, wanted);
}

/** npm writes its hidden lockfile at the end of an install: newer than ours, it has seen ours. */
function installedByHand() {
  const theirs = statSync(join(MODULES, '.package-lock.json'), { throwIfNoEntry: false });
  return theirs !== undefined && theirs.mtimeMs >= statSync(join(ROOT, 'package-lock.json')).mtimeMs;
}

/** Does `work` unless its results are there and were made from the same inputs. */
async function once(stampPath, results, inputs, work) {
  const stamp = join(ROOT, stampPath);
  const wanted = hashOf(inputs);
  const isThere = results.every((path) => existsSync(join(ROOT, path)));
  if (isThere && existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return;
  rmSync(stamp, { force: true });
  await work();
  mkdirSync(dirname(stamp), { recursive: true });
  writeFileSync(stamp, wanted);
}

function hashOf(inputs) {
  const hash = createHash('sha256');
  for (const file of inputs.flatMap((input) => filesUnder(join(ROOT, input)))) {
    hash.update(relative(ROOT, file)).update('\0').update(readFileSync(file)).update('\0');
  }
  return hash.digest('hex');
}

function filesUnder(path) {
  const found = statSync(path, { throwIfNoEntry: false });
  if (!found) return [];
  if (!found.isDirectory()) return [path];
  const names = readdirSync(path).filter((name) => !NOT_SOURCES.has(name));
  return names.sort().flatMap((name) => filesUnder(join(path, name)));
}

/** Runs a step to its end; Ctrl-C and kill end it too, so that nothing of it runs on. */
export function run(command, args, title) {
  if (title) process.stdout.write(`${title} ...\n`);
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd: ROOT, stdio: 'inherit', env: environment() });
    const release = forwardSignals(child);
    child.once('error', reject);
    child.once('close', (code, signal) => {
      const stoppedBy = release();
      if (stoppedBy !== null) process.exit(128 + (stoppedBy === 'SIGINT' ? 2 : 15));
      if (code === 0) resolve();
      else reject(new Error(`${title ?? command} failed (${signal ?? `exit code ${code}`})`));
    });
  });
}

/** Hands what asks us to stop on to the child. Returns a function that ends this and tells which signal came, if any. */
export function forwardSignals(child) {
  let came = null;
  const handlers = ['SIGINT', 'SIGTERM', 'SIGHUP'].map((signal) => {
    const handler = () => {
      came = signal;
      child.kill(signal === 'SIGHUP' ? 'SIGTERM' : signal);
    };
    process.on(signal, handler);
    return [signal, handler];
  });
  return () => {
    for (const [signal, handler] of handlers) process.off(signal, handler);
    return came;
  };
}

/** The outermost: a failed step is one plain sentence, never a stack. */
export async function main(work) {
  try {
    process.exitCode = await work();
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  }
}
