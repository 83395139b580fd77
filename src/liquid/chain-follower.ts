import type { Database } from '../lib/database.ts';
import type { Log } from '../lib/log.ts';
import type { Clock } from '../lib/time.ts';
import type { ChainSource } from './chain-source.ts';
import type { FollowedBlock } from './chain-follower-store.ts';
import type { ChainSink, Guard } from './chain-sink.ts';
import { addMs, monotonicMs, SECOND_MS } from '../lib/time.ts';
import {
  endFollowerLease,
  forgetBlocksAbove,
  giveUpFollowerLease,
  isNewestFence,
  keepBlock,
  keepFollowedUntil,
  mustBeNewestFence,
  readBlocks,
  takeFollowerLease,
} from './chain-follower-store.ts';
import { ChainSourceFault } from './chain-source.ts';
import { followBlocks } from './follow-blocks.ts';
import { fetchContents, isSourceFault, readMempools, whereIs } from './read-sources.ts';

export type ChainFollowerDeps = {
  readonly database: Database;
  readonly sources: readonly ChainSource[];
  readonly sink: ChainSink;
  readonly now: Clock;
  readonly log: Log;
  /** Names this process among others. */
  readonly holder: string;
  /** Between two rounds in real time: public sources allow about five requests a second. */
  readonly paceMs: number;
};

/** A follower that died is replaced within this and one tick of the next one: together below ten seconds. */
export const FOLLOWER_LEASE_MS = 6 * SECOND_MS;
/** After a whole look the chain counts as followed for this long: a few rounds may fail before nobody relies on it. */
export const FOLLOWED_FOR_MS = 15 * SECOND_MS;
/** That is written down at most this often. */
const FOLLOWED_EVERY_MS = 2 * SECOND_MS;
/** Two blocks are final on Liquid. */
const BURIED_BLOCKS = 2;
/** Deeper than this nothing is looked for again. */
const FORGOTTEN_DEPTH = 10;
/** A transaction that has left the mempool is searched for after this many rounds: sources behind one address do not agree at once. */
const MISSING_ROUNDS = 3;
/** A transaction that could not be read so often is passed over, loudly: it must not stop the blocks. The look at expiry finds it again. */
const EXAMINE_TRIES_MAX = 20;
/** Fetched at once. */
const FETCHED_AT_ONCE = 4;
/** Liquid has a few transactions a minute: weeks of them. */
const EXAMINED_MAX = 50_000;

type Open = { height: number | null; missing: number; told: boolean; firstInput: { txid: string; vout: number } | null };

class LeaseLost extends Error {}

/** Follows the whole chain: every transaction is fetched once, whoever it concerns, so that no source learns whose addresses these are. */
export class ChainFollower {
  readonly #deps: ChainFollowerDeps;
  readonly #examined = new Set<string>();
  readonly #failures = new Map<string, number>();
  readonly #open = new Map<string, Open>();
  #fence: bigint | null = null;
  #lastRoundMs = Number.NEGATIVE_INFINITY;
  #followedMs = Number.NEGATIVE_INFINITY;
  #isBlind = false;

  constructor(deps: ChainFollowerDeps) {
    this.#deps = deps;
  }

  /** Looks once at mempool and blocks. Answers how much was new; 0 also when another process follows, or no source answers. */
  async round(): Promise<number> {
    const { database, holder, now, log, paceMs } = this.#deps;
    if (monotonicMs() - this.#lastRoundMs < paceMs) return 0;
    this.#lastRoundMs = monotonicMs();
    const at = now();
    const fence = await takeFollowerLease(database, { holder, at, until: addMs(at, FOLLOWER_LEASE_MS) });
    if (fence === null) {
      this.#fence = null;
      return 0;
    }
    try {
      if (fence !== this.#fence) await this.#begin(fence);
      const done = await this.#look();
      await this.#sayFollowed(at);
      if (this.#isBlind) log.info({}, 'the chain can be followed again');
      this.#isBlind = false;
      return done;
    } catch (error) {
      if (!(error instanceof LeaseLost) && !isSourceFault(error)) throw error;
      if (error instanceof LeaseLost) this.#fence = null;
      else if (!this.#isBlind) log.warn({ err: error }, 'the chain cannot be followed now');
      this.#isBlind = !(error instanceof LeaseLost);
      return 0;
    }
  }

  /** For the only process on its database: follows at once where a dead one did. */
  async takeOver(): Promise<void> {
    await endFollowerLease(this.#deps.database, this.#deps.now());
  }

  async #sayFollowed(at: Date): Promise<void> {
    if (monotonicMs() - this.#followedMs < FOLLOWED_EVERY_MS) return;
    this.#followedMs = monotonicMs();
    await keepFollowedUntil(this.#deps.database, { holder: this.#deps.holder, until: addMs(at, FOLLOWED_FOR_MS) });
  }

  /** Lets another process follow at once. */
  async close(): Promise<void> {
    if (this.#fence !== null) await giveUpFollowerLease(this.#deps.database, this.#deps.holder, this.#deps.now());
    this.#fence = null;
  }

  readonly #guard: Guard = {
    inTx: async (tx) => {
      if (this.#fence === null || !(await isNewestFence(tx, this.#fence))) throw new LeaseLost('another process follows the chain');
    },
    writes: () => [mustBeNewestFence(this.#fence)],
  };

  async #begin(fence: bigint): Promise<void> {
    this.#deps.log.info({ holder: this.#deps.holder, fence }, 'this process follows the chain');
    this.#fence = fence;
    this.#examined.clear();
    await this.#readOpen();
  }

  async #readOpen(): Promise<void> {
    this.#open.clear();
    for (const { txid, height } of await this.#deps.sink.openTransactions()) {
      this.#open.set(txid, { height, missing: 0, told: false, firstInput: null });
    }
  }

  async #look(): Promise<number> {
    const mempool = await readMempools(this.#deps.sources);
    const seen = mempool ? await this.#examineAll([...mempool]) : 0;
    const { tip, blocks } = await followBlocks({
      sources: this.#deps.sources,
      log: this.#deps.log,
      readBlocks: () => readBlocks(this.#deps.database),
      takeBlock: (block, txids) => this.#takeBlock(block, txids),
      takeBackAbove: (height) => this.#takeBackAbove(height),
      catchUp: (source) => this.#catchUp(source),
    });
    const lost = mempool ? await this.#searchMissing(mempool) : 0;
    await this.#tellBuried(tip);
    return seen + blocks + lost;
  }

  /** Answers how many are ours. One that cannot be read now is left to the next round. */
  async #examineAll(txids: readonly string[]): Promise<number> {
    const fresh = txids.filter((txid) => !this.#examined.has(txid));
    let ours = 0;
    for (let start = 0; start < fresh.length; start += FETCHED_AT_ONCE) {
      const batch = fresh.slice(start, start + FETCHED_AT_ONCE);
      const found = await Promise.all(batch.map((txid) => this.#tryExamine(txid)));
      ours += found.filter((outcome) => outcome === 'ours').length;
    }
    return ours;
  }

  async #tryExamine(txid: string): Promise<'ours' | 'not_ours' | 'failed'> {
    try {
      return (await this.#examine(txid)) ? 'ours' : 'not_ours';
    } catch (error) {
      if (error instanceof LeaseLost) throw error;
      const tries = (this.#failures.get(txid) ?? 0) + 1;
      this.#failures.set(txid, tries);
      if (tries < EXAMINE_TRIES_MAX) return 'failed';
      this.#deps.log.error({ txid, err: error }, 'a transaction could not be read and is passed over');
      this.#remember(txid);
      return 'not_ours';
    }
  }

  async #examine(txid: string): Promise<boolean> {
    const transaction = await fetchContents(this.#deps.sources, txid);
    const isOurs = await this.#deps.sink.see(transaction, this.#guard);
    this.#remember(txid);
    const [first] = transaction.inputs;
    if (isOurs) this.#open.set(txid, { height: null, missing: 0, told: false, firstInput: first ?? null });
    return isOurs;
  }

  #remember(txid: string): void {
    this.#failures.delete(txid);
    this.#examined.add(txid);
    const [oldest] = this.#examined;
    if (this.#examined.size > EXAMINED_MAX && oldest !== undefined) this.#examined.delete(oldest);
  }

  async #takeBlock(block: FollowedBlock, txids: readonly string[]): Promise<void> {
    await this.#examineAll(txids);
    if (txids.some((txid) => this.#failures.has(txid))) throw new ChainSourceFault('all', `block ${block.height} cannot be read whole`);
    await this.#tellMined(txids, block);
    await this.#deps.database.transact(async (tx) => {
      await this.#guard.inTx(tx);
      await keepBlock(tx, block);
    });
  }

  async #tellMined(txids: readonly string[], block: FollowedBlock): Promise<void> {
    const ours = txids.filter((txid) => this.#open.has(txid));
    if (ours.length > 0) await this.#deps.sink.mined(ours, block, this.#guard);
    for (const txid of ours) this.#change(txid, { height: block.height, missing: 0, told: false });
  }

  #change(txid: string, change: Partial<Open>): void {
    const open = this.#open.get(txid);
    if (open) this.#open.set(txid, { ...open, ...change });
  }

  async #takeBackAbove(height: number): Promise<void> {
    await this.#deps.sink.unmined(height, this.#guard);
    await this.#deps.database.transact(async (tx) => {
      await this.#guard.inTx(tx);
      await forgetBlocksAbove(tx, height);
    });
    await this.#readOpen();
  }

  /** By script, which names our addresses to the source: only where too many blocks were missed to read them all. */
  async #catchUp(source: ChainSource): Promise<void> {
    for (const script of await this.#deps.sink.scriptsToCatchUp()) {
      for (const { txid, height } of await source.scriptTransactions(script)) {
        if (!this.#examined.has(txid)) await this.#examine(txid);
        if (height !== null) await this.#tellMinedAt(source, txid, height);
      }
    }
  }

  async #tellMinedAt(source: Pick<ChainSource, 'blockHash'>, txid: string, height: number): Promise<void> {
    const hash = await source.blockHash(height);
    if (hash !== null) await this.#tellMined([txid], { height, hash });
  }

  /** Transactions that waited and do not wait any more: mined in a block that was passed over, or gone. */
  async #searchMissing(mempool: ReadonlySet<string>): Promise<number> {
    let lost = 0;
    for (const [txid, open] of [...this.#open]) {
      if (open.height !== null) continue;
      this.#change(txid, { missing: mempool.has(txid) ? 0 : open.missing + 1 });
      if (mempool.has(txid) || open.missing + 1 < MISSING_ROUNDS) continue;
      const place = await whereIs(this.#deps.sources, txid);
      if (typeof place === 'object') await this.#tellFoundMined(txid, place.height);
      if (place !== 'unknown_to_all') continue;
      await this.#deps.sink.lost(txid, (await this.#isReplaced(txid, open)) ? 'replaced' : 'dropped', this.#guard);
      this.#open.delete(txid);
      this.#examined.delete(txid); // should it come back, it is seen again
      lost++;
    }
    return lost;
  }

  async #tellFoundMined(txid: string, height: number): Promise<void> {
    const hashes = await Promise.allSettled(this.#deps.sources.map((source) => source.blockHash(height)));
    const hash = hashes.flatMap((answer) => (answer.status === 'fulfilled' && answer.value ? [answer.value] : []))[0];
    if (hash !== undefined) await this.#tellMined([txid], { height, hash });
  }

  async #isReplaced(txid: string, { firstInput }: Open): Promise<boolean> {
    if (!firstInput) return false;
    const { txid: parent, vout } = firstInput;
    const spends = await Promise.allSettled(this.#deps.sources.map((source) => source.outspend(parent, vout)));
    return spends.some((answer) => answer.status === 'fulfilled' && answer.value.spent && answer.value.txid !== txid);
  }

  async #tellBuried(tip: number): Promise<void> {
    const deep = [...this.#open].filter(([, { height, told }]) => height !== null && !told && tip - height + 1 >= BURIED_BLOCKS);
    const txids = deep.map(([txid]) => txid);
    if (txids.length > 0) await this.#deps.sink.buried(txids, this.#guard);
    for (const txid of txids) this.#change(txid, { told: true });
    for (const [txid, { height }] of [...this.#open]) if (height !== null && tip - height >= FORGOTTEN_DEPTH) this.#open.delete(txid);
  }
}
