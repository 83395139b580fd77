import type { AddressVerdict } from './address-checks.ts';
import { addMs, HOUR_MS } from '../lib/time.ts';

/** Wallets look 20 addresses past the last used one; claims take theirs from the same counter, so five are left to them (conformance D-8). */
export const UNUSED_AHEAD_MAX = 15;
/** DIRECT_ADDRESS_REST: so long an address rests after its payment ended, before another payer is shown it (conformance D-8). */
export const RECYCLED_AFTER_MS = HOUR_MS;

/** Addresses freed before this have rested enough. */
export function recycledBefore(at: Date): Date {
  return addMs(at, -RECYCLED_AFTER_MS);
}

/** `lastUsedIndex` is -1 while none was seen used. */
export type AddressCounters = Readonly<{ nextIndex: number; lastUsedIndex: number }>;

/** Addresses that were given out past the last one that was seen used: what a wallet has to look through to find the next coin. */
export function unusedAhead({ nextIndex, lastUsedIndex }: AddressCounters): number {
  return nextIndex - lastUsedIndex - 1;
}

export type FreshIndex = Readonly<{
  /** Those before it that the chain has seen, whoever used them: taken out of the count, promised to nobody. */
  passed: readonly number[];
  /** Null: as many lie unused ahead as may. */
  index: number | null;
}>;

/** The index that the next payer may be promised. */
export function nextFresh(counters: AddressCounters, verdict: (index: number) => AddressVerdict): FreshIndex {
  const passed: number[] = [];
  let { nextIndex, lastUsedIndex } = counters;
  for (; verdict(nextIndex) === 'used'; nextIndex++) {
    passed.push(nextIndex);
    lastUsedIndex = nextIndex;
  }
  return { passed, index: unusedAhead({ nextIndex, lastUsedIndex }) >= UNUSED_AHEAD_MAX ? null : nextIndex };
}
