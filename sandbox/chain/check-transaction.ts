import type { Transaction } from '../elements/transaction.ts';
import { scriptKind } from '../elements/script.ts';
import { isCoinbase, isFee } from '../elements/transaction.ts';
import { transactionSizes } from '../elements/transaction-size.ts';

/** elementsd's policy: heavier transactions are not relayed. */
const WEIGHT_MAX = 400_000;
/** An input's script of P2SH around P2WPKH has 23 bytes; longer ones than this are not relayed. */
const INPUT_SCRIPT_BYTES_MAX = 1650;

/** What can be said of a transaction without looking at the chain: null, or elementsd's reason. */
export function checkTransaction(tx: Transaction): string | null {
  if (tx.inputs.length === 0) return 'bad-txns-vin-empty';
  if (tx.outputs.length === 0) return 'bad-txns-vout-empty';
  if (new Set(tx.inputs.map(({ txid, vout }) => `${txid}:${vout}`)).size < tx.inputs.length) return 'bad-txns-inputs-duplicate';
  if (isCoinbase(tx)) return 'coinbase';
  return checkPolicy(tx);
}

function checkPolicy(tx: Transaction): string | null {
  if (tx.version !== 1 && tx.version !== 2) return 'version';
  if (transactionSizes(tx).weight > WEIGHT_MAX) return 'tx-size';
  for (const input of tx.inputs) {
    if (input.issuance) return 'bad-txns-issuance'; // the sandbox issues its one asset in its first block
    if (input.isPegin) return 'bad-pegin-witness'; // and has no mainchain
    if (input.script.length > INPUT_SCRIPT_BYTES_MAX) return 'scriptsig-size';
  }
  for (const output of tx.outputs) {
    if (isFee(output)) continue;
    if (output.value[0] === 0 || output.asset[0] === 0) return 'bad-txns-vout-null';
    if (scriptKind(output.script) === 'unknown') return 'scriptpubkey';
  }
  return null;
}
