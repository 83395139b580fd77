import type { Tx } from '../../src/lib/database.ts';
import type { RecordedEvent } from '../../src/events/event.ts';
import type { Guard } from '../../src/payments/follow-liquid.ts';
import type { PostResult } from '../../src/webhooks/webhook-client.ts';
import type { Row } from './rows.ts';
import type { Graph } from './node.ts';
import type { World } from './world.ts';
import { takeFromOutbox } from '../../src/events/outbox.ts';
import { toHex } from '../../src/lib/bytes.ts';
import { expirePayments } from '../../src/payments/expire-payments.ts';
import { receiptsBuried, receiptsLost, receiptsMined, receiptsUnmined, receiveOutputs } from '../../src/payments/follow-liquid.ts';
import { findDuePayments, postponeLook } from '../../src/payments/payment-store.ts';
import { closeSubject } from '../../src/swaps/follow-subject.ts';
import { sweepSwaps } from '../../src/swaps/sweep-swaps.ts';
import { glanceAtUnpaid } from '../../src/swaps/glance-unpaid.ts';
import { swapsOfSubject } from '../../src/swaps/swap-store.ts';
import { makeDeliverer } from '../../src/webhooks/deliver-due.ts';
import { queueDeliveries } from '../../src/webhooks/queue-deliveries.ts';
import { unblindOpen } from './chain.ts';
import { SimFault, soonest } from './node.ts';
import { ACCOUNT } from './plan.ts';
import { tagSealer } from './stand-ins.ts';

/** A worker's loop ticks once a second; here it sleeps through the ticks at which nothing would be due. */
const TICK_MS = 1_000;

export type Job = {
  readonly name: string;
  /** A change of these may make something due. */
  readonly tables: readonly string[];
  readonly run: () => Promise<number>;
  readonly due: () => Date | null;
};

export function jobsOf(graph: Graph): readonly Job[] {
  const { database, claiming, runner, log, node } = graph;
  const { world } = node;
  const { now } = node;
  const rows = (table: string) => [...(world.server.tables.get(table) ?? new Map<string, Row>()).values()];
  const following = { look: runner.look, swapsOf: (subjectId: string) => swapsOfSubject(claiming, subjectId) };
  const expiry = {
    ...{ ...graph.apply, database, now, findDue: (at: Date) => findDuePayments(database, at) },
    close: (subjectId: string) => closeSubject(following, subjectId),
    lookAtAddress: (paymentId: string) => lookAtAddress(graph, paymentId),
    postpone: (id: string, at: Date) => postponeLook(database, id, at),
  };
  const deliverer = makeDeliverer(
    {
      ...{ database, sealer: tagSealer, random: graph.random, now, log, announce: () => {} },
      policy: { allowHttp: false, allowLoopback: false },
      post: (_destination, { headers }) => post(graph, headers),
    },
    () => {},
  );
  const store = (tx: Tx, event: RecordedEvent) => queueDeliveries(tx, { ...event, mode: 'live' }, now()).then(() => undefined);
  return [
    ...swapJobs(graph),
    {
      name: 'expiry',
      tables: ['payment'],
      run: () => expirePayments(expiry),
      due: () =>
        soonest(
          now(),
          rows('payment').map((row) => (row['status'] === 'pending' ? time(row, 'nextLookAt') : null)),
        ),
    },
    {
      name: 'relay',
      tables: ['outbox'],
      run: async () => (await takeFromOutbox(database, { store, announce: () => {} })).length,
      due: () => (rows('outbox').length > 0 ? now() : null),
    },
    {
      name: 'webhooks',
      tables: ['delivery', 'webhookEndpoint'],
      run: deliverer.round,
      due: () => {
        const waiting = rows('delivery').filter((row) => row['status'] === 'pending' && row['nextAttemptAt'] !== null);
        const rest = time(rows('webhookEndpoint')[0], 'breakerOpenUntil');
        return soonest(
          now(),
          waiting.map((row) => later(time(row, 'nextAttemptAt'), time(row, 'leaseUntil'), rest)),
        );
      },
    },
    {
      name: 'follow',
      tables: [],
      run: () => follow(graph),
      due: () => (world.follower === node && world.followed !== world.chain.version ? now() : null),
    },
  ];
}

function swapJobs({ claiming, runner, node }: Graph): readonly Job[] {
  const deps = { ...claiming, look: runner.look };
  const due = (wanted: (status: unknown) => boolean) => {
    const waiting = [...(node.world.server.tables.get('swap') ?? new Map<string, Row>()).values()];
    const rows = waiting.filter((row) => row['nextLookAt'] && wanted(row['status']));
    return soonest(
      node.now(),
      rows.map((row) => later(time(row, 'nextLookAt'), time(row, 'leaseUntil'))),
    );
  };
  const common = { tables: ['swap'] };
  return [
    { ...common, name: 'swaps', run: () => sweepSwaps(deps), due: () => due((status) => status !== 'verified') },
    { ...common, name: 'glances', run: () => glanceAtUnpaid(deps), due: () => due((status) => status === 'verified') },
  ];
}

function time(row: Row | undefined, column: string): Date | null {
  return (row?.[column] ?? null) as Date | null; // these columns hold times
}

/** The latest of those that are set. */
function later(...times: readonly (Date | null)[]): Date | null {
  return times.reduce((a, b) => (a && b ? (a > b ? a : b) : (a ?? b)), null);
}

/** Runs a job whenever something is due, one run after another, for one life of its process. */
export class Loop {
  readonly #job: Job;
  readonly #graph: Graph;
  #running = false;
  #token = 0;
  #wakesAt = Number.POSITIVE_INFINITY;
  #restUntil = 0;

  constructor(graph: Graph, job: Job) {
    this.#graph = graph;
    this.#job = job;
  }

  concerns(tables: ReadonlySet<string>): boolean {
    return this.#job.tables.some((table) => tables.has(table));
  }

  /** Something may be due earlier than was thought. */
  poke(): void {
    if (this.#running) return;
    const { world, owner, skewMs } = this.#graph.node;
    const due = this.#job.due();
    if (!due) return;
    const at = Math.max(due.getTime() - skewMs, this.#restUntil, world.time.nowMs);
    if (at >= this.#wakesAt) return;
    this.#wakesAt = at;
    const token = ++this.#token;
    world.time.in(at - world.time.nowMs + world.faults.dice.whole(0, 50), `job ${this.#job.name}`, () => void this.#run(token), owner);
  }

  async #run(token: number): Promise<void> {
    if (token !== this.#token || this.#running) return;
    this.#running = true;
    this.#wakesAt = Number.POSITIVE_INFINITY;
    let done = 0;
    try {
      done = await this.#job.run();
    } catch (fault) {
      this.#graph.log.error({ fault, job: this.#job.name }, 'job failed');
    }
    const { world } = this.#graph.node;
    this.#restUntil = world.time.nowMs + (done > 0 ? 1 : TICK_MS);
    this.#running = false;
    this.poke();
  }
}

async function post({ node }: Graph, headers: { readonly [name: string]: string }): Promise<PostResult> {
  const { world } = node;
  const answer = await node.call('webhook post', () => world.receive(headers));
  return { durationMs: 300, httpStatus: answer, errorCode: answer === null ? 'timeout' : null, responseHead: null };
}

type Arrival = {
  readonly txid: string;
  readonly addressId: string;
  readonly isClaims: boolean;
  readonly vout: number;
  readonly content: ReturnType<typeof unblindOpen>;
};

/** Outputs of the network on addresses of ours, as one look finds them. */
function arrivals(world: World, isOurs: (address: Row) => boolean): readonly Arrival[] {
  const addresses = new Map(
    [...(world.server.tables.get('address') ?? new Map<string, Row>()).values()]
      .filter(isOurs)
      .map((row) => [toHex(row['scriptPubKey'] as Uint8Array), row]),
  );
  const leases = [...(world.server.tables.get('addressLease')?.values() ?? [])];
  const claimed = new Set(leases.filter((row) => row['purpose'] === 'claim').map((row) => String(row['addressId'])));
  return [...world.chain.known.values()].flatMap(({ txid, gone, parsed }) =>
    parsed.outputs.flatMap((output, vout) => {
      const address = gone ? undefined : addresses.get(toHex(output.script));
      if (!address) return [];
      const addressId = String(address['id']);
      return [{ txid, vout, addressId, isClaims: claimed.has(addressId), content: unblindOpen(output) }];
    }),
  );
}

const FREE: Guard = { inTx: async () => {}, writes: () => [] };

async function receive(graph: Graph, found: readonly Arrival[]): Promise<void> {
  for (const [txid, here] of Map.groupBy(found, (one) => one.txid)) {
    const outputs = here.map(({ addressId, vout, isClaims, content }) => ({ accountId: ACCOUNT, addressId, vout, isClaims, content }));
    await receiveOutputs(graph.followDeps, txid, outputs, FREE);
  }
}

async function lookAtAddress(graph: Graph, paymentId: string): Promise<boolean> {
  const { world, call } = graph.node;
  const found = await call('chain look', () => {
    if (world.faults.strikes('chain_source_down')) return null;
    const leases = [...(world.server.tables.get('addressLease')?.values() ?? [])].filter((row) => row['paymentId'] === paymentId);
    return arrivals(world, (address) => leases.some((lease) => lease['addressId'] === address['id']));
  });
  if (!found) return false;
  await receive(graph, found);
  return true;
}

/** What the chain follower tells payments, level-triggered: what stands on record against what stands on the chain. */
async function follow(graph: Graph): Promise<number> {
  const { world, call } = graph.node;
  const { chain } = world;
  const deps = graph.followDeps;
  const seen = await call('chain follow', () => {
    if (world.faults.strikes('chain_source_down')) throw new SimFault('the chain source does not answer');
    const receipts = [...(world.server.tables.get('liquidReceipt')?.values() ?? [])];
    const heights = new Map([...chain.known.values()].map(({ txid, gone, height }) => [txid, { gone, height }]));
    return { found: arrivals(world, () => true), receipts, version: chain.version, heights, tip: chain.tip };
  });
  await receive(graph, seen.found);
  world.followedHeight = seen.tip;
  for (const row of seen.receipts) {
    const txid = String(row['txid']);
    const now = seen.heights.get(txid);
    const isLive = row['state'] === 'mempool' || row['state'] === 'confirmed';
    if (isLive && (!now || now.gone)) await receiptsLost(deps, txid, 'dropped', FREE);
    else if (row['state'] === 'confirmed' && now?.height === null) await receiptsUnmined(deps, Number(row['height']) - 1, FREE);
    else if (isLive && now && now.height !== null && row['height'] !== now.height)
      await receiptsMined(deps, [txid], { height: now.height, hash: `block ${now.height}` }, FREE);
    else if (row['state'] === 'confirmed' && isUnsettled(world, row)) await receiptsBuried(deps, [txid], FREE);
  }
  world.followed = seen.version;
  return seen.found.length > seen.receipts.length ? 1 : 0;
}

/** More blocks can still say something new to the receipt's payment. */
function isUnsettled(world: World, receipt: Row): boolean {
  const payment = world.server.tables.get('payment')?.get(String(receipt['paymentId']));
  return payment !== undefined && payment['settlement'] !== 'confirmed';
}
