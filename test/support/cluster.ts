import type { RunningProcess } from '../../scripts/spawn-server.ts';
import type { SandboxAccount } from '../../sandbox/start-sandbox.ts';
import type { Json } from './json.ts';
import type { Avopay, JsonReply } from './avopay.ts';
import type { RoundRobin } from './round-robin.ts';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { serveControl } from '../../sandbox/link/serve-control.ts';
import { startSandbox } from '../../sandbox/start-sandbox.ts';
import { freePort, spawnRole } from '../../scripts/spawn-server.ts';
import { makeLog } from '../../src/lib/log.ts';
import { systemClock } from '../../src/lib/time.ts';
import { callJson, eventually } from './avopay.ts';
import { freshDatabase } from './database.ts';
import { startRedis } from './redis.ts';
import { startRoundRobin } from './round-robin.ts';
import { SHARED_KEYS } from './second-server.ts';

export type Node = {
  readonly role: 'api' | 'worker';
  readonly url: string;
  readonly metricsUrl: string;
  /** What it has printed since it was started last. */
  readonly output: () => string;
  readonly call: Avopay['call'];
  readonly start: () => Promise<void>;
  /** Ctrl-C; answers the exit code. */
  readonly stop: () => Promise<number | null>;
  /** kill -9. */
  readonly kill: () => Promise<void>;
};

/** Two api processes and two workers on one PostgreSQL and one Redis, behind a proxy, with a sandbox outside of them all. */
export type Cluster = {
  readonly apis: readonly [Node, Node];
  readonly workers: readonly [Node, Node];
  readonly proxy: RoundRobin;
  readonly demo: SandboxAccount;
  readonly connectionString: string;
  /** Through the proxy. */
  readonly call: Avopay['call'];
  readonly sandbox: (method: string, path: string, body?: unknown) => Promise<Json>;
  readonly stopRedis: () => Promise<void>;
  readonly startRedis: () => Promise<void>;
  readonly stop: () => Promise<void>;
};

/** How long a server goes on serving after it has said that it stops: ten looks of the proxy. */
export const DRAIN_SECONDS = 1;

export async function startCluster(settings: Record<string, string> = {}): Promise<Cluster> {
  const [database, folder, ...ports] = await Promise.all([
    freshDatabase(),
    mkdtemp(join(tmpdir(), 'avopay-cluster-')),
    ...Array.from({ length: 7 }, freePort),
  ]);
  const log = makeLog('silent');
  const sandbox = await startSandbox({ folder: join(folder, 'sandbox'), baseClock: systemClock, network: 'regtest', log });
  const control = await serveControl(sandbox, { host: '127.0.0.1', port: 0, log });
  let redis = await startRedis();
  const proxyPort = ports[6] ?? 0;
  const shared = {
    ...{ SANDBOX_URL: control.url, SANDBOX_BIND: 'any', DATABASE_URL: database.connectionString, REDIS_URL: redis.url, DATA_DIR: folder },
    ...{ PUBLIC_URL: `http://localhost:${proxyPort}`, TRUSTED_PROXIES: '1', DRAIN_SECONDS: String(DRAIN_SECONDS), LOG_LEVEL: 'info' },
    ...SHARED_KEYS,
    ...settings,
  };
  const node = (role: Node['role'], at: number) =>
    nodeOf({ role, port: ports[at] ?? 0, metricsPort: ports[role === 'worker' ? at : at + 4] ?? 0, shared });
  const apis = [node('api', 0), node('api', 1)] as const;
  const workers = [node('worker', 2), node('worker', 3)] as const;
  await Promise.all([...apis, ...workers].map((one) => one.start()));
  const proxy = await startRoundRobin(ports.slice(0, 2), proxyPort);
  const world = await apis[0].call('GET', '/sandbox', { key: null });
  const demo: SandboxAccount = world.body.demo;
  const call: Avopay['call'] = (method, path, { body, key = demo.secret_key, headers = {} } = {}) =>
    callJson(`${proxy.url}${path}`, { method, body, key, headers });
  for (const one of apis) Object.assign(one, { call: callerOf(one.url, demo.secret_key) });
  return {
    ...{ apis, workers, proxy, demo, call, connectionString: database.connectionString },
    sandbox: async (method, path, body) => must(await callJson(`${control.url}/sandbox${path}`, { method, body, key: null, headers: {} })),
    stopRedis: () => redis.stop(),
    startRedis: async () => {
      redis = await startRedis(redis.port);
    },
    stop: async () => {
      proxy.close();
      await Promise.all([...apis, ...workers].map((one) => one.stop()));
      await redis.stop();
      await control.close();
      await sandbox.close();
      await database.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function must(reply: JsonReply): Json {
  if (reply.status >= 300) throw new Error(reply.text);
  return reply.body;
}

const callerOf =
  (url: string, secretKey: string): Avopay['call'] =>
  (method, path, { body, key = secretKey, headers = {} } = {}) =>
    callJson(`${url}${path}`, { method, body, key, headers });

type NodePlan = { role: Node['role']; port: number; metricsPort: number; shared: Record<string, string> };

function nodeOf({ role, port, metricsPort, shared }: NodePlan): Node {
  let running: RunningProcess | null = null;
  const url = `http://127.0.0.1:${port}`;
  const end = async <T>(how: (one: RunningProcess) => Promise<T>): Promise<T | null> => {
    const one = running;
    running = null;
    return one ? how(one) : null;
  };
  return {
    ...{ role, url, metricsUrl: `http://127.0.0.1:${metricsPort}`, call: callerOf(url, '') },
    output: () => running?.output() ?? '',
    start: async () => {
      running = await spawnRole({ ...shared, ROLE: role, PORT: String(port), METRICS_PORT: String(metricsPort) });
    },
    stop: () => end((one) => one.stop()),
    kill: async () => void (await end((one) => one.kill())),
  };
}

/** The worker that follows the chain: it took the newest fence, above `after`. */
export function follower({ workers }: Cluster, after = 0): Promise<{ readonly node: Node; readonly fence: number }> {
  const fenceOf = (node: Node) => {
    const taken = [...node.output().matchAll(/"fence":(\d+),"msg":"this process follows the chain"/g)];
    return Math.max(0, ...taken.map(([, fence]) => Number(fence)));
  };
  return eventually(async () => {
    const [newest] = workers.map((node) => ({ node, fence: fenceOf(node) })).sort((left, right) => right.fence - left.fence);
    return newest && newest.fence > after && newest;
  });
}
