import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
/** What one process has compiled the next need not: half of the work of a start. */
const COMPILED = { NODE_COMPILE_CACHE: process.env['NODE_COMPILE_CACHE'] };

export type RunningProcess = {
  readonly pid: number;
  readonly secretKey: string;
  /** kill -9, then waits until it is gone. */
  readonly kill: () => Promise<void>;
  /** Ctrl-C; answers the exit code. */
  readonly stop: () => Promise<number | null>;
  readonly output: () => string;
};

/**
 * AvoPay as a process of its own with its embedded database and sandbox in `dataDir`; from source unless `program` names the build.
 * Without rate limits unless `limited`: tests and benchmarks pay more often from one address than any shopper. Resolves when it serves.
 */
export async function spawnAvopay(options: {
  dataDir: string;
  port: number;
  program?: string;
  limited?: boolean;
  sandboxUrl?: string;
  /** Beside these, and before them. */
  settings?: Settings;
  born?: Born;
}): Promise<RunningProcess> {
  const settings = {
    ...{ PATH: process.env['PATH'], PORT: String(options.port), DATA_DIR: options.dataDir, LOG_LEVEL: 'warn' },
    RATE_LIMITS: options.limited ? 'on' : 'off',
    ...(options.sandboxUrl === undefined ? {} : { SANDBOX_URL: options.sandboxUrl }),
    ...options.settings,
  };
  return spawnProgram([options.program ?? 'src/main.ts'], { settings, born: options.born }, 'Ctrl-C stops it.');
}

/** One process of several, with exactly these settings. Resolves when it serves, or works. */
export function spawnRole(settings: Settings, born?: Born): Promise<RunningProcess> {
  const isSandbox = (settings['NETWORK'] ?? 'sandbox') === 'sandbox';
  const ready = settings['ROLE'] === 'worker' ? 'AvoPay works.' : isSandbox ? 'Ctrl-C stops it.' : 'AvoPay serves at';
  return spawnProgram(['src/main.ts'], { settings: { PATH: process.env['PATH'], ...settings }, born }, ready);
}

/** The sandbox alone, in a process of its own that remembers everything in `folder`. Resolves when it serves. */
export function spawnSandbox({ folder, port }: { folder: string; port: number }): Promise<RunningProcess> {
  const args = ['sandbox/main.ts', '--folder', folder, '--port', String(port)];
  return spawnProgram(args, { settings: { PATH: process.env['PATH'] } }, 'AvoPay plays here');
}

type Settings = { readonly [name: string]: string | undefined };
/** Told of the process before it serves: for whoever may have to end it in the middle of its start. */
type Born = (child: ChildProcess) => void;

/** Resolves once it has printed `ready`. */
async function spawnProgram(
  args: readonly string[],
  { settings, born }: { settings: Settings; born?: Born | undefined },
  ready: string,
): Promise<RunningProcess> {
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', ...args], {
    cwd: ROOT,
    env: { ...COMPILED, ...settings },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  born?.(child);
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk: Buffer) => (output += chunk.toString()));
  await serving(child, { output: () => output, ready });
  const ended = once(child, 'exit');
  return {
    pid: child.pid ?? 0,
    secretKey: /ak_live_[0-9A-Za-z]+/.exec(output)?.[0] ?? '',
    output: () => output,
    kill: async () => {
      child.kill('SIGKILL');
      await ended;
    },
    stop: async () => {
      child.kill('SIGINT');
      const [code] = await ended;
      return code;
    },
  };
}

function serving(child: ChildProcess, { output, ready }: { output: () => string; ready: string }): Promise<void> {
  return new Promise((resolve, reject) => {
    child.stdout?.on('data', () => {
      if (output().includes(ready)) resolve();
    });
    child.once('exit', (code) => reject(new Error(`AvoPay ended with ${code}:\n${output()}`)));
  });
}

/** Below the ports that systems give to outgoing connections: one of those, or another listener on port 0, cannot take it meanwhile. */
const PORT_LEAST = 20_000;
const PORTS = 12_000;

/** A port of the loopback that nobody listens on, for a process that is told its port. */
export async function freePort(): Promise<number> {
  const port = PORT_LEAST + randomInt(PORTS);
  const server = createServer();
  const isFree = await new Promise<boolean>((resolve) => {
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => resolve(true));
  });
  if (!isFree) return freePort();
  await new Promise((resolve) => server.close(resolve));
  return port;
}
