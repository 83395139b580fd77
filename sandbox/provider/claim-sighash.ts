import type { Chain } from '../chain/chain.ts';
import type { Transaction, TxOutput } from '../elements/transaction.ts';
import { REGTEST } from '../elements/network.ts';
import { taprootSighash } from '../elements/sighash.ts';
import { parseTransaction } from '../elements/transaction.ts';
import { ProviderError } from './provider-error.ts';

/** @throws ProviderError when `hex` is not one whole transaction. */
export function countInputs(hex: string): number {
  return parseClaim(hex).inputs.length;
}

/** What a key-path signature of the claim's input signs. @throws ProviderError when the coins that it spends are unknown. */
export function claimSighash(chain: Chain, { transaction, index }: { transaction: string; index: number }): Uint8Array {
  const tx = parseClaim(transaction);
  return taprootSighash({ tx, index, spent: tx.inputs.map(({ txid, vout }) => spentOutput(chain, txid, vout)) }, REGTEST.genesisHash, null);
}

function parseClaim(hex: string): Transaction {
  try {
    return parseTransaction(hex);
  } catch {
    throw new ProviderError('could not parse transaction');
  }
}

function spentOutput(chain: Chain, txid: string, vout: number): TxOutput {
  const known = chain.transaction(txid);
  const output = known && parseTransaction(known.hex).outputs[vout];
  if (!output) throw new ProviderError(`no transaction output ${txid}:${vout}`);
  return output;
}
