import type { Database } from '../lib/database.ts';
import type { ChainSource } from '../liquid/chain-source.ts';
import type { LiquidTransaction } from '../liquid/transaction.ts';
import { isSourceFault, fetchContents } from '../liquid/read-sources.ts';
import { findDirectAddresses } from './direct-lease-store.ts';

export type LookAtAddressDeps = {
  readonly database: Database;
  /** Asked each time, contents too: what could not be opened a moment ago is read afresh before something is decided. */
  readonly chains: readonly ChainSource[];
  /** Writes down what a transaction brought; repeat-safe. */
  readonly see: (transaction: LiquidTransaction) => Promise<unknown>;
};

/**
 * A fresh look at the address of one payment, before something is decided about it: whatever lies there is written down when this
 * answers `true`. False: no source could say, or something that is there could not be read; ask again.
 */
export async function lookAtAddress(deps: LookAtAddressDeps, paymentId: string): Promise<boolean> {
  const address = (await findDirectAddresses(deps.database, [paymentId])).get(paymentId);
  if (!address) return true;
  for (const chain of deps.chains) {
    try {
      for (const { txid } of await chain.scriptTransactions(address.scriptPubKey)) await deps.see(await fetchContents(deps.chains, txid));
      return true;
    } catch (error) {
      if (!isSourceFault(error)) throw error;
    }
  }
  return false;
}
