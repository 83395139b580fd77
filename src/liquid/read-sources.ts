import type { ChainSource } from './chain-source.ts';
import type { LiquidTransaction } from './transaction.ts';
import { HttpFault } from '../lib/http-client.ts';
import { ChainSourceFault } from './chain-source.ts';

/** Whether the fault means "this source cannot say now". Anything else is ours. */
export function isSourceFault(error: unknown): boolean {
  return error instanceof HttpFault || error instanceof ChainSourceFault;
}

/** What waits unconfirmed at any source that answers; null when none does. */
export async function readMempools(sources: readonly ChainSource[]): Promise<ReadonlySet<string> | null> {
  const answers = await Promise.allSettled(sources.map((source) => source.mempoolTxids()));
  const lists = answers.flatMap((answer) => (answer.status === 'fulfilled' ? [answer.value] : []));
  return lists.length === 0 ? null : new Set(lists.flat());
}

/** What is in a transaction that was listed, from the first source that shows it; whether it exists is not asked (`whereIs`). @throws the last fault when none could say, ChainSourceFault when none knows it. */
export async function fetchContents(sources: readonly ChainSource[], txid: string): Promise<LiquidTransaction> {
  let fault: unknown = new ChainSourceFault('all', 'no source knows a transaction that one of them has listed');
  for (const source of sources) {
    try {
      const transaction = await source.transactionContents(txid);
      if (transaction !== null) return transaction;
    } catch (error) {
      if (!isSourceFault(error)) throw error;
      fault = error;
    }
  }
  throw fault;
}

export type Whereabouts = 'mempool' | 'unknown_to_all' | 'cannot_say' | { readonly height: number };

/** Where a transaction is. It is gone only when every source answers that it does not know it: one that lags or fails cannot take money away. */
export async function whereIs(sources: readonly ChainSource[], txid: string): Promise<Whereabouts> {
  const answers = await Promise.allSettled(sources.map((source) => source.transactionStatus(txid)));
  const known = answers.flatMap((answer) => (answer.status === 'fulfilled' && answer.value ? [answer.value] : []));
  const mined = known.find((status) => status.confirmed && status.height !== null);
  if (mined && mined.height !== null) return { height: mined.height };
  if (known.length > 0) return 'mempool';
  return answers.every((answer) => answer.status === 'fulfilled') ? 'unknown_to_all' : 'cannot_say';
}
