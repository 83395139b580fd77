import type { Config } from '../../src/config.ts';
import type { SandboxAccount } from '../../sandbox/start-sandbox.ts';
import type { Log, LogFacts } from '../../src/lib/log.ts';
import type { Json } from './json.ts';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { freePort } from '../../scripts/spawn-server.ts';
import { readConfig, SETTINGS } from '../../src/config.ts';
import { makeLog } from '../../src/lib/log.ts';
import { start } from '../../src/start.ts';
import { freshDatabase } from './database.ts';

export type JsonReply = { readonly status: number; readonly headers: Headers; readonly text: string; readonly body: Json };
export type Avopay = {
  readonly url: string;
  readonly demo: SandboxAccount;
  readonly connectionString: string;
  /** The product's own database, for a look at its rows. */
  readonly db: pg.Client;
  /** A JSON request; `key` defaults to the demo account's secret key, null sends none. */
  readonly call: (
    method: string,
    path: string,
    options?: { body?: unknown; key?: string | null; headers?: Record<string, string> },
  ) => Promise<JsonReply>;
  readonly stop: () => Promise<void>;
};

export type LogLine = { readonly level: 'info' | 'warn' | 'error'; readonly facts: LogFacts; readonly sentence: string };

/** A log that is kept in `lines`, beside the usual one. */
export function keptLog(lines: LogLine[]): Log {
  const usual = testLog();
  const at = (level: LogLine['level']) => (facts: LogFacts, sentence: string) => {
    lines.push({ level, facts, sentence });
    usual[level](facts, sentence);
  };
  return { info: at('info'), warn: at('warn'), error: at('error') };
}

function testLog(): Log {
  return makeLog((process.env['TEST_LOG'] as 'info' | undefined) ?? 'silent'); // a word for whoever looks for a fault
}

/** The whole product with its sandbox, in this process, on its own database and a free port. Without rate limits unless `settings` turns them on. */
export async function startAvopay(settings: Record<string, string> = {}, log: Log = testLog()): Promise<Avopay> {
  const database = await freshDatabase();
  const folder = await mkdtemp(join(tmpdir(), 'avopay-test-'));
  const port = await freePort();
  const environment = {
    ...{ PORT: String(port), DATA_DIR: folder, DATABASE_URL: database.connectionString, LOG_LEVEL: 'silent', RATE_LIMITS: 'off' },
    ...settings,
  };
  const running = await start(configOf(environment), log);
  if (!running.url || !running.sandbox) throw new Error('the sandbox did not start');
  const url = `http://127.0.0.1:${port}`; // whatever name PUBLIC_URL gives it
  const demo = running.sandbox.demo();
  const db = new pg.Client(database.connectionString);
  db.on('error', () => {}); // a test may take the database away under it
  await db.connect();
  return {
    url,
    demo,
    connectionString: database.connectionString,
    db,
    call: (method, path, { body, key = demo.secret_key, headers = {} } = {}) => callJson(`${url}${path}`, { method, body, key, headers }),
    stop: async () => {
      await running.stop();
      await db.end();
      await database.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** A role is taken as it is, also without the Redis that several processes must share: alone, it is a server whose jobs stand still. */
export function configOf(environment: Record<string, string>): Config {
  const { ROLE, ...others } = environment;
  const config = readConfig(others);
  if (!config.ok) throw new Error(config.error.join('; '));
  return ROLE === undefined ? config.value : { ...config.value, ROLE: SETTINGS.ROLE.parse(ROLE) };
}

export async function callJson(
  url: string,
  { method, body, key, headers }: { method: string; body: unknown; key: string | null; headers: Record<string, string> },
): Promise<JsonReply> {
  const response = await fetch(url, {
    method,
    headers: {
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...(key === null ? {} : { authorization: `Bearer ${key}` }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  const text = await response.text();
  return {
    status: response.status,
    headers: response.headers,
    text,
    body: text.startsWith('{') || text.startsWith('[') ? JSON.parse(text) : null,
  };
}

/** No claim about speed: what comes at all comes within this, also where many builds share the machine. */
const PATIENCE_MS = 100_000;
/** Asking costs the machine time that the answer may be waiting for. */
const ASK_EVERY_MS = 250;

/** Asks again until the answer is there. @throws Error after `withinMs`. */
export async function eventually<T>(ask: () => Promise<T | null | undefined | false>, withinMs = PATIENCE_MS): Promise<T> {
  const end = performance.now() + withinMs;
  for (let pauseMs = 20; ; pauseMs = Math.min(pauseMs * 1.5, ASK_EVERY_MS)) {
    const answer = await ask();
    if (answer) return answer;
    if (performance.now() > end) throw new Error(`did not happen within ${withinMs} ms`);
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
  }
}
