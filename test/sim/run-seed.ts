import type { Row } from './rows.ts';
import { hasRoomToClaim } from '../../src/swaps/verify-lockup.ts';
import { isCredited, judgeAgents } from './agent-invariants.ts';
import { startActors } from './actors.ts';
import { DAY_ONE_MS } from './scheduler.ts';
import { World } from './world.ts';

/** So long faults strike. */
const STORM_MS = 10 * 60_000;
/** And so long everything may take to come to rest: the longest grace of a decision is 15 minutes, the webhook schedule 21. */
const CALM_MS = 35 * 60_000;
/** Then the chain runs past every timeout, for what only the timeout ends. */
const LAST_BLOCKS = 200;
const LAST_MS = 12 * 60_000;

export type SeedResult = Readonly<{
  seed: number;
  violations: readonly string[];
  traceHash: string;
  hits: ReadonlyMap<string, number>;
  happened: number;
  /** Only when asked for. */
  log: readonly string[];
}>;

/** Plays one seed from its first to its last event. */
export async function runSeed(
  seed: number,
  withLog = false,
  prepare: (seed: number) => World = (one) => new World(one),
): Promise<SeedResult> {
  const world = prepare(seed);
  const { time, faults } = world;
  if (withLog) time.log = [];
  const giveBack = time.takeOverTimers();
  try {
    for (const node of world.nodes) world.boot(node);
    startActors(world);
    time.note([...faults.on].join(' '));
    await time.run(DAY_ONE_MS + STORM_MS, () => {});
    faults.over = true;
    await time.run(DAY_ONE_MS + STORM_MS + CALM_MS, () => {});
    judgeCalm(world);
    for (let i = 0; i < LAST_BLOCKS; i++) world.chain.mine(() => false);
    await time.run(DAY_ONE_MS + STORM_MS + CALM_MS + LAST_MS, () => {});
    judgeRest(world);
  } finally {
    giveBack();
  }
  return {
    seed,
    violations: world.violations,
    traceHash: time.traceHash(),
    hits: world.hits,
    happened: time.happened,
    log: time.log ?? [],
  };
}

const SWAP_RESTS = ['claim_buried', 'expired', 'refunded', 'rejected', 'held'];

/** L1: once faults have stopped, only what waits for a lockup that has left the network may still be open. */
function judgeCalm(world: World): void {
  for (const swap of world.server.tables.get('swap')?.values() ?? []) {
    const lockup = world.chain.known.get(String(swap['lockupTxid']));
    const isLost = swap['lockupTxid'] !== null && (lockup === undefined || lockup.gone);
    // Inside the margin nothing is revealed any more: it waits until the provider may take its lockup back.
    const isTooLate = swap['revealedAt'] === null && !hasRoomToClaim(Number(swap['timeoutHeight']), world.chain.tip);
    if (!SWAP_RESTS.includes(String(swap['status'])) && !isLost && !isTooLate) world.violate(`L1 a swap rests ${String(swap['status'])}`);
  }
}

/** L1 to L3, and that nobody paid for nothing: what must be true once the storm is over. */
function judgeRest(world: World): void {
  const rows = (table: string): readonly Row[] => [...(world.server.tables.get(table)?.values() ?? [])];
  const payments = new Map(rows('payment').map((row) => [String(row['id']), row]));
  for (const swap of rows('swap')) {
    if (!SWAP_RESTS.includes(String(swap['status']))) world.violate(`L1 a swap never ends: ${String(swap['status'])}`);
    const far = world.provider.swaps.get(Buffer.from(swap['preimageHash'] as Uint8Array).toString('hex'));
    const payment = payments.get(String(swap['subjectId']));
    const claim = world.chain.known.get(String(swap['claimTxid']));
    if (swap['status'] === 'claim_buried' && typeof claim?.height !== 'number') world.violate('L2 a buried claim is not in the chain');
    const isLost = swap['status'] === 'refunded' && swap['revealedAt'] !== null;
    if (isLost && !far?.isDoubleSpent) world.violate('L2 a lockup went back to the provider after the preimage had left');
    const isKept = payment?.['status'] === 'paid' || payment?.['exception'] === 'payout_lost' || isCredited(world, swap);
    if (far?.isPaid && far.preimage && !isKept) world.violate(`L2 a payer has paid, and the ${String(swap['subject'])} does not say so`);
  }
  for (const payment of payments.values()) {
    const isOpen = payment['status'] === 'pending' || (payment['status'] === 'detected' && payment['exception'] !== 'payout_lost');
    const isHeld = rows('swap').some((swap) => swap['subjectId'] === payment['id'] && swap['status'] === 'held');
    if (isOpen && !isHeld) world.violate(`L1 a payment rests ${String(payment['status'])}`);
  }
  if (rows('outbox').length > 0) world.violate('L3 an event never left the outbox');
  const delivered = new Map(rows('delivery').map((row) => [String(row['eventId']), row]));
  for (const event of rows('event')) {
    if (event['webhookBody'] === null) continue;
    const delivery = delivered.get(String(event['id']));
    const status = String(delivery?.['status']);
    if (status !== 'delivered' && status !== 'exhausted') world.violate(`L3 an event was never delivered: ${status}`);
    const heard = world.received.some(({ eventId, status: answer }) => eventId === event['id'] && answer === 200);
    if (status === 'delivered' && !heard) world.violate('L3 a delivery that nobody received');
    if (Number(delivery?.['attempts']) > 4) world.violate('L3 more attempts than documented');
  }
  judgeAttempts(world, rows('attempt'));
  judgeAgents(world);
}

/** W-8: never early. Clocks of two servers may differ by twice the skew. */
function judgeAttempts(world: World, attempts: readonly Row[]): void {
  const least = [0, 60_000, 300_000, 900_000];
  const slackMs = 2 * Math.max(...world.nodes.map(({ skewMs }) => Math.abs(skewMs))) + 1_000;
  for (const [, tries] of Map.groupBy(attempts, (row) => row['deliveryId'])) {
    const starts = tries.map((row) => [Number(row['number']), (row['startedAt'] as Date).getTime()] as const).sort((a, b) => a[0] - b[0]);
    starts.slice(1).forEach(([number, at], i) => {
      const before = starts[i]?.[1] ?? 0;
      if (at - before < (least[number - 1] ?? 0) - slackMs) world.violate('L3 an attempt came early');
    });
  }
}
