import type { SandboxAccount } from '../../sandbox/start-sandbox.ts';
import type { Json } from '../support/json.ts';
import type { FaultProxy } from './fault-proxy.ts';
import type { MortalNode } from './mortal-node.ts';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { serveControl } from '../../sandbox/link/serve-control.ts';
import { startSandbox } from '../../sandbox/start-sandbox.ts';
import { freePort, spawnAvopay, spawnRole } from '../../scripts/spawn-server.ts';
import { runningDatabase, startDatabaseServer } from '../../src/database-server.ts';
import { makeLog } from '../../src/lib/log.ts';
import { systemClock } from '../../src/lib/time.ts';
import { livePostmaster } from '../../src/postmaster-folder.ts';
import { callJson, eventually } from '../support/avopay.ts';
import { startRedis } from '../support/redis.ts';
import { SHARED_KEYS } from '../support/second-server.ts';
import { startFaultProxy } from './fault-proxy.ts';
import { keepUp } from './mortal-node.ts';

/** AvoPay in several processes, or in one with its embedded database, between far sides that this process keeps alive. */
export type ChaosWorld = {
  readonly nodes: readonly MortalNode[];
  /** Those that can be paused while another goes on in their place. */
  readonly pausable: readonly MortalNode[];
  readonly proxies: readonly FaultProxy[];
  readonly urls: readonly string[];
  readonly demo: SandboxAccount;
  /** Past the proxy. */
  readonly connectionString: string;
  readonly chainUrl: string;
  readonly sandbox: (method: string, path: string, body?: unknown) => Promise<Json>;
  /** SIGQUIT to the postmaster: it stops at once, without a word to the disk. False: none ran. It is started again by whoever owns it. */
  readonly stopDatabase: () => boolean;
  readonly stop: () => Promise<void>;
};

/** Nobody's payment may end because the clock was moved for somebody's lease. */
const PAYMENT_TTL_SECONDS = 43_200;
const UP_WITHIN_MS = 180_000;

export async function openChaosWorld({ isEmbedded, hasRedis }: { isEmbedded: boolean; hasRedis: boolean }): Promise<ChaosWorld> {
  const stops: (() => Promise<unknown>)[] = [];
  const stop = async () => {
    for (const end of stops.splice(0).reverse()) await end();
  };
  try {
    return { ...(await build({ isEmbedded, hasRedis, stops })), stop };
  } catch (fault) {
    await stop();
    throw fault;
  }
}

type Plan = { readonly isEmbedded: boolean; readonly hasRedis: boolean; readonly stops: (() => Promise<unknown>)[] };

async function build({ isEmbedded, hasRedis, stops }: Plan): Promise<Omit<ChaosWorld, 'stop'>> {
  const folder = await mkdtemp(join(tmpdir(), 'avopay-chaos-'));
  stops.push(() => rm(folder, { recursive: true, force: true }));
  await chmod(folder, 0o711); // the database runs as another user below it
  const far = await startFar(folder, stops);
  const proxied = async (name: string, target: Parameters<typeof startFaultProxy>[1]) => {
    const proxy = await startFaultProxy(name, target);
    stops.push(proxy.close);
    return proxy;
  };
  const provider = await proxied('provider', { host: '127.0.0.1', port: Number(new URL(far.providerUrl).port) });
  const settings = {
    ...{ SANDBOX_URL: far.url, SANDBOX_BIND: 'any', SWAP_PROVIDERS: `sandbox=${through(far.providerUrl, provider.port)}` },
    ...{ PAYMENT_TTL_SECONDS: String(PAYMENT_TTL_SECONDS), RATE_LIMITS: 'off', BILLING: 'off', LOG_LEVEL: 'error', ...SHARED_KEYS },
  };
  const place: Place = { folder, stops, proxied, settings };
  const parts = isEmbedded ? await openEmbedded(place) : await openServed(place, hasRedis);
  await eventually(async () => parts.nodes.every(({ isUp }) => isUp()), UP_WITHIN_MS);
  const { demo } = await far.ask('GET', '');
  const postgres = { folder: join(folder, 'postgres') };
  return {
    ...{ ...parts, demo, proxies: [provider, ...parts.proxies], chainUrl: far.chainUrl, sandbox: far.ask },
    stopDatabase: () => {
      const pid = livePostmaster(postgres);
      return pid !== null && process.kill(pid, 'SIGQUIT');
    },
  };
}

async function startFar(folder: string, stops: Plan['stops']) {
  const log = makeLog('silent');
  const sandbox = await startSandbox({ folder: join(folder, 'far'), baseClock: systemClock, network: 'regtest', log });
  stops.push(() => sandbox.close());
  const control = await serveControl(sandbox, { host: '127.0.0.1', port: 0, isOpen: true, log });
  stops.push(() => control.close());
  return {
    ...{ url: control.url, providerUrl: sandbox.providerUrl, chainUrl: sandbox.chainUrl },
    ask: async (method: string, path: string, body?: unknown): Promise<Json> => {
      const reply = await callJson(`${control.url}/sandbox${path}`, { method, body, key: null, headers: {} });
      if (reply.status >= 300) throw new Error(`${method} /sandbox${path}: ${reply.text}`);
      return reply.body;
    },
  };
}

type Place = {
  readonly folder: string;
  readonly stops: Plan['stops'];
  readonly proxied: (name: string, target: Parameters<typeof startFaultProxy>[1]) => Promise<FaultProxy>;
  readonly settings: Record<string, string>;
};
type Parts = Pick<ChaosWorld, 'nodes' | 'pausable' | 'urls' | 'connectionString' | 'proxies'>;

/** One process with everything in it, and the PostgreSQL that it keeps itself. */
async function openEmbedded({ folder, stops, settings }: Place): Promise<Parts> {
  const port = await freePort();
  const node = keepUp('avopay', (born) => spawnAvopay({ dataDir: folder, port, settings, born }));
  stops.push(node.stop);
  await eventually(async () => node.isUp(), UP_WITHIN_MS);
  const { connectionString, remove } = runningDatabase(folder);
  stops.push(async () => remove());
  return { nodes: [node], pausable: [], urls: [`http://127.0.0.1:${port}`], connectionString, proxies: [] };
}

/** Two api processes and two workers, or without Redis two whole servers, on one PostgreSQL that this process keeps up. */
async function openServed({ folder, stops, proxied, settings }: Place, hasRedis: boolean): Promise<Parts> {
  const server = await startDatabaseServer({ dataDir: folder, log: makeLog('silent') });
  stops.push(server.stop);
  const socket = new URL(server.connectionString).searchParams.get('host') ?? '';
  const proxies = [await proxied('database', { path: `${socket}/.s.PGSQL.5432` })];
  const shared: Record<string, string> = { ...settings, DATA_DIR: folder };
  if (hasRedis) {
    const redis = await startRedis();
    stops.push(redis.stop);
    const proxy = await proxied('redis', { host: '127.0.0.1', port: redis.port });
    proxies.push(proxy);
    shared['REDIS_URL'] = `redis://127.0.0.1:${proxy.port}`;
  }
  const roles = hasRedis ? (['api', 'api', 'worker', 'worker'] as const) : (['all', 'all'] as const);
  const ports = await Promise.all(roles.map(freePort));
  const nodes: MortalNode[] = [];
  for (const [at, role] of roles.entries()) {
    const name = `${role}-${at}`;
    const database = `postgresql://avopay@127.0.0.1:${proxies[0]?.port}/avopay?application_name=${name}`;
    const own = { ROLE: role, PORT: String(ports[at]), DATABASE_URL: database, ...shared };
    const node = keepUp(name, (born) => spawnRole(own, born));
    stops.push(node.stop);
    nodes.push(node);
    if (at === 0) await eventually(async () => node.isUp(), UP_WITHIN_MS); // the first one makes the demo account
  }
  const isServing = (name: string) => !name.startsWith('worker');
  const urls = nodes.flatMap(({ name }, at) => (isServing(name) ? [`http://127.0.0.1:${ports[at]}`] : []));
  const pausable = hasRedis ? nodes.filter(({ name }) => !isServing(name)) : nodes.slice(1);
  return { nodes, pausable, urls, connectionString: server.connectionString, proxies };
}

function through(url: string, port: number): string {
  const changed = new URL(url);
  changed.port = String(port);
  return String(changed).replace(/\/$/, '');
}
