import type { Transaction, TxOutput } from '../elements/transaction.ts';
import type { Zkp } from '../elements/zkp.ts';
import type { ChainView, TxRecord } from './ledger.ts';
import { relayFeeSats } from '../elements/build-transaction.ts';
import { REGTEST } from '../elements/network.ts';
import { amountsBalance } from '../elements/verify-amounts.ts';
import { verifyInput } from '../elements/verify-input.ts';
import { checkReplacement } from './check-replacement.ts';
import { checkTransaction } from './check-transaction.ts';

/** `evicted`: what the transaction replaces in the mempool. */
export type Verdict = { readonly ok: true; readonly evicted: readonly string[] } | { readonly ok: false; readonly reason: string };

/** Lock times below are block heights, from here on Unix seconds. */
const LOCKTIME_THRESHOLD = 500_000_000;
const SEQUENCE_FINAL = 0xffff_ffff;
/** BIP-68: this bit switches relative lock times off; this one counts in units of 512 s instead of blocks. */
const RELATIVE_OFF = 0x8000_0000;
const RELATIVE_TIME = 0x0040_0000;
const RELATIVE_MASK = 0xffff;
/** elementsd's default limit on unconfirmed ancestors, the transaction itself included. */
const ANCESTORS_MAX = 25;

/** Everything elementsd asks of a transaction that comes in over `sendrawtransaction`, in its order and with its reasons. About 50 ms. */
export function validateTransaction(deps: { readonly zkp: Zkp; readonly view: ChainView }, record: TxRecord): Verdict {
  const { zkp, view } = deps;
  const { tx } = record;
  const early = checkTransaction(tx) ?? (isFinal(tx, view) ? null : 'non-final');
  if (early) return refused(early);
  const spent = spentOutputs(view, tx);
  if (!spent) return refused('bad-txns-inputs-missingorspent');
  if (!relativeLocksOpen(view, tx)) return refused('non-BIP68-final');
  if (!amountsBalance(zkp, tx, spent)) return refused('bad-txns-in-ne-out');
  const least = relayFeeSats(record.discountVsize);
  if (record.feeSats < least) return refused(`min relay fee not met, ${record.feeSats} < ${least}`);
  const conflicts = mempoolConflicts(view, tx);
  const replacement = conflicts.length === 0 ? ({ ok: true, evicted: [] } as const) : checkReplacement(view, record, conflicts);
  if (!replacement.ok) return replacement;
  if (ancestorCount(view, tx) > ANCESTORS_MAX)
    return refused(`too-long-mempool-chain, too many unconfirmed ancestors [limit: ${ANCESTORS_MAX}]`);
  for (const index of tx.inputs.keys()) {
    const bad = verifyInput({ tx, index, spent }, REGTEST.genesisHash);
    if (bad !== null) return refused(bad);
  }
  return replacement;
}

function refused(reason: string): Verdict {
  return { ok: false, reason };
}

/** May it be in the next block? */
function isFinal(tx: Transaction, view: ChainView): boolean {
  if (tx.locktime === 0 || tx.inputs.every((input) => input.sequence === SEQUENCE_FINAL)) return true;
  return tx.locktime < LOCKTIME_THRESHOLD ? tx.locktime < view.height() + 1 : tx.locktime < tipSeconds(view);
}

function tipSeconds(view: ChainView): number {
  const tip = view.block(view.height());
  return tip ? Math.floor(tip.time.getTime() / 1000) : 0;
}

/** The outputs that are spent, as they stand on the chain; null when one is unknown, or spent by a mined transaction. */
function spentOutputs(view: ChainView, tx: Transaction): TxOutput[] | null {
  const found: TxOutput[] = [];
  for (const { txid, vout } of tx.inputs) {
    const output = view.record(txid)?.tx.outputs[vout];
    const spender = view.spender(txid, vout);
    if (!output || (spender && view.record(spender.txid)?.height !== null)) return null;
    found.push(output);
  }
  return found;
}

function mempoolConflicts(view: ChainView, tx: Transaction): TxRecord[] {
  const txids = tx.inputs.flatMap(({ txid, vout }) => view.spender(txid, vout)?.txid ?? []);
  return [...new Set(txids)].flatMap((txid) => view.record(txid) ?? []);
}

/** BIP-68, for version 2 and later. The sandbox's blocks have no median time: a coin's own block and the tip stand for it. */
function relativeLocksOpen(view: ChainView, tx: Transaction): boolean {
  if (tx.version < 2) return true;
  return tx.inputs.every(({ txid, sequence }) => {
    if (sequence >= RELATIVE_OFF) return true;
    const height = view.record(txid)?.height ?? view.height() + 1;
    const wait = sequence & RELATIVE_MASK;
    if (!(sequence & RELATIVE_TIME)) return height + wait <= view.height() + 1;
    const minedAt = view.block(height)?.time.getTime();
    return minedAt === undefined ? wait === 0 : minedAt / 1000 + wait * 512 <= tipSeconds(view);
  });
}

function ancestorCount(view: ChainView, tx: Transaction): number {
  const found = new Set<string>();
  const add = (each: Transaction) => {
    for (const { txid } of each.inputs) if (view.record(txid)?.height === null) found.add(txid);
  };
  add(tx);
  for (const txid of found) {
    const parent = view.record(txid);
    if (parent && found.size <= ANCESTORS_MAX) add(parent.tx);
  }
  return found.size + 1;
}
