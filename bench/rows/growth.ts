import type { Database } from '../../src/lib/database.ts';
import type { HttpLoad, Served } from '../http-load.ts';
import type { Part, Row } from '../report.ts';
import type { Shop, World } from '../world.ts';
import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { encodeCursor } from '../../schema/cursor.ts';
import { openDatabase } from '../../src/open-database.ts';
import { findAddressesByScript } from '../../src/wallets/direct-lease-store.ts';
import { grow, grownAt, grownId } from '../grow.ts';
import { median } from '../rounds.ts';
import { headersOf } from '../world.ts';

const STEP = 10;
/** Transactions looked at in one measurement; each has three outputs, none of them ours. */
const TRANSACTIONS = 200;
const WORKS = ['read', 'create', 'list, first page', 'list, deep page', 'watch'] as const;

/** What one call takes, in ms, at a number of payments and addresses. */
type Step = { readonly payments: number } & { readonly [Work in (typeof WORKS)[number]]: number };

/** The same work at more and more payments and leased addresses; the figures are the last step over the first. */
export async function measureGrowth(world: World): Promise<Part> {
  const { sizes } = world;
  const shop = await world.own();
  const pool = new pg.Pool({ connectionString: shop.connectionString, max: 1 });
  const { database, close } = openDatabase({ connectionString: shop.connectionString, max: 1 });
  const steps: Step[] = [];
  let from = 0;
  for (let payments: number = sizes.GROWTH_MIN; payments <= sizes.GROWTH_MAX; payments *= STEP) {
    await grow(pool, { accountId: shop.accountId, from, to: payments });
    steps.push(await measureStep(world, { shop, database, payments }));
    from = payments;
  }
  await close();
  await pool.end();
  await shop.stop();
  const [first, last] = [steps[0], steps.at(-1)];
  if (!first || !last) throw new Error('GROWTH_MIN is above GROWTH_MAX');
  const over = (work: (typeof WORKS)[number]) => last[work] / first[work];
  const rowOf = (work: (typeof WORKS)[number], { payments, [work]: ours }: Step): Row => {
    return { row: 'growth', work: `${work} at ${payments}`, unit: 'ms', ours, baselines: { [`at ${first.payments}`]: first[work] } };
  };
  return {
    rows: WORKS.flatMap((work) => steps.map((step) => rowOf(work, step))),
    figures: {
      growth_read: over('read'),
      growth_create: over('create'),
      growth_list: Math.max(over('list, first page'), over('list, deep page')),
      growth_watch: over('watch'),
    },
  };
}

type At = { readonly shop: Shop; readonly database: Database; readonly payments: number };

async function measureStep(world: World, { shop, database, payments }: At): Promise<Step> {
  const { sizes, load } = world;
  const p50 = async (one: Pick<HttpLoad, 'method' | 'status' | 'url' | 'paths' | 'bodies'>) => {
    const common = { connections: 1, ms: sizes.SLICE_MS, headers: headersOf(shop.secretKey) };
    const rounds: number[] = [];
    for (let round = 0; round < sizes.ROUNDS; round++) rounds.push((await load.ask<Served>('http', { ...common, ...one })).p50Ms);
    return median(rounds);
  };
  const url = `${shop.url}/api/v1/payments`;
  const page = `query($after: String) { payments(first: 50, after: $after) { edges { node { id status amountSats } } pageInfo { endCursor } } }`;
  const middlePlace = Math.ceil(payments / 2);
  const deep = encodeCursor({ createdAt: grownAt(middlePlace), id: grownId(middlePlace) }, `${shop.accountId} payments`);
  const list = (after: string | null) => {
    const bodies = [JSON.stringify({ query: page, variables: { after } })];
    return p50({ url: `${shop.url}/graphql`, method: 'POST', status: 200, bodies });
  };
  const ids = Array.from({ length: 100 }, (_, place) => grownId(1 + Math.floor((place * payments) / 100)));
  return {
    payments,
    read: await p50({ url, method: 'GET', status: 200, paths: ids.map((id) => `/api/v1/payments/${id}`) }),
    create: await p50({ url, method: 'POST', status: 201, bodies: [JSON.stringify({ amount: 49.99, currency: 'EUR' })] }),
    'list, first page': await list(null),
    'list, deep page': await list(deep),
    watch: await watch(database),
  };
}

/** Whether a transaction's outputs are ours: asked for every one that the network sees. */
async function watch(database: Database): Promise<number> {
  const tookMs: number[] = [];
  for (let turn = 0; turn < TRANSACTIONS; turn++) {
    const scripts = Array.from({ length: 3 }, () => randomBytes(22));
    const startedMs = performance.now();
    await findAddressesByScript(database, scripts);
    tookMs.push(performance.now() - startedMs);
  }
  return median(tookMs);
}
