import type { Tx, Write } from '../lib/database.ts';
import type { FollowedBlock } from './chain-follower-store.ts';
import type { LiquidTransaction } from './transaction.ts';

/** Lets only the process that follows the chain write. */
export type Guard = {
  /** Run first in each of the sink's transactions: it throws when another process follows the chain by now. */
  readonly inTx: (tx: Tx) => Promise<void>;
  /** The same as the first statements of a commit: they fail, and with them everything in it. */
  readonly writes: () => readonly Write[];
};
export type OpenTransaction = Readonly<{ txid: string; height: number | null }>;

/** Whom the chain concerns. Every call may come twice, and after a crash again. */
export type ChainSink = {
  /** Looks at every output. True: something of ours is among them. */
  readonly see: (transaction: LiquidTransaction, guard: Guard) => Promise<boolean>;
  readonly mined: (txids: readonly string[], block: FollowedBlock, guard: Guard) => Promise<void>;
  /** Blocks above this height are no more; what was in them waits again. */
  readonly unmined: (aboveHeight: number, guard: Guard) => Promise<void>;
  readonly lost: (txid: string, how: 'dropped' | 'replaced', guard: Guard) => Promise<void>;
  /** Two blocks lie on these. */
  readonly buried: (txids: readonly string[], guard: Guard) => Promise<void>;
  /** What was seen and is not deep under blocks yet. */
  readonly openTransactions: () => Promise<readonly OpenTransaction[]>;
  /** Scripts that may have been paid while nobody looked. */
  readonly scriptsToCatchUp: () => Promise<readonly Uint8Array[]>;
};
