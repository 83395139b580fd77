import type { ChaosWorld } from './chaos-world.ts';
import type { Payers } from './payers.ts';
import { pause } from '../../src/lib/time.ts';
import { eventually } from '../support/avopay.ts';
import { Dice } from '../sim/dice.ts';
import { stormNetwork } from './fault-proxy.ts';

export type Order = {
  readonly payments: number;
  readonly kills: number;
  readonly stops: number;
  readonly pauses: number;
  readonly seed: number;
};
export type Played = { readonly kills: number; readonly stops: number; readonly pauses: number; readonly network: Record<string, number> };

const PAYERS = 8;
/** Faults are spread over all payments: neither runs further ahead of the other than this part of the whole, and this many. */
const AHEAD_PART = 0.03;
const AHEAD_LEAST = 3;
const LOOK_MS = 50;
const BETWEEN_KILLS_MS = [0, 1_200] as const;
const BETWEEN_STOPS_MS = [200, 2_000] as const;
const BETWEEN_PAUSES_MS = [0, 250] as const;
/** A process stands still for so long, in which others take over what it held. */
const PAUSE_MS = [150, 600] as const;
/** A swap's lease is 20 seconds, the follower's six. */
const PAST_LEASES_S = 30;
const UP_WITHIN_MS = 180_000;

/**
 * All payments and all faults, interleaved by the seed as far as processes of a machine can be; everything runs again when it resolves.
 * Nothing is stopped or killed any more once `interrupt` says so: what runs may end in order.
 */
export async function play(world: ChaosWorld, payers: Payers, order: Order, interrupt: AbortSignal): Promise<Played> {
  const progress = { payments: 0, kills: 0, stops: 0, pauses: 0 };
  const dice = (stream: string) => new Dice(order.seed, stream);
  const faults = (['kills', 'stops', 'pauses'] as const).filter((kind) => order[kind] > 0);
  let isOver = false;
  interrupt.addEventListener('abort', () => {
    isOver = true;
  });
  const mayPay = (number: number) =>
    isOver || faults.every((kind) => number <= (order.payments * progress[kind]) / order[kind] + aheadOf(order.payments));
  const mayFail = (kind: 'kills' | 'stops' | 'pauses') =>
    isOver || progress[kind] <= (order[kind] * progress.payments) / order.payments + aheadOf(order[kind]);
  const lane = async (kind: 'kills' | 'stops' | 'pauses', between: readonly [number, number], fault: (dice: Dice) => Promise<boolean>) => {
    const own = dice(kind);
    while (progress[kind] < order[kind] && !isOver) {
      await pause(own.whole(...between));
      while (!mayFail(kind)) await pause(LOOK_MS);
      if (!isOver && (await fault(own))) progress[kind]++;
    }
  };
  let next = 0;
  const payer = async () => {
    for (let number = next++; number < order.payments && !isOver; number = next++) {
      while (!mayPay(number)) await pause(LOOK_MS);
      await payers.payOne(number);
      progress.payments++;
    }
  };
  const network = stormNetwork(world.proxies, dice('network'), () => isOver);
  const work = [
    ...Array.from({ length: PAYERS }, payer),
    lane('kills', BETWEEN_KILLS_MS, async (own) => killOne(world, own)),
    lane('stops', BETWEEN_STOPS_MS, async () => world.stopDatabase()),
    lane('pauses', BETWEEN_PAUSES_MS, (own) => pauseOne(world, own)),
  ];
  const say = setInterval(() => console.error(JSON.stringify(progress)), SAY_EVERY_MS);
  try {
    await Promise.all(work);
  } finally {
    isOver = true;
    clearInterval(say);
    await network;
  }
  await eventually(async () => world.nodes.every(({ isUp }) => isUp()), UP_WITHIN_MS);
  return { kills: progress.kills, stops: progress.stops, pauses: progress.pauses, network: await network };
}

const SAY_EVERY_MS = 10_000;

function aheadOf(whole: number): number {
  return Math.max(AHEAD_LEAST, whole * AHEAD_PART);
}

/** Whoever it hits: also a process in the middle of its start, or one that stands still. */
function killOne({ nodes }: ChaosWorld, dice: Dice): boolean {
  return dice.oneOf(nodes).kill();
}

/** The clock is moved past every lease while the process stands still; time is told to the others, and to it when it wakes. */
async function pauseOne({ pausable, sandbox }: ChaosWorld, dice: Dice): Promise<boolean> {
  const [node, ms] = [dice.oneOf(pausable), dice.whole(...PAUSE_MS)];
  if (!node.pause()) return false;
  const moved = sandbox('POST', '/clock', { advance_s: PAST_LEASES_S, wait: false }); // it could not answer
  await pause(ms);
  node.resume();
  await moved;
  return true;
}
