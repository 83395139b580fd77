import type { Database } from '../../src/lib/database.ts';
import type { HttpLoad, Served } from '../http-load.ts';
import type { Part, Row } from '../report.ts';
import type { Rounds } from '../rounds.ts';
import type { Shop, World } from '../world.ts';
import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { encodeCursor } from '../../schema/cursor.ts';
import { openDatabase } from '../../src/open-database.ts';
import { findAddressesByScript } from '../../src/wallets/direct-lease-store.ts';
import { comeToRest, grow, grownAt, grownId } from '../grow.ts';
import { alternate, median, middle, ratio } from '../rounds.ts';
import { headersOf } from '../world.ts';

const STEP = 10;
/** Transactions looked at in one round; each has three outputs, none of them ours. */
const TRANSACTIONS = 3_000;
/** In this order: the looks at transactions come first, before the others' pages take the room of the index. */
const WORKS = ['watch', 'watch, among ours', 'read', 'create', 'list, first page', 'list, deep page'] as const;
type Work = (typeof WORKS)[number];

/** A shop of its own with so many payments and leased addresses. */
type Step = { readonly payments: number; readonly name: string; readonly shop: Shop; readonly database: Database };

/**
 * The same work at more and more payments and leased addresses; the figures are the last step over the first. Each step has a shop and a
 * database of its own, so that they can be measured in turn: what else the machine and PostgreSQL do slows all of them alike.
 */
export async function measureGrowth(world: World): Promise<Part> {
  const { sizes } = world;
  const steps: (Step & { readonly close: () => Promise<void> })[] = [];
  const grown = new Map<string, number>();
  for (let payments: number = sizes.GROWTH_MIN; payments <= sizes.GROWTH_MAX; payments *= STEP) {
    steps.push(await grownShop(await world.own(), payments, grown));
  }
  const [first, last] = [steps[0], steps.at(-1)];
  if (!first || !last) throw new Error('GROWTH_MIN is above GROWTH_MAX');
  const measured = new Map<Work, Rounds>();
  for (const work of WORKS) {
    const contenders = steps.map((step) => ({ name: step.name, measure: () => WORK[work](world, step) }));
    measured.set(work, await alternate(contenders, sizes.ROUNDS));
  }
  for (const { close } of steps) await close();
  const roundsOf = (work: Work): Rounds => measured.get(work) ?? new Map();
  const over = (work: Work) => ratio(roundsOf(work), last.name, first.name);
  const rowOf = (work: Work, { name }: Step): Row => {
    const baselines = { [`at ${first.name}`]: middle(roundsOf(work), first.name) };
    return { row: 'growth', work: `${work} at ${name}`, unit: 'ms', ours: middle(roundsOf(work), name), baselines };
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

/** `grown`: how many payments each database has already; there is but one where all rows share a server. */
async function grownShop(shop: Shop, payments: number, grown: Map<string, number>) {
  const { connectionString, accountId } = shop;
  const pool = new pg.Pool({ connectionString, max: 1 });
  await grow(pool, { accountId, from: grown.get(connectionString) ?? 0, to: payments });
  await comeToRest(pool);
  await pool.end();
  grown.set(connectionString, payments);
  const { database, close } = openDatabase({ connectionString, max: 1 });
  const end = async () => {
    await close();
    await shop.stop();
  };
  return { payments, name: String(payments), shop, database, close: end };
}

type Asked = Pick<HttpLoad, 'method' | 'status' | 'url' | 'paths' | 'bodies'>;

/** What one request takes at a step, in ms. */
async function p50({ sizes, load }: World, { shop }: Step, asked: Asked): Promise<number> {
  const common = { connections: 1, ms: sizes.SLICE_MS, headers: headersOf(shop.secretKey) };
  return (await load.ask<Served>('http', { ...common, ...asked })).p50Ms;
}

/** TABLE: each work once, in ms. */
const WORK: { readonly [Name in Work]: (world: World, step: Step) => Promise<number> } = {
  read: (world, step) => p50(world, step, { url: paymentsAt(step), method: 'GET', status: 200, paths: pathsAt(step) }),
  create: (world, step) => {
    const bodies = [JSON.stringify({ amount: 49.99, currency: 'EUR' })];
    return p50(world, step, { url: paymentsAt(step), method: 'POST', status: 201, bodies });
  },
  'list, first page': (world, step) => list(world, step, null),
  'list, deep page': (world, step) => {
    const place = Math.ceil(step.payments / 2);
    return list(world, step, encodeCursor({ createdAt: grownAt(place), id: grownId(place) }, `${step.shop.accountId} payments`));
  },
  watch: (_, { database }) => watch(database, () => randomBytes(22)),
  'watch, among ours': (_, { database }) => watch(database, () => Buffer.concat([KIND, randomBytes(20)])),
};

function paymentsAt({ shop }: Step): string {
  return `${shop.url}/api/v1/payments`;
}

function pathsAt({ payments }: Step): readonly string[] {
  return Array.from({ length: 100 }, (_, place) => `/api/v1/payments/${grownId(1 + Math.floor((place * payments) / 100))}`);
}

function list(world: World, step: Step, after: string | null): Promise<number> {
  const query = `query($after: String) { payments(first: 50, after: $after) { edges { node { id status amountSats } } pageInfo { endCursor } } }`;
  const bodies = [JSON.stringify({ query, variables: { after } })];
  return p50(world, step, { url: `${step.shop.url}/graphql`, method: 'POST', status: 200, bodies });
}

/** Whether a transaction's outputs are ours: asked for every one that the network sees. */
async function watch(database: Database, makeScript: () => Uint8Array): Promise<number> {
  const tookMs: number[] = [];
  for (let turn = 0; turn < TRANSACTIONS; turn++) {
    const scripts = Array.from({ length: 3 }, makeScript);
    const startedMs = performance.now();
    await findAddressesByScript(database, scripts);
    tookMs.push(performance.now() - startedMs);
  }
  return median(tookMs);
}

/** How scripts of the grown addresses begin: others of their kind lie among them in the index, each on a page of its own. */
const KIND = Buffer.from('0014', 'hex');
