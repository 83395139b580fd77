import type { Transaction } from '../elements/transaction.ts';
import type { Block } from './chain.ts';
import { sha256, toHex } from '../../src/lib/bytes.ts';
import { fromDisplay, toDisplay } from '../elements/codec.ts';
import { explicitValue } from '../elements/confidential.ts';
import { REGTEST } from '../elements/network.ts';
import { isFee, parseTransaction, transactionId } from '../elements/transaction.ts';
import { transactionSizes } from '../elements/transaction-size.ts';

/** A transaction that the chain knows, mined or not. */
export type TxRecord = {
  readonly txid: string;
  readonly hex: string;
  readonly tx: Transaction;
  readonly height: number | null;
  readonly feeSats: bigint;
  readonly vsize: number;
  readonly discountVsize: number;
};
export type Spender = { readonly txid: string; readonly vin: number };

/** Reads of the chain's present state. */
export type ChainView = {
  height(): number;
  block(height: number): Block | null;
  blockHeight(hash: string): number | null;
  record(txid: string): TxRecord | null;
  spender(txid: string, vout: number): Spender | null;
  /** Everything that pays or spends the script, in order of arrival. */
  scriptTxids(script: Uint8Array): readonly string[];
  /** In order of arrival. */
  mempool(): readonly TxRecord[];
  /** A mempool transaction and everything in the mempool that was built on it. */
  family(txid: string): readonly string[];
};

/** The chain's state in memory. It believes what it is told: validation comes before, the journal remembers. */
export type Ledger = ChainView & {
  add(record: TxRecord): void;
  remove(txids: readonly string[]): void;
  /** The mempool goes into the first of these blocks. */
  mine(times: readonly Date[]): void;
  /** The mempool stays where it is. */
  mineEmpty(times: readonly Date[]): void;
  /** Takes the last `depth` blocks off; their transactions are in the mempool again. */
  disconnect(depth: number): void;
};

export function readRecord(hex: string): TxRecord {
  const tx = parseTransaction(hex);
  const { vsize, discountVsize } = transactionSizes(tx);
  return { txid: transactionId(tx), hex, tx, height: null, feeSats: feeSats(tx), vsize, discountVsize };
}

/** The explicit L-BTC fee; fees in other assets count for nothing. */
export function feeSats(tx: Transaction): bigint {
  const lbtc = fromDisplay(REGTEST.lbtcAsset);
  const fees = tx.outputs.filter((output) => isFee(output) && Buffer.compare(output.asset.slice(1), lbtc) === 0);
  return fees.reduce((sum, output) => sum + explicitValue(output), 0n);
}

export function makeLedger(genesisTime: Date): Ledger {
  const records = new Map<string, TxRecord>();
  const waiting = new Set<string>();
  const spenders = new Map<string, Spender>();
  const scripts = makeIndex();
  const blocks = makeBlocks(genesisTime);

  const setHeight = (txid: string, height: number | null) => {
    const record = records.get(txid);
    if (record) records.set(txid, { ...record, height });
  };
  /** Scripts that a transaction pays, and those of the outputs that it spends. */
  const touched = (tx: Transaction) => [
    ...tx.outputs.map((output) => output.script),
    ...tx.inputs.flatMap((input) => records.get(input.txid)?.tx.outputs[input.vout]?.script ?? []),
  ];
  const family = (txid: string): string[] => {
    const found = new Set(waiting.has(txid) ? [txid] : []);
    for (const each of found) {
      for (const [vout] of (records.get(each)?.tx.outputs ?? []).entries()) {
        const child = spenders.get(outpointKey(each, vout));
        if (child) found.add(child.txid); // a Set's iteration goes on to what is added meanwhile
      }
    }
    return [...found]; // parents before children
  };

  return {
    ...blocks.view,
    record: (txid) => records.get(txid) ?? null,
    spender: (txid, vout) => spenders.get(outpointKey(txid, vout)) ?? null,
    scriptTxids: scripts.txids,
    mempool: () => [...waiting].flatMap((txid) => records.get(txid) ?? []),
    family,
    add(record) {
      scripts.add(record.txid, touched(record.tx));
      records.set(record.txid, record);
      waiting.add(record.txid);
      for (const [vin, input] of record.tx.inputs.entries()) spenders.set(outpointKey(input.txid, input.vout), { txid: record.txid, vin });
    },
    remove(txids) {
      for (const txid of txids) {
        const record = records.get(txid);
        if (!record || !waiting.delete(txid)) continue;
        for (const input of record.tx.inputs) {
          const key = outpointKey(input.txid, input.vout);
          if (spenders.get(key)?.txid === txid) spenders.delete(key);
        }
        scripts.remove(txid, touched(record.tx)); // children before parents: a parent's outputs name the scripts
        records.delete(txid);
      }
    },
    mine(times) {
      const mined = [...waiting];
      waiting.clear();
      for (const [index, time] of times.entries()) blocks.push(time, index === 0 ? mined : []);
      for (const txid of mined) setHeight(txid, blocks.view.height() - times.length + 1);
    },
    mineEmpty(times) {
      for (const time of times) blocks.push(time, []);
    },
    disconnect(depth) {
      const returned = blocks.pop(depth);
      for (const txid of returned) setHeight(txid, null);
      const younger = [...waiting];
      waiting.clear();
      for (const txid of [...returned, ...younger]) waiting.add(txid); // parents before children
    },
  };
}

function outpointKey(txid: string, vout: number): string {
  return `${txid}:${vout}`;
}

function makeIndex() {
  const byScript = new Map<string, Set<string>>();
  return {
    txids: (script: Uint8Array): readonly string[] => [...(byScript.get(toHex(script)) ?? [])],
    add(txid: string, scripts: readonly Uint8Array[]): void {
      for (const script of scripts) {
        const key = toHex(script);
        const known = byScript.get(key);
        if (known) known.add(txid);
        else byScript.set(key, new Set([txid]));
      }
    },
    remove(txid: string, scripts: readonly Uint8Array[]): void {
      for (const script of scripts) byScript.get(toHex(script))?.delete(txid);
    },
  };
}

/** Blocks have no work: a block's hash says its place, its time and what is in it. */
function makeBlocks(genesisTime: Date) {
  const blocks: Block[] = [{ height: 0, hash: REGTEST.genesisHash, time: genesisTime, txids: [] }];
  const heights = new Map<string, number>([[REGTEST.genesisHash, 0]]);
  let replaced = 0;
  const tip = (): Block => {
    const last = blocks.at(-1);
    if (!last) throw new Error('the chain has no block');
    return last;
  };
  return {
    view: {
      height: () => tip().height,
      block: (height: number) => blocks[height] ?? null,
      blockHeight: (hash: string) => heights.get(hash) ?? null,
    },
    push(wanted: Date, txids: readonly string[]): void {
      const last = tip();
      const time = wanted < last.time ? last.time : wanted;
      const height = last.height + 1;
      const hash = toDisplay(sha256(`${last.hash} ${height} ${replaced} ${time.getTime()} ${txids.join(' ')}`));
      blocks.push({ height, hash, time, txids });
      heights.set(hash, height);
    },
    pop(depth: number): string[] {
      replaced += 1; // so that the new blocks differ from the old ones, whatever is in them
      const gone = blocks.splice(blocks.length - depth, depth);
      for (const block of gone) heights.delete(block.hash);
      return gone.flatMap((block) => block.txids);
    },
  };
}
