import type { Tx } from '../../src/lib/database.ts';
import type { NewEvent } from '../../src/events/event.ts';
import type { ChainSource } from '../../src/liquid/chain-source.ts';
import type { LookRunner } from '../../src/swaps/look-runner.ts';
import type { ApplyEventDeps } from '../../src/payments/apply-event.ts';
import type { FollowLiquidDeps } from '../../src/payments/follow-liquid.ts';
import type { Owner } from './scheduler.ts';
import type { World } from './world.ts';
import { countPaidPayment } from '../../src/accounts/account-store.ts';
import { followSubjects } from '../../src/build-plans.ts';
import { makeEventIds } from '../../src/events/event.ts';
import { recordEvent } from '../../src/events/outbox.ts';
import { newId } from '../../src/lib/ids.ts';
import { sats } from '../../src/lib/money.ts';
import { addMs } from '../../src/lib/time.ts';
import { rememberContents } from '../../src/liquid/remember-contents.ts';
import { parseTransaction } from '../../src/liquid/transaction.ts';
import { liquidPayment } from '../../src/payments/follow-liquid.ts';
import { followLightning, mayAcceptLightning } from '../../src/payments/follow-lightning.ts';
import { findPaymentForUpdate, readPayment, savePayment } from '../../src/payments/payment-store.ts';
import {
  insertReceipts,
  knownOutputs,
  moveReceipts,
  paymentsOfReceipts,
  readLiquidFacts,
  writeReceipt,
} from '../../src/payments/receipt-store.ts';
import { readClaimOnRecord, takeAddress } from '../../src/swaps/claim-record.ts';
import { lookRunner } from '../../src/swaps/look-runner.ts';
import { reconcileSwap } from '../../src/swaps/reconcile-swap.ts';
import {
  hasDirectLease,
  leasesOfAddress,
  markAddressUsed,
  writeClaimAddressSeen,
  markClaimAddressUsed,
  releaseDirectLease,
} from '../../src/wallets/direct-lease-store.ts';
import { NETWORK } from './chain.ts';
import { Blocked } from './memory-database.ts';
import { openProofs, tagSealer, tagSigner, takeClaimAddress } from './stand-ins.ts';
import { findSwap } from '../../src/swaps/swap-store.ts';

/** A simulated outage: whatever it breaks is expected to cope. */
export class SimFault extends Error {}

/** One process of AvoPay: the real use cases over simulated conversations. Thrown away whole when it dies. */
export type Graph = ReturnType<typeof buildGraph>;

export class SimNode {
  readonly owner: Owner;
  readonly world: World;
  readonly skewMs: number;
  readonly lives: { count: number } = { count: 0 };
  graph: Graph | null = null;

  constructor(world: World, name: string, skewMs: number) {
    this.world = world;
    this.skewMs = skewMs;
    this.owner = { name, epoch: 0, pausedUntil: 0 };
  }

  now = (): Date => new Date(this.world.time.nowMs + this.skewMs);

  boot(): void {
    this.lives.count++;
    this.graph = buildGraph(this);
  }

  die(): void {
    this.owner.epoch++;
    this.owner.pausedUntil = 0;
    this.graph = null;
    this.world.server.drop(this.owner);
  }

  /** One conversation: it takes its time, and the process can die before it, after it, or stand still. */
  call = <T>(label: string, effect: () => T | Promise<T>): Promise<T> => {
    const { time, faults } = this.world;
    const { epoch } = this.owner;
    const isLocal = label.startsWith('db');
    const pace = isLocal ? faults.dice.whole(0, 3) : faults.dice.whole(5, 600);
    return new Promise((resolve, reject) => {
      const attempt = () => {
        if (this.owner.epoch !== epoch) return;
        if (faults.strikes('crash') || this.world.isDoomed(label, 'before')) return this.world.crash(this, label, 'before');
        if (isLocal && faults.strikes('database_error')) return reject(new SimFault(`${label}: connection lost`));
        let value: T | Promise<T>;
        try {
          value = effect();
        } catch (error) {
          if (!(error instanceof Blocked)) return reject(error);
          return error.wait(() => time.in(1, `${label} again`, attempt, this.owner));
        }
        if (!(value instanceof Promise)) return end(value);
        const answered = (then: () => void) => time.in(0, `${label} answered`, then, this.owner);
        void value.then(
          (one) => answered(() => end(one)),
          (error: unknown) => answered(() => reject(error)),
        );
      };
      const end = (value: T) => {
        if (this.owner.epoch !== epoch) return;
        if (faults.strikes('crash') || this.world.isDoomed(label, 'after')) return this.world.crash(this, label, 'after');
        if (faults.strikes('pause')) this.world.pause(this, label);
        if (label.startsWith('db commit') && faults.strikes('commit_unknown')) return reject(new SimFault(`${label}: answer lost`));
        resolve(value);
      };
      time.in(pace, label, attempt, this.owner);
    });
  };
}

function buildGraph(node: SimNode) {
  const { world } = node;
  const random = (size: number) => world.chance.bytes(size);
  const database = world.server.connect(node);
  const views = [0, 1].map((i) => chainSource(node, i));
  const chains = rememberContents(views, () => world.time.nowMs);
  const proofs = openProofs(random, () => node.call('proofs build', () => undefined));
  const eventId = makeEventIds(new Uint8Array(32), random);
  const log = world.logOf(node);
  const record = (tx: Tx, event: NewEvent) => recordEvent(tx, eventId(event), event);
  const apply: ApplyEventDeps = {
    ...{ findForUpdate: findPaymentForUpdate, save: savePayment, countPaid: countPaidPayment, recordEvent: record },
    ...{ releaseAddress: releaseDirectLease, log },
  };
  const followDeps: FollowLiquidDeps = {
    ...{ ...apply, database, now: node.now, readPayment, leasesOfAddress, markAddressUsed, writeClaimAddressSeen },
    lbtcAsset: NETWORK.lbtcAsset,
    liquidRules: async () => ({ toleranceSats: 0n, minConfirmations: world.minConfirmations }),
    newReceiptId: () => newId(random, 'receipt'),
    receipts: {
      ...{ known: knownOutputs, insert: insertReceipts, write: writeReceipt, move: moveReceipts },
      payments: (where) => paymentsOfReceipts(database, where),
      facts: (tx, paymentId) => readLiquidFacts(tx, paymentId, world.followedHeight),
    },
  };
  const lightningDeps = {
    ...{ ...apply, claimArrived: markClaimAddressUsed, hasDirectAddress: hasDirectLease },
    paidByLiquid: (tx: Tx, payment: Parameters<typeof liquidPayment>[2], at: Date) => liquidPayment(followDeps, tx, payment, at),
  };
  const base = { database, sealer: tagSealer, chains, proofs, log, random, now: node.now, network: NETWORK };
  const provider = world.provider.client(node.call);
  const claiming = {
    ...{ ...base, zeroConfMaxSats: sats(world.zeroConfMaxSats), provider: (name: string) => (name === provider.name ? provider : null) },
    takeClaimAddress: (tx: Tx, request: Parameters<typeof takeClaimAddress>[2]) => takeClaimAddress(random, tx, request),
    ...followSubjects(
      { log, random },
      { sealer: tagSealer, record },
      {
        mayAccept: (tx, paymentId) => mayAcceptLightning(findPaymentForUpdate, tx, paymentId),
        follow: (tx, progress) => followLightning(lightningDeps, tx, progress),
      },
    ),
  };
  const refuses = () => world.faults.strikes('signer_refuses');
  const signer = tagSigner({
    record: (swapId) =>
      readClaimOnRecord(
        {
          chains: views, // the signer reads for itself
          findSwap: (id) => findSwap(base, id),
          destinationOf: async (swap) => (await database.transact((tx) => takeAddress(claiming, tx, swap))).scriptPubKey,
        },
        swapId,
      ),
    refuses,
  });
  const runner: LookRunner = lookRunner({ log, reconcile: (swapId) => reconcileSwap({ ...claiming, signer }, swapId) });
  return { node, database, chains, log, random, provider, signer, runner, apply, followDeps, claiming: { ...claiming, signer }, record };
}

/** One of two views of the chain: can be away, and can be behind. */
function chainSource({ call, world }: SimNode, index: number): ChainSource {
  const { chain, faults, time } = world;
  const talk = <T>(label: string, effect: () => T) =>
    call(`chain ${label}`, () => {
      if (faults.strikes('chain_source_down')) throw new SimFault(`chain source ${index} does not answer`);
      return effect();
    });
  const isVisible = (txid: string) => {
    const known = chain.known.get(txid);
    return known !== undefined && !known.gone && known.seenAtMs + world.lagMs(index) <= time.nowMs;
  };
  return {
    name: `source-${index}`,
    tipHeight: () => talk('tip', () => chain.tip),
    forgetContents() {},
    transactionContents: (txid) => talk('transaction', () => (isVisible(txid) ? parsed(chain.known.get(txid)?.hex) : null)),
    transactionStatus: (txid) => talk('status', () => statusOf(isVisible(txid) ? chain.known.get(txid)?.height : undefined)),
    scriptTransactions: (script) =>
      talk('script', () =>
        chain
          .onScript(script)
          .filter(({ txid }) => isVisible(txid))
          .map(({ txid, height }) => ({ txid, height })),
      ),
    outspend: (txid, vout) =>
      talk('outspend', () => {
        const spender = chain.spender(txid, vout);
        return spender && isVisible(spender.txid) ? { spent: true, txid: spender.txid, height: spender.height } : { spent: false };
      }),
    broadcast: (hex) => talk('broadcast', () => world.broadcast(hex)),
    mempoolTxids: async () => [],
    blockHash: async () => null,
    blockTxids: async () => null,
  };
}

function parsed(hex: string | undefined) {
  return hex === undefined ? null : parseTransaction(hex);
}

function statusOf(height: number | null | undefined) {
  return height === undefined ? null : { confirmed: height !== null, height };
}

/** When a worker's sweep of these rows would find something, by its own clock. */
export function soonest(at: Date, times: readonly (Date | null)[]): Date | null {
  const due = times.filter((time) => time !== null).map((time) => Math.max(time.getTime(), at.getTime()));
  return due.length === 0 ? null : addMs(at, Math.min(...due) - at.getTime());
}
