import type { Fired, Firing, SocketLoad } from '../socket-load.ts';
import type { Part, Row } from '../report.ts';
import type { Rounds } from '../rounds.ts';
import type { Served, Shop, World } from '../world.ts';
import { HAS_NCHAN } from '../nchan.ts';
import { alternate, middle, ratio } from '../rounds.ts';
import { headersOf, JSON_HEADERS, makePayment } from '../world.ts';

/** TABLE: sockets that are told; the last step is `SOCKETS`. */
const STEPS = [100, 1_000];
/** As many payments as sockets, up to this: what pays them takes longer than telling. */
const SPREAD_MAX = 1_000;
/** Opened and closed again before memory is read: the first sockets of a process also pay for its code. */
const WARM_SOCKETS = 50;

export const SUBSCRIBE = JSON.stringify({
  id: '1',
  type: 'subscribe',
  payload: { query: 'subscription { checkout(paymentId: "{PAYMENT}") { status } }' },
});
/** Stands in the frame that tells of a paid payment. */
export const MARK = '"PAID"';

type Side = {
  readonly name: string;
  readonly baseline: string;
  readonly server: Served;
  readonly socketUrl: string;
  readonly subscribe: string | null;
  readonly newPayment: () => Promise<string>;
  readonly pay: (id: string) => Firing['requests'][number];
};

/** From the request that makes a payment paid to the last socket that is told of it: of more and more sockets, on one payment and on many. */
export async function measurePush(world: World): Promise<Part> {
  const sides = await startSides(world);
  const memory: number[] = [];
  for (const side of sides) memory.push(await socketKib(world, side));
  const { SOCKETS } = world.sizes;
  const lost = { count: 0 };
  const rows: Row[] = [];
  const measure = async (count: number, payments: number, work: string) => {
    const rounds = await measureTelling(world, { sides, count, payments, lost });
    rows.push({ row: 'push', work, unit: 'ms', ...beside(sides, (side) => middle(rounds, side.name)) });
    return rounds;
  };
  const onOne = (count: number) => measure(count, 1, `paid -> last of ${count} sockets on one payment`);
  const onMany = (count: number) => {
    const payments = Math.min(SPREAD_MAX, count);
    return measure(count, payments, `paid -> last of ${count} sockets on ${payments} payments`);
  };
  for (const count of STEPS.filter((step) => step < SOCKETS)) {
    await onOne(count);
    await onMany(count);
  }
  const one = await onOne(SOCKETS);
  await onMany(SOCKETS);
  for (const side of sides) await side.server.stop();
  rows.push({ row: 'push', work: 'memory per idle socket', unit: 'KiB', ...beside(sides, (_, place) => memory[place] ?? 0) });
  const figures = { push_vs_ws: ratio(one, 'ours', 'ws'), push_vs_yoga: ratio(one, 'ours', 'yoga') };
  return { rows, figures: { ...figures, push_lost: lost.count, socket_kib: memory[0] ?? 0 } };
}

function beside(sides: readonly Side[], figureOf: (side: Side, place: number) => number): Pick<Row, 'ours' | 'baselines'> {
  const [ours = 0, ...others] = sides.map(figureOf);
  return { ours, baselines: Object.fromEntries(others.map((figure, place) => [sides[place + 1]?.baseline, figure])) };
}

type Telling = {
  readonly sides: readonly Side[];
  readonly count: number;
  readonly payments: number;
  /** Of our sockets, in all rounds. */
  readonly lost: { count: number };
};

async function measureTelling({ load, sizes }: World, { sides, count, payments, lost }: Telling): Promise<Rounds> {
  const contenders = sides.map((side) => ({
    name: side.name,
    measure: async () => {
      const ids: string[] = [];
      for (let made = 0; made < payments; made++) ids.push(await side.newPayment());
      await load.ask('openSockets', loadOf(side, count, ids));
      const fired = await load.ask<Fired>('fire', { requests: ids.map(side.pay), mark: MARK } satisfies Firing);
      await load.ask('closeSockets');
      if (side.name === 'ours') lost.count += fired.lost;
      return fired.ms;
    },
  }));
  return alternate(contenders, sizes.ROUNDS);
}

async function startSides(world: World): Promise<readonly Side[]> {
  // All of them fresh: one that has served another row has room in its memory for sockets that it did not have.
  const shop: Shop = await world.own();
  const ws = await world.freshBaseline('ws-broadcast.ts');
  const yoga = await world.freshBaseline('bare-yoga.ts');
  const nchan = HAS_NCHAN ? await world.freshBaseline('nchan.ts') : null;
  let made = 0;
  const bare = (server: Served) => ({
    ...{ server, newPayment: async () => `bare${made++}` },
    pay: (id: string) => ({ url: `${server.url}/pay/${id}`, headers: JSON_HEADERS, body: '{}' }),
  });
  const ours: Side = {
    ...{ name: 'ours', baseline: 'ours', server: shop, socketUrl: `${socketsOf(shop)}/graphql`, subscribe: SUBSCRIBE },
    newPayment: () => makePayment(shop, shop.testKey),
    pay: (id) => simulatePaid(shop, id),
  };
  const sides: Side[] = [
    ours,
    { name: 'ws', baseline: 'bare ws broadcast', socketUrl: `${socketsOf(ws)}/{PAYMENT}`, subscribe: null, ...bare(ws) },
    { name: 'yoga', baseline: 'bare Yoga + graphql-ws', socketUrl: `${socketsOf(yoga)}/graphql`, subscribe: SUBSCRIBE, ...bare(yoga) },
  ];
  if (!nchan) return sides;
  const socketUrl = `ws://127.0.0.1:${await nchan.ask<number>('socketPort')}/watch/{PAYMENT}`;
  return [...sides, { name: 'nchan', baseline: 'nginx nchan', socketUrl, subscribe: null, ...bare(nchan) }];
}

function socketsOf({ url }: Served): string {
  return url.replace('http', 'ws');
}

/** What makes one test payment of the shop paid. */
export function simulatePaid(shop: Shop, id: string): Firing['requests'][number] {
  const url = `${shop.url}/api/v1/payments/${id}/simulate`;
  return { url, headers: headersOf(shop.testKey), body: JSON.stringify({ outcome: 'paid' }) };
}

function loadOf({ socketUrl, subscribe }: Side, count: number, payments: readonly string[]): SocketLoad {
  return { url: socketUrl, count, subscribe, payments };
}

async function socketKib({ load, sizes }: World, side: Side): Promise<number> {
  const payments = [await side.newPayment()];
  await load.ask('openSockets', loadOf(side, WARM_SOCKETS, payments));
  await load.ask('closeSockets');
  const before = await side.server.ask<number>('memory');
  await load.ask('openSockets', loadOf(side, sizes.SOCKETS, payments));
  const after = await side.server.ask<number>('memory');
  await load.ask('closeSockets');
  return (after - before) / sizes.SOCKETS;
}
