import type { AddressInfo, NetConnectOpts, Socket } from 'node:net';
import type { Dice } from '../sim/dice.ts';
import { connect, createServer } from 'node:net';
import { pause } from '../../src/lib/time.ts';

/**
 * TABLE: what a network does to a connection. `cut`: both ends hear of it. `hang`: nothing passes, and nobody hears of it, until it passes again.
 * `delay`: every piece comes late, in order. `half_open`: the far end is gone and the near end is not told, until its system would give up.
 */
export const NETWORK_FAULTS = ['cut', 'hang', 'delay', 'half_open'] as const;
export type NetworkFault = (typeof NETWORK_FAULTS)[number];

export type FaultProxy = {
  readonly name: string;
  readonly port: number;
  /** Resolves when the network is well again. */
  readonly play: (fault: NetworkFault, ms: number) => Promise<void>;
  readonly close: () => Promise<void>;
};

type Pair = { readonly near: Socket; readonly far: Socket };

/** How late each piece is while `delay` is played: some ten questions and answers between two processes, a slow link. */
const DELAY_MS = 120;

/** Stands before one far side, on a loopback port of its own. */
export async function startFaultProxy(name: string, target: NetConnectOpts): Promise<FaultProxy> {
  const pairs = new Set<Pair>();
  let lateMs = 0;
  let gate: Promise<void> = Promise.resolve();
  const server = createServer((near) => {
    const far = connect(target);
    const pair = { near, far };
    pairs.add(pair);
    const end = () => {
      pairs.delete(pair);
      near.destroy();
      far.destroy();
    };
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      let order = Promise.resolve();
      from.on('data', (piece) => {
        const late = lateMs > 0 ? pause(lateMs) : Promise.resolve();
        order = Promise.all([order, gate, late]).then(() => void (to.destroyed ? 0 : to.write(piece)));
      });
      from.on('error', () => void 0); // 'close' follows
      from.on('close', () => void order.then(() => (pairs.has(pair) ? end() : void 0)));
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const cut = () => {
    for (const { near, far } of pairs) for (const socket of [near, far]) socket.destroy();
    pairs.clear();
  };
  const hang = async (ms: number) => {
    const over = pause(ms);
    gate = over;
    await over;
  };
  const delay = async (ms: number) => {
    lateMs = DELAY_MS;
    await pause(ms);
    lateMs = 0;
  };
  const halfOpen = async (ms: number) => {
    const left = [...pairs];
    pairs.clear(); // their near ends hear nothing any more
    for (const { far } of left) far.destroy();
    await pause(ms);
    for (const { near } of left) near.resetAndDestroy();
  };
  return {
    name,
    port: (server.address() as AddressInfo).port, // listening on TCP
    play: async (fault, ms) => {
      if (fault === 'cut') return cut();
      await { hang, delay, half_open: halfOpen }[fault](ms);
    },
    close: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      cut();
      await closed;
    },
  };
}

const FAULT_MS = [200, 2_500] as const;
const QUIET_MS = [500, 3_000] as const;

/** One fault after another at one of `proxies`, until `isOver`; answers how many of each. */
export async function stormNetwork(proxies: readonly FaultProxy[], dice: Dice, isOver: () => boolean): Promise<Record<string, number>> {
  const played: Record<string, number> = {};
  while (!isOver() && proxies.length > 0) {
    await pause(dice.whole(...QUIET_MS));
    const [proxy, fault, ms] = [dice.oneOf(proxies), dice.oneOf(NETWORK_FAULTS), dice.whole(...FAULT_MS)];
    if (isOver()) break;
    await proxy.play(fault, ms);
    const name = `${proxy.name}_${fault}`;
    played[name] = (played[name] ?? 0) + 1;
  }
  return played;
}
