import type { Child } from './child.ts';
import type { Sizes } from './sizes.ts';
import { chmodSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { freePort } from '../scripts/spawn-server.ts';
import { startDatabaseServer } from '../src/database-server.ts';
import { makeApiKey } from '../src/accounts/api-key.ts';
import { toHex } from '../src/lib/bytes.ts';
import { makeLog } from '../src/lib/log.ts';
import { systemRandom } from '../src/lib/random.ts';
import { makeSealer } from '../src/lib/sealed.ts';
import { Secret } from '../src/lib/secret.ts';
import { PAID_TABLE } from './baselines/checkout.ts';
import { startChild } from './child.ts';

/** What every row measures in: one PostgreSQL that waits for the disk, a sandbox, a provider of constant cost, AvoPay, and the load. */
export type World = {
  readonly sizes: Sizes;
  readonly database: pg.Pool;
  readonly connectionString: string;
  readonly avopay: Shop;
  readonly load: Child;
  readonly providerUrl: string;
  readonly sandboxUrl: string;
  /** The provider that really locks up: its API (`/v2`). */
  readonly sandboxProviderUrl: string;
  /** A server that AvoPay is compared with: a file of `baselines`, started when it is first asked for. */
  readonly baseline: (file: string) => Promise<Served>;
  /** The same in a process of its own, to be stopped by whoever starts it. */
  readonly freshBaseline: (file: string) => Promise<Served>;
  /** An AvoPay whose memory and database nobody else has used: for one row; where time is short, the one of all rows. */
  readonly own: () => Promise<Shop>;
  /** Another AvoPay, on a database of its own, to be stopped by whoever starts it. */
  readonly another: (settings?: { readonly [name: string]: string }) => Promise<Shop>;
  readonly stop: () => Promise<void>;
};
export type Served = Child & { readonly url: string };
export type Shop = Served & {
  readonly secretKey: string;
  readonly testKey: string;
  readonly accountId: string;
  readonly connectionString: string;
};

/** The build, as `npm start` runs it, or the sources where nothing was built. */
export const PROGRAM = existsSync('dist/main.js') ? 'dist/main.js' : 'src/main.ts';
/** As `npm start` and the image give it to Node (scripts/run-server.mjs). */
const NODE_FLAGS = ['--max-semi-space-size=8', '--v8-pool-size=0'];
export const PROBE = ['--expose-gc', '--import', './bench/probe.ts'];
/** Where AvoPay's processor profiles are written, to be opened in a browser's developer tools; nowhere without it. */
const PROFILE = process.env['PROFILE'] ? ['--cpu-prof', `--cpu-prof-dir=${process.env['PROFILE']}`] : [];
/** `SHARED=yes`: one server for all rows, to save their starts. Their figures are then of no worth. */
const SHARED = process.env['SHARED'] === 'yes';
const HEX_KEY = toHex(systemRandom(32));
const SEED = toHex(systemRandom(32));
const TEST_KEY = makeApiKey('secret', 'test', systemRandom).reveal();

export async function startWorld(sizes: Sizes): Promise<World> {
  const folder = mkdtempSync(join(tmpdir(), 'avopay-bench-'));
  chmodSync(folder, 0o711); // the database runs as another user below it
  const stops: (() => Promise<unknown>)[] = [async () => rmSync(folder, { recursive: true, force: true })];
  const started = async (child: Promise<Child>) => {
    const running = await child;
    stops.push(running.stop);
    return running;
  };
  const server = await startDatabaseServer({ dataDir: folder, log: makeLog('error') });
  stops.push(server.stop);
  const database = new pg.Pool({ connectionString: server.connectionString });
  database.on('error', () => {}); // the server stops before the pool when the run breaks off
  stops.push(() => database.end());
  const load = await started(startChild(['bench/load.ts'], { core: 'load' }));
  const sandboxArgs = [
    '--import',
    './bench/probe.ts',
    'sandbox/main.ts',
    '--folder',
    join(folder, 'far'),
    '--port',
    String(await freePort()),
  ];
  const sandbox = await started(startChild(sandboxArgs, { core: 'load', ready: 'SANDBOX_URL' }));
  const sandboxUrl = /SANDBOX_URL=(\S+)/.exec(sandbox.output())?.[1] ?? '';
  const sandboxProviderUrl = /provider +(\S+)/.exec(sandbox.output())?.[1] ?? '';
  const tip = await (await fetch(`${/chain +(\S+)/.exec(sandbox.output())?.[1]}/blocks/tip/height`)).text();
  const stub = await started(startChild(['bench/provider-stub.ts'], { core: 'load', env: { BENCH_TIP: tip } }));
  const providerUrl = `http://127.0.0.1:${await stub.ask<number>('port')}/v2`;
  const place = { folder, sandboxUrl, server: server.connectionString, stops };
  const avopay = await startShop({ ...place, name: 'avopay' }, { SWAP_PROVIDERS: `stub=${providerUrl}` });
  await database.query(PAID_TABLE);
  const known = {
    ...{ BENCH_DATABASE: server.connectionString, BENCH_PROVIDER: providerUrl, BENCH_TIP: tip, SEED, SEALING_KEY: HEX_KEY },
    BENCH_KEY_HASH: Buffer.from(hashOf(avopay.secretKey)).toString('hex'),
  };
  const baselines = new Map<string, Promise<Served>>();
  const freshBaseline = async (file: string): Promise<Served> => {
    const child = await started(startChild(['--expose-gc', `bench/baselines/${file}`], { core: 'server', env: known }));
    return { ...child, url: `http://127.0.0.1:${await child.ask<number>('port')}` };
  };
  let shops = 0;
  const another = async (settings: { readonly [name: string]: string } = {}) => {
    const name = `shop${++shops}`;
    await database.query(`CREATE DATABASE ${name}`);
    return startShop({ ...place, server: server.connectionString.replace('/avopay?', `/${name}?`), name }, settings);
  };
  return {
    ...{ sizes, database, connectionString: server.connectionString, avopay, load, providerUrl, sandboxUrl, sandboxProviderUrl },
    baseline: (file) => {
      const running = baselines.get(file) ?? freshBaseline(file);
      baselines.set(file, running);
      return running;
    },
    freshBaseline,
    own: () => (SHARED ? Promise.resolve({ ...avopay, stop: async () => {} }) : another({ SWAP_PROVIDERS: `stub=${providerUrl}` })),
    another,
    stop: async () => {
      for (const stop of stops.toReversed()) await stop();
    },
  };
}

type Place = {
  readonly folder: string;
  readonly name: string;
  readonly server: string;
  readonly sandboxUrl: string;
  readonly stops: (() => Promise<unknown>)[];
};

async function startShop({ folder, name, server, sandboxUrl, stops }: Place, settings: { readonly [name: string]: string }): Promise<Shop> {
  const port = await freePort();
  const env = {
    ...{ PORT: String(port), DATA_DIR: join(folder, name), DATABASE_URL: server, SANDBOX_URL: sandboxUrl, SEED, SEALING_KEY: HEX_KEY },
    ...{ RATE_LIMITS: 'off', BILLING: 'off', LOG_LEVEL: 'error', ...settings },
  };
  const child = await startChild([...NODE_FLAGS, ...PROFILE, ...PROBE, PROGRAM], { core: 'server', env, ready: 'Ctrl-C stops it.' });
  stops.push(child.stop);
  const secretKey = /ak_live_[0-9A-Za-z]+/.exec(child.output())?.[0] ?? '';
  const accountId = await addTestKey(server, secretKey);
  return { ...child, url: `http://127.0.0.1:${port}`, secretKey, testKey: TEST_KEY, accountId, connectionString: server };
}

/** The sandbox's shop has no test key of its own. */
async function addTestKey(connectionString: string, secretKey: string): Promise<string> {
  const client = new pg.Client(connectionString);
  await client.connect();
  try {
    const { rows } = await client.query('SELECT "accountId" FROM "ApiKey" WHERE hash = $1', [hashOf(secretKey)]);
    const accountId: string = rows[0].accountId;
    const columns = 'id, "accountId", kind, mode, hash, hint, label, origins, "createdAt"';
    await client.query(`INSERT INTO "ApiKey" (${columns}) VALUES ($1, $2, 'secret', 'test', $3, 'ak_test_', 'bench', '{}', now())`, [
      ...['key_bench', accountId, hashOf(TEST_KEY)],
    ]);
    return accountId;
  } finally {
    await client.end();
  }
}

function hashOf(key: string): Uint8Array {
  return makeSealer(new Secret(Buffer.from(HEX_KEY, 'hex')), systemRandom).hash('api-key', key);
}

export const JSON_HEADERS = { 'content-type': 'application/json' };

export function headersOf(key: string): { readonly [name: string]: string } {
  return { ...JSON_HEADERS, authorization: `Bearer ${key}` };
}

/** One payment of the shop. @throws Error when it was not made. */
export async function makePayment(shop: Shop, key: string): Promise<string> {
  const body = JSON.stringify({ amount: 49.99, currency: 'EUR' });
  const answer = await fetch(`${shop.url}/api/v1/payments`, { method: 'POST', headers: headersOf(key), body });
  const reply = (await answer.json()) as { payment_id?: string }; // the documented answer
  if (!reply.payment_id) throw new Error(`no payment: ${JSON.stringify(reply)}`);
  return reply.payment_id;
}
