import type { ChainView, TxRecord } from './ledger.ts';
import { relayFeeSats } from '../elements/build-transaction.ts';

/** BIP-125, as elementsd words it. A replacement may push out this many transactions at most. */
const EVICTIONS_MAX = 100;
/** From here on a sequence number signals nothing (BIP-125). */
const FIRST_SILENT_SEQUENCE = 0xffff_fffe;

/** Does the transaction, or something unconfirmed that it is built on, allow its replacement? */
export function signalsReplacement(view: ChainView, record: TxRecord): boolean {
  if (record.tx.inputs.some((input) => input.sequence < FIRST_SILENT_SEQUENCE)) return true;
  return record.tx.inputs.some((input) => {
    const parent = view.record(input.txid);
    return parent !== null && parent.height === null && signalsReplacement(view, parent);
  });
}

export type Replacement = { readonly ok: true; readonly evicted: readonly string[] } | { readonly ok: false; readonly reason: string };

/** May `record` push out the mempool transactions that spend the same coins? `conflicts` is not empty. */
export function checkReplacement(view: ChainView, record: TxRecord, conflicts: readonly TxRecord[]): Replacement {
  const refusal = (reason: string): Replacement => ({ ok: false, reason });
  if (conflicts.some((conflict) => !signalsReplacement(view, conflict))) return refusal('txn-mempool-conflict');
  const evicted = [...new Set(conflicts.flatMap((conflict) => view.family(conflict.txid)))];
  if (evicted.length > EVICTIONS_MAX)
    return refusal(
      `too many potential replacements, rejecting replacement ${record.txid}; too many potential replacements (${evicted.length} > ${EVICTIONS_MAX})`,
    );
  if (record.tx.inputs.some((input) => evicted.includes(input.txid))) return refusal('bad-txns-spends-conflicting-tx');
  if (addsUnconfirmed(view, record, conflicts))
    return refusal(`replacement-adds-unconfirmed, replacement ${record.txid} adds unconfirmed input`);
  const reason = checkFees(view, record, { conflicts, evicted });
  return reason === null ? { ok: true, evicted } : refusal(reason);
}

function checkFees(
  view: ChainView,
  record: TxRecord,
  { conflicts, evicted }: { readonly conflicts: readonly TxRecord[]; readonly evicted: readonly string[] },
): string | null {
  const prefix = `insufficient fee, rejecting replacement ${record.txid}`;
  const size = BigInt(record.vsize);
  const slower = conflicts.find((conflict) => record.feeSats * BigInt(conflict.vsize) <= conflict.feeSats * size);
  if (slower) return `${prefix}; new feerate ${rateText(record)} <= old feerate ${rateText(slower)}`;
  const oldFees = evicted.reduce((sum, txid) => sum + (view.record(txid)?.feeSats ?? 0n), 0n);
  if (record.feeSats < oldFees) return `${prefix}, less fees than conflicting txs; ${btcText(record.feeSats)} < ${btcText(oldFees)}`;
  const more = record.feeSats - oldFees;
  const least = relayFeeSats(record.vsize); // the whole size, not the discounted one
  return more < least ? `${prefix}, not enough additional fees to relay; ${btcText(more)} < ${btcText(least)}` : null;
}

function addsUnconfirmed(view: ChainView, record: TxRecord, conflicts: readonly TxRecord[]): boolean {
  const known = new Set(conflicts.flatMap((conflict) => conflict.tx.inputs.map((input) => input.txid)));
  return record.tx.inputs.some((input) => view.record(input.txid)?.height === null && !known.has(input.txid));
}

/** Satoshis as elementsd prints amounts. */
function btcText(sats: bigint): string {
  const digits = sats.toString().padStart(9, '0');
  return `${digits.slice(0, -8)}.${digits.slice(-8)}`;
}

/** A fee rate as elementsd prints it, in coins per kilovbyte, rounded down. */
function rateText(record: TxRecord): string {
  return `${btcText((record.feeSats * 1000n) / BigInt(record.vsize))} BTC/kvB`;
}
