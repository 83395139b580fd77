/**
 * The sandbox's Liquid chain as its neighbours see it. `openChain` is in `open-chain.ts`, the Esplora server (`serveEsplora`) in `serve-esplora.ts`.
 * Txids and block hashes are display-order hex; amounts are whole satoshis of the asset.
 */
export type Chain = {
  height(): number;
  tipHash(): string;
  /**
   * Validates as strictly as elementsd and journals; resolves once it is durable. Same tx twice: accepted again.
   * `reason` is elementsd's own text ("bad-txns-inputs-missingorspent", "min relay fee not met, 5 < 19", ...).
   */
  accept(hex: string): Promise<Accepted>;
  /** `height` null: still in the mempool. */
  transaction(txid: string): { readonly hex: string; readonly height: number | null } | null;
  spender(txid: string, vout: number): { readonly txid: string; readonly vin: number; readonly height: number | null } | null;
  /** Mines `count` blocks, the mempool into the first; answers the new height. Large counts are one jump. */
  mine(count: number): Promise<number>;
  /** Mines what the clock owes: one block for every whole 60 s since the last one. Call after moving the clock. */
  mineDue(): Promise<number>;
  /** Evicts a transaction and what was built on it from the mempool. What is mined, or unknown, stays as it is. */
  drop(txid: string): Promise<void>;
  /** Replaces the last `depth` blocks by one more empty ones; their transactions go back to the mempool. Answers the new height. */
  reorg(depth: number): Promise<number>;
  /** Everything that pays or spends the script, mined first, then the mempool. */
  transactionsOfScript(script: Uint8Array): readonly { readonly txid: string; readonly height: number | null }[];
  /** Called after a transaction has entered the mempool and is durable. */
  onTransaction(listener: (txid: string) => void): void;
  /** Called once per `mine` or `reorg`, with the new height. */
  onBlock(listener: (height: number) => void): void;
  /** Blocks by height, newest is `height()`; null above it. */
  block(height: number): Block | null;
  blockHeight(hash: string): number | null;
  /** In order of arrival. */
  mempool(): readonly MempoolEntry[];
  close(): Promise<void>;
};

export type Accepted = { readonly ok: true; readonly txid: string } | { readonly ok: false; readonly reason: string };

export type Block = { readonly height: number; readonly hash: string; readonly time: Date; readonly txids: readonly string[] };

export type MempoolEntry = { readonly txid: string; readonly feeSats: bigint; readonly vsize: number; readonly discountVsize: number };

export type AssetName = 'LBTC' | 'OTHER';

export type WalletOutput = {
  readonly script: Uint8Array;
  /** Null pays an explicit (unblinded) output. */
  readonly blindingPublicKey: Uint8Array | null;
  readonly amountSats: bigint;
  /** Default LBTC; OTHER is an issued asset without worth. */
  readonly asset?: AssetName;
  /** Signals BIP-125 replacement. Default: final sequence numbers. */
  readonly rbf?: boolean;
};

export type WalletTransaction = { readonly txid: string; readonly hex: string; readonly vout: number };

/** One for the provider, one for the shopper. Sends are serialised; each takes confirmed coins first, so that lockups do not chain. */
export type ChainWallet = {
  /** Where change comes back, and where a refund may be sent. */
  readonly script: Uint8Array;
  readonly blindingPublicKey: Uint8Array;
  /** Builds, signs, and sends. @throws Error when the coins do not suffice or the chain refuses. */
  pay(out: WalletOutput): Promise<WalletTransaction>;
  /** As `pay`, but nothing is sent: the coins are set aside until the process ends or `chain.accept` takes the transaction. */
  prepare(out: WalletOutput): Promise<WalletTransaction>;
  /** Sends the first input of one of this wallet's own transactions back to the wallet, with a higher fee: a double spend, or a replacement. */
  takeBack(hex: string): Promise<{ readonly txid: string; readonly hex: string }>;
  /** Unspent, mempool included. */
  balanceSats(asset?: AssetName): bigint;
};

export type OpenedChain = {
  readonly chain: Chain;
  readonly providerWallet: ChainWallet;
  readonly shopperWallet: ChainWallet;
  /** Asset id of OTHER. */
  readonly otherAsset: string;
};
