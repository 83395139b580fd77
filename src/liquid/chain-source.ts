import type { LiquidTransaction } from './transaction.ts';

/**
 * A view of the Liquid chain. Several independent ones stand side by side: none is believed alone where money depends on it.
 * Every call throws `ChainSourceFault` or `HttpFault` when no whole and sensible answer came: that is "unknown", never "no".
 */
export type ChainSource = {
  readonly name: string;
  tipHeight(): Promise<number>;
  /**
   * What is in the transaction with this very txid (recomputed from the answer), which a list or an output has named; null when this source
   * cannot show it. It may have been remembered for a while (remember-contents.ts): whether it is still known says `transactionStatus`.
   */
  transactionContents(txid: string): Promise<LiquidTransaction | null>;
  /** The contents were no good (their proofs do not open, and no txid covers proofs): the next to read them asks the source itself. */
  forgetContents(txid: string): void;
  /** Whether it exists, as the source says now. Null = this source does not know it. */
  transactionStatus(txid: string): Promise<{ confirmed: boolean; height: number | null } | null>;
  /** Everything known, mempool (height null) included, that pays or spends the script. */
  scriptTransactions(scriptPubKey: Uint8Array): Promise<readonly { txid: string; height: number | null }[]>;
  /** Of an output that this source knows; "spent" by a mempool transaction has height null. */
  outspend(txid: string, vout: number): Promise<{ spent: false } | { spent: true; txid: string; height: number | null }>;
  /**
   * A transaction that the source has already, in mempool or chain, counts as accepted. `accepted: false` is its considered no. Who names
   * the txid lets the contents be remembered once they are accepted.
   */
  broadcast(hex: string, txid?: string): Promise<{ accepted: true } | { accepted: false; reason: string }>;
  /** Everything that waits unconfirmed, of the whole network. */
  mempoolTxids(): Promise<readonly string[]>;
  /** Null above this source's tip. */
  blockHash(height: number): Promise<string | null>;
  /** In the order of the block; null when this source does not know it (any more). */
  blockTxids(hash: string): Promise<readonly string[] | null>;
};

/** The source answered, but not with anything that can be used (5xx, 429, other shapes, another transaction). */
export class ChainSourceFault extends Error {
  readonly source: string;
  constructor(source: string, message: string) {
    super(`chain source ${source}: ${message}`);
    this.name = 'ChainSourceFault';
    this.source = source;
  }
}
