import type { Fired } from '../socket-load.ts';
import type { Steady, SteadyLoad } from '../steady-load.ts';
import type { Part } from '../report.ts';
import type { World } from '../world.ts';
import { slope } from '../rounds.ts';
import { headersOf, makePayment } from '../world.ts';
import { MARK, simulatePaid, SUBSCRIBE } from './push.ts';

/** Payments that the sockets are spread over. */
const SPREAD_MAX = 100;
/** Creates one after another, before anything else runs. */
const IDLE_S = 20;
const IDLE_PER_SECOND = 5;
/**
 * Memory is read so often, after a collection of everything that the look itself asks for. With ten thousand sockets one takes the server
 * 0.2 s: at one in ten seconds every fiftieth create met it, and the slowest of a hundred were those that the measuring held up; of one a
 * minute they were still a third. The first minute is that of a process that still learns its work.
 */
const LOOK_S = 120;
const WARM_S = 60;
/** The payments that the sockets watch are open until the end. */
const TTL_SECONDS = 7_200;

/** `npm run bench -- soak`: so many idle sockets and a steady stream of creates for `SOAK_S`: does memory grow, does anything fail, is it still as quick? */
export async function measureSoak(world: World): Promise<Part> {
  const { sizes, load } = world;
  const shop = await world.another({ SWAP_PROVIDERS: `stub=${world.providerUrl}`, PAYMENT_TTL_SECONDS: String(TTL_SECONDS) });
  const creates = { url: `${shop.url}/api/v1/payments`, headers: headersOf(shop.secretKey), status: 201 };
  const steady = (perSecond: number, seconds: number) =>
    load.ask<Steady & { lost: number }>('steady', {
      ...{ ...creates, body: JSON.stringify({ amount: 49.99, currency: 'EUR' }) },
      ...{ perSecond, seconds },
    } satisfies SteadyLoad);
  const idle = await steady(IDLE_PER_SECOND, Math.min(IDLE_S, sizes.SOAK_S));
  const payments = await Promise.all(Array.from({ length: Math.min(SPREAD_MAX, sizes.SOCKETS) }, () => makePayment(shop, shop.testKey)));
  const url = `${shop.url.replace('http', 'ws')}/graphql`;
  await load.ask('openSockets', { url, count: sizes.SOCKETS, subscribe: SUBSCRIBE, payments });
  const memory = watchMemory(() => shop.ask<number>('memory'), sizes.SOAK_S);
  const busy = await steady(sizes.SOAK_PER_SECOND, sizes.SOAK_S);
  const looks = await memory;
  const requests = payments.map((id) => simulatePaid(shop, id));
  const told = await load.ask<Fired>('fire', { requests, mark: MARK });
  await load.ask('closeSockets');
  await shop.stop();
  for (const fault of [...idle.faults, ...busy.faults]) console.log(`soak: ${fault}`);
  const late = looks.filter(({ atS }) => atS >= Math.min(WARM_S, sizes.SOAK_S / 2));
  const row = (work: string, unit: string, ours: number, baselines = {}) => ({ row: 'soak', work, unit, ours, baselines });
  return {
    rows: [
      row(
        `memory a minute, ${sizes.SOCKETS} sockets and ${sizes.SOAK_PER_SECOND} creates/s for ${sizes.SOAK_S} s`,
        'KiB',
        slope(late) * 60,
      ),
      row('create, 99 of 100 within', 'ms', busy.p99Ms, { 'median of an idle server': idle.p50Ms }),
      row(`faults of ${busy.count} creates`, '', busy.lost),
      row(`sockets of ${sizes.SOCKETS} that were told nothing at the end`, '', told.lost),
    ],
    figures: {},
  };
}

async function watchMemory(read: () => Promise<number>, seconds: number) {
  const looks: { atS: number; value: number }[] = [];
  const startedMs = performance.now();
  const atS = () => (performance.now() - startedMs) / 1e3;
  const every = Math.min(LOOK_S, seconds / 4);
  for (let next = every; next <= seconds; next += every) {
    await new Promise((resolve) => setTimeout(resolve, Math.max(0, next - atS()) * 1e3));
    looks.push({ atS: atS(), value: await read() });
  }
  return looks;
}
