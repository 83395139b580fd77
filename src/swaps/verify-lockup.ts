import type { Sats } from '../lib/money.ts';
import type { Unblinded } from '../liquid/unblind.ts';
import { sameBytes } from '../lib/bytes.ts';

/** An output as our own chain source shows it. */
export type SeenOutput = Readonly<{
  txid: string;
  /** The whole transaction. */
  hex: string;
  vout: number;
  script: Uint8Array;
  /** Null: not readable with the swap's blinding key. */
  unblinded: Unblinded | null;
  /** Null: in the mempool. */
  height: number | null;
  /** BIP-125 on its transaction. */
  signalsReplacement: boolean;
}>;

export type LockupTerms = Readonly<{
  lockupScript: Uint8Array;
  lbtcAsset: string;
  promisedSats: Sats;
  timeoutHeight: number;
  /** Up to this value a lockup in the mempool is enough. */
  zeroConfMaxSats: Sats;
}>;

export type LockupVerdict =
  | Readonly<{ verdict: 'claimable' }>
  | Readonly<{ verdict: 'wait'; reason: 'replaceable' | 'above_zero_conf_limit' }>
  | Readonly<{ verdict: 'refused'; reason: 'wrong_script' | 'unreadable' | 'wrong_asset' | 'too_little' | 'too_late' }>;

/** Below this many blocks before the provider may take the lockup back, the preimage stays with us: an hour to claim and bury. */
export const CLAIM_MARGIN_BLOCKS = 60;

/**
 * May the preimage be spent on this output? Asset before value: so many units of a worthless asset are not money.
 * Everything here comes from our own chain source, nothing from the provider's messages.
 */
export function verifyLockup(terms: LockupTerms, seen: SeenOutput, tipHeight: number): LockupVerdict {
  if (!sameBytes(seen.script, terms.lockupScript)) return { verdict: 'refused', reason: 'wrong_script' };
  if (seen.unblinded === null) return { verdict: 'refused', reason: 'unreadable' };
  if (seen.unblinded.assetId !== terms.lbtcAsset) return { verdict: 'refused', reason: 'wrong_asset' };
  if (seen.unblinded.valueSats < terms.promisedSats) return { verdict: 'refused', reason: 'too_little' };
  if (!hasRoomToClaim(terms.timeoutHeight, tipHeight)) return { verdict: 'refused', reason: 'too_late' };
  if (seen.height !== null) return { verdict: 'claimable' };
  if (seen.signalsReplacement) return { verdict: 'wait', reason: 'replaceable' };
  if (seen.unblinded.valueSats > terms.zeroConfMaxSats) return { verdict: 'wait', reason: 'above_zero_conf_limit' };
  return { verdict: 'claimable' };
}

export function hasRoomToClaim(timeoutHeight: number, tipHeight: number): boolean {
  return tipHeight + CLAIM_MARGIN_BLOCKS < timeoutHeight;
}
