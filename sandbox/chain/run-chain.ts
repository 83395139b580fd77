import type { Clock } from '../../src/lib/time.ts';
import type { Zkp } from '../elements/zkp.ts';
import type { Journal } from '../journal.ts';
import type { Accepted, Chain } from './chain.ts';
import type { ChainEntry, ChangeNote, GenesisEntry } from './history.ts';
import type { Ledger, TxRecord } from './ledger.ts';
import { applyEntry, BLOCK_INTERVAL_MS } from './history.ts';
import { readRecord } from './ledger.ts';
import { makeQueue } from './queue.ts';
import { validateTransaction } from './validate-transaction.ts';

export type RunChainDeps = {
  readonly zkp: Zkp;
  readonly now: Clock;
  readonly ledger: Ledger;
  readonly journal: Journal<ChainEntry>;
  readonly genesisHeight: number;
};

/** The chain, and its wallets' way in, which keeps their notes. */
export type RunningChain = { readonly chain: Chain; readonly submit: (hex: string, change: readonly ChangeNote[]) => Promise<Accepted> };

/** 139 days of blocks. One jump may not be larger: each block takes about 200 bytes of memory for ever. */
const BLOCKS_PER_JUMP_MAX = 200_000;

/** One change at a time: judged against the chain as it stands, journalled, then applied and told. */
export function runChain(deps: RunChainDeps): RunningChain {
  const { ledger, journal, now } = deps;
  const { enqueue, drained } = makeQueue();
  const listeners = makeListeners();

  const commit = async (entry: Exclude<ChainEntry, GenesisEntry>): Promise<void> => {
    await journal.append(entry);
    applyEntry(ledger, entry);
  };
  const submit = (hex: string, change: readonly ChangeNote[]): Promise<Accepted> =>
    enqueue(async () => {
      const record = decode(hex);
      if (!record) return { ok: false, reason: 'TX decode failed. Make sure the tx has at least one input.' };
      if (ledger.record(record.txid)) return { ok: true, txid: record.txid };
      const verdict = validateTransaction({ zkp: deps.zkp, view: ledger }, record);
      if (!verdict.ok) return verdict;
      await commit({ kind: 'transaction', hex: record.hex, evicted: verdict.evicted.toReversed(), change });
      listeners.tellTransaction(record.txid);
      return { ok: true, txid: record.txid };
    });
  const mine = async (count: number, at: number, stepMs: number): Promise<number> => {
    if (!Number.isSafeInteger(count) || count < 0 || count > BLOCKS_PER_JUMP_MAX)
      throw new RangeError(`cannot mine ${count} blocks at once`);
    if (count === 0) return ledger.height();
    await commit({ kind: 'blocks', count, at, stepMs });
    listeners.tellBlock(ledger.height());
    return ledger.height();
  };

  const chain: Chain = {
    ...reads(ledger),
    accept: (hex) => submit(hex, []),
    mine: (count) => enqueue(() => mine(count, now().getTime(), 0)),
    mineDue: () =>
      enqueue(async () => {
        const last = ledger.block(ledger.height())?.time.getTime() ?? 0;
        const due = Math.floor((now().getTime() - last) / BLOCK_INTERVAL_MS); // whole intervals only
        return mine(Math.min(Math.max(due, 0), BLOCKS_PER_JUMP_MAX), last + BLOCK_INTERVAL_MS, BLOCK_INTERVAL_MS);
      }),
    drop: (txid) =>
      enqueue(async () => {
        if (ledger.record(txid)?.height === null) await commit({ kind: 'drop', txid });
      }),
    reorg: (depth) =>
      enqueue(async () => {
        if (!Number.isSafeInteger(depth) || depth < 1) throw new RangeError(`cannot replace ${depth} blocks`);
        const possible = Math.min(depth, ledger.height() - deps.genesisHeight); // the wallets' funds stay
        if (possible < 1) return ledger.height();
        await commit({ kind: 'reorg', depth: possible, at: now().getTime() });
        listeners.tellBlock(ledger.height());
        return ledger.height();
      }),
    onTransaction: listeners.onTransaction,
    onBlock: listeners.onBlock,
    close: async () => {
      await drained();
      await journal.close();
    },
  };
  return { chain, submit };
}

function decode(hex: string): TxRecord | null {
  try {
    return readRecord(hex.trim().toLowerCase());
  } catch (error) {
    if (error instanceof RangeError) return null; // what the parser throws on anything but a transaction
    throw error;
  }
}

type Reads = 'height' | 'tipHash' | 'transaction' | 'spender' | 'transactionsOfScript' | 'block' | 'blockHeight' | 'mempool';

function reads(ledger: Ledger): Pick<Chain, Reads> {
  return {
    height: ledger.height,
    tipHash: () => ledger.block(ledger.height())?.hash ?? '',
    block: ledger.block,
    blockHeight: ledger.blockHeight,
    mempool: ledger.mempool,
    transaction(txid) {
      const record = ledger.record(txid);
      return record && { hex: record.hex, height: record.height };
    },
    spender(txid, vout) {
      const spender = ledger.spender(txid, vout);
      return spender && { ...spender, height: ledger.record(spender.txid)?.height ?? null };
    },
    transactionsOfScript(script) {
      const all = ledger.scriptTxids(script).map((txid) => ({ txid, height: ledger.record(txid)?.height ?? null }));
      const mined = all.filter((each) => each.height !== null).sort((a, b) => (a.height ?? 0) - (b.height ?? 0));
      return [...mined, ...all.filter((each) => each.height === null)];
    },
  };
}

function makeListeners() {
  const ofTransactions: ((txid: string) => void)[] = [];
  const ofBlocks: ((height: number) => void)[] = [];
  return {
    onTransaction: (listener: (txid: string) => void) => void ofTransactions.push(listener),
    onBlock: (listener: (height: number) => void) => void ofBlocks.push(listener),
    tellTransaction: (txid: string) => {
      for (const listener of ofTransactions) listener(txid);
    },
    tellBlock: (height: number) => {
      for (const listener of ofBlocks) listener(height);
    },
  };
}
