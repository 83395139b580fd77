import type { Ledger } from './ledger.ts';
import { addMs } from '../../src/lib/time.ts';
import { readRecord } from './ledger.ts';

/** What a wallet knows about its own change without unblinding it again: by output index, value and blinders in hex. */
export type ChangeNote = {
  readonly vout: number;
  readonly assetId: string;
  readonly valueSats: string;
  readonly assetBlinder: string;
  readonly valueBlinder: string;
};

/** TABLE: everything that can happen to the chain, as the journal keeps it. Times are Unix milliseconds. */
export type ChainEntry =
  | {
      readonly kind: 'genesis';
      readonly seed: string;
      readonly height: number;
      readonly at: number;
      readonly transactions: readonly string[];
    }
  | { readonly kind: 'transaction'; readonly hex: string; readonly evicted: readonly string[]; readonly change: readonly ChangeNote[] }
  | { readonly kind: 'blocks'; readonly count: number; readonly at: number; readonly stepMs: number }
  | { readonly kind: 'drop'; readonly txid: string }
  | { readonly kind: 'reorg'; readonly depth: number; readonly at: number };
/** Liquid's blocks come every minute. */
export const BLOCK_INTERVAL_MS = 60_000;

export type GenesisEntry = Extract<ChainEntry, { kind: 'genesis' }>;

/** What is on the chain when it starts: the funds in block 1, then empty blocks up to `height`, a minute apart, the last one at `at`. */
export function applyGenesis(ledger: Ledger, entry: GenesisEntry): void {
  for (const hex of entry.transactions) ledger.add(readRecord(hex));
  ledger.mine(blockTimes({ count: entry.height, at: entry.at - (entry.height - 1) * BLOCK_INTERVAL_MS, stepMs: BLOCK_INTERVAL_MS }));
}

/** Replays one entry, or does it for the first time: both are the same, so that a restart ends where the chain stood. */
export function applyEntry(ledger: Ledger, entry: Exclude<ChainEntry, GenesisEntry>): void {
  switch (entry.kind) {
    case 'transaction':
      ledger.remove(entry.evicted);
      ledger.add(readRecord(entry.hex));
      return;
    case 'blocks':
      ledger.mine(blockTimes(entry));
      return;
    case 'drop':
      ledger.remove(ledger.family(entry.txid).toReversed());
      return;
    case 'reorg':
      ledger.disconnect(entry.depth);
      ledger.mineEmpty(blockTimes({ count: entry.depth + 1, at: entry.at, stepMs: 0 }));
      return;
  }
}

function blockTimes({ count, at, stepMs }: { readonly count: number; readonly at: number; readonly stepMs: number }): Date[] {
  const first = new Date(at);
  return Array.from({ length: count }, (_, index) => addMs(first, index * stepMs));
}
