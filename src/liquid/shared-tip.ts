import type { ChainSource } from './chain-source.ts';
import { monotonicMs } from '../lib/time.ts';

/** Limits and depths are counted in blocks, one a minute; a source that is away is noticed as soon. */
export const TIP_SHARED_MS = 250;

/**
 * The source for those who look at many swaps: looks of a quarter of a second share one reading of its tip. That it could not say is not
 * remembered. `nowMs` is a clock that only runs forward.
 */
export function shareTip(source: ChainSource, nowMs: () => number = monotonicMs): ChainSource {
  let known: { readonly tip: Promise<number>; readonly atMs: number } | null = null;
  const read = () => {
    const tip = source.tipHeight();
    const reading = { tip, atMs: nowMs() };
    known = reading;
    tip.catch(() => {
      if (known === reading) known = null; // whoever asked hears of it
    });
    return tip;
  };
  return { ...source, tipHeight: () => (known && nowMs() - known.atMs <= TIP_SHARED_MS ? known.tip : read()) };
}
