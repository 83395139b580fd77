import type { Fired, Firing, SocketLoad } from '../socket-load.ts';
import type { Part, Row } from '../report.ts';
import type { Served, Shop, World } from '../world.ts';
import { alternate, middle, ratio } from '../rounds.ts';
import { headersOf, JSON_HEADERS, makePayment } from '../world.ts';

/** Payments that the sockets of the second row are spread over. */
const SPREAD_MAX = 100;
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
  readonly server: Served;
  readonly path: string;
  readonly subscribe: string | null;
  readonly newPayment: () => Promise<string>;
  readonly pay: (id: string) => Firing['requests'][number];
};

/** From the request that makes a payment paid to the last socket that is told of it; on one payment, and on many at once. */
export async function measurePush(world: World): Promise<Part> {
  const { sizes, load } = world;
  const sides = await startSides(world);
  const memory = await Promise.all(sides.map(() => 0));
  for (const [place, side] of sides.entries()) memory[place] = await socketKib(world, side);
  let lost = 0;
  const contenders = (payments: number) =>
    sides.map((side) => ({
      name: side.name,
      measure: async () => {
        const ids = await Promise.all(Array.from({ length: payments }, side.newPayment));
        await load.ask('openSockets', loadOf(side, sizes.SOCKETS, ids));
        const fired = await load.ask<Fired>('fire', { requests: ids.map(side.pay), mark: MARK } satisfies Firing);
        await load.ask('closeSockets');
        if (side.name === 'ours') lost += fired.lost;
        return fired.ms;
      },
    }));
  const one = await alternate(contenders(1), sizes.ROUNDS);
  const spread = Math.min(SPREAD_MAX, sizes.SOCKETS);
  const many = await alternate(contenders(spread), sizes.ROUNDS);
  await sides[0]?.server.stop();
  const row = (work: string, rounds: typeof one): Row => ({
    ...{ row: 'push', work, unit: 'ms', ours: middle(rounds, 'ours') },
    baselines: { 'bare ws broadcast': middle(rounds, 'ws'), 'bare Yoga + graphql-ws': middle(rounds, 'yoga') },
  });
  const [ours = 0, ws = 0, yoga = 0] = memory;
  return {
    rows: [
      row(`paid -> last of ${sizes.SOCKETS} sockets on one payment`, one),
      row(`the same on ${spread} payments at once`, many),
      {
        ...{ row: 'push', work: 'memory per idle socket', unit: 'KiB', ours },
        baselines: { 'bare ws': ws, 'bare Yoga + graphql-ws': yoga },
      },
    ],
    figures: { push_vs_ws: ratio(one, 'ours', 'ws'), push_vs_yoga: ratio(one, 'ours', 'yoga'), push_lost: lost, socket_kib: ours },
  };
}

async function startSides(world: World): Promise<readonly Side[]> {
  const shop: Shop = await world.own();
  const ws = await world.baseline('ws-broadcast.ts');
  const yoga = await world.baseline('bare-yoga.ts');
  let made = 0;
  const bare = (server: Served) => ({
    ...{ server, newPayment: async () => `bare${made++}` },
    pay: (id: string) => ({ url: `${server.url}/pay/${id}`, headers: JSON_HEADERS, body: '{}' }),
  });
  return [
    {
      ...{ name: 'ours', server: shop, path: '/graphql', subscribe: SUBSCRIBE, newPayment: () => makePayment(shop, shop.testKey) },
      pay: (id) => simulatePaid(shop, id),
    },
    { name: 'ws', path: '/', subscribe: null, ...bare(ws) },
    { name: 'yoga', path: '/graphql', subscribe: SUBSCRIBE, ...bare(yoga) },
  ];
}

/** What makes one test payment of the shop paid. */
export function simulatePaid(shop: Shop, id: string): Firing['requests'][number] {
  const url = `${shop.url}/api/v1/payments/${id}/simulate`;
  return { url, headers: headersOf(shop.testKey), body: JSON.stringify({ outcome: 'paid' }) };
}

function loadOf({ server, path, subscribe }: Side, count: number, payments: readonly string[]): SocketLoad {
  return { url: `${server.url.replace('http', 'ws')}${path}`, count, subscribe, payments };
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
