import type { Coin } from '../elements/build-transaction.ts';
import type { Opened } from '../elements/confidential.ts';
import type { Zkp } from '../elements/zkp.ts';
import type { ChangeNote } from './history.ts';
import type { ChainView } from './ledger.ts';
import { fromHex, toHex } from '../../src/lib/bytes.ts';
import { openOutput } from '../elements/confidential.ts';

export type PurseDeps = { readonly zkp: Zkp; readonly view: ChainView };
export type PurseKeys = { readonly script: Uint8Array; readonly blindingKey: Uint8Array };

/** The coins of one script. */
export type Purse = {
  /** Null when it is not this purse's, or cannot be read. Spent coins too. */
  coin(txid: string, vout: number): Coin | null;
  /** The first coin that is enough alone, mined before unmined and old before new, else the largest ones together. @throws Error when all are too little */
  choose(asset: string, amount: bigint): Coin[];
  unspent(): Coin[];
  /** These coins are not chosen again while the process lives. */
  setAside(coins: readonly Coin[]): void;
  /** Saves opening change that was made here. */
  remember(txid: string, change: readonly ChangeNote[]): void;
};

/** `notes`: what is known of coins from earlier, by `txid:vout`. */
export function makePurse({ zkp, view }: PurseDeps, { script, blindingKey }: PurseKeys, notes: ReadonlyMap<string, Opened>): Purse {
  const opened = new Map<string, Opened | null>(notes);
  const aside = new Set<string>();

  const coin = (txid: string, vout: number): Coin | null => {
    const output = view.record(txid)?.tx.outputs[vout];
    if (!output || Buffer.compare(output.script, script) !== 0) return null;
    const key = `${txid}:${vout}`;
    const inside = opened.get(key) ?? openOutput(zkp, output, blindingKey);
    opened.set(key, inside);
    return inside && { txid, vout, output, opened: inside };
  };
  /** Lazy: opening a coin takes 20 ms. */
  function* coins(): Generator<Coin> {
    const all = view.scriptTxids(script).flatMap((txid) => view.record(txid) ?? []);
    const ordered = [...all.filter((record) => record.height !== null), ...all.filter((record) => record.height === null)];
    for (const { txid, tx } of ordered) {
      for (const vout of tx.outputs.keys()) {
        const found = view.spender(txid, vout) ? null : coin(txid, vout);
        if (found) yield found;
      }
    }
  }

  return {
    coin,
    unspent: () => [...coins()],
    setAside: (taken) => {
      for (const each of taken) aside.add(coinKey(each));
    },
    remember: (txid, change) => {
      for (const note of change) opened.set(`${txid}:${note.vout}`, readNote(note));
    },
    choose(asset, amount) {
      const small: Coin[] = [];
      for (const each of coins()) {
        if (each.opened.assetId !== asset || aside.has(coinKey(each))) continue;
        if (each.opened.valueSats >= amount) return [each];
        small.push(each);
      }
      return largestTogether(small, asset, amount);
    },
  };
}

function largestTogether(coins: readonly Coin[], asset: string, amount: bigint): Coin[] {
  const chosen: Coin[] = [];
  for (const each of coins.toSorted((a, b) => (a.opened.valueSats > b.opened.valueSats ? -1 : 1))) {
    chosen.push(each);
    if (sumOf(chosen, asset) >= amount) return chosen;
  }
  throw new Error(`the sandbox wallet has less than ${amount} of ${asset}`);
}

export function sumOf(coins: readonly Coin[], asset: string): bigint {
  return coins.reduce((total, { opened }) => (opened.assetId === asset ? total + opened.valueSats : total), 0n);
}

function coinKey({ txid, vout }: Coin): string {
  return `${txid}:${vout}`;
}

export function noteOf(vout: number, { assetId, valueSats, assetBlinder, valueBlinder }: Opened): ChangeNote {
  return { vout, assetId, valueSats: valueSats.toString(), assetBlinder: toHex(assetBlinder), valueBlinder: toHex(valueBlinder) };
}

export function readNote({ assetId, valueSats, assetBlinder, valueBlinder }: ChangeNote): Opened {
  return { assetId, valueSats: BigInt(valueSats), assetBlinder: fromHex(assetBlinder), valueBlinder: fromHex(valueBlinder) };
}
