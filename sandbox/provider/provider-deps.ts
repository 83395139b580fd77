import type { Log } from '../../src/lib/log.ts';
import type { Random } from '../../src/lib/random.ts';
import type { Clock } from '../../src/lib/time.ts';
import type { Chain, ChainWallet } from '../chain/chain.ts';
import type { Zkp } from '../elements/zkp.ts';
import type { FaultSource } from '../faults/faults.ts';
import type { CooperativeSigner } from './cooperative-signer.ts';
import type { KeyedQueue } from './keyed-queue.ts';
import type { SwapBook } from './swap-book.ts';

/** What the provider's use cases work with. */
export type ProviderDeps = {
  readonly book: SwapBook;
  readonly chain: Chain;
  readonly wallet: ChainWallet;
  readonly signer: CooperativeSigner;
  readonly zkp: Zkp;
  /** One at a time per swap (key: its id) and per preimage hash (while it is created). */
  readonly inTurn: KeyedQueue;
  readonly now: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly faults: FaultSource;
};
