import type { Fiat, Sats } from '../lib/money.ts';
import type { Rate } from '../rates/rate.ts';
import { SATS_PER_BTC, satsForFiatCeil } from '../lib/money.ts';

/** The smallest amount of fiat that asks for at least `leastSats` (≥ 1): exact, because the sats of an amount are rounded up. */
export function leastFiat(rate: Pick<Rate, 'currency' | 'minorPerBtcE4'>, leastSats: bigint): Fiat {
  const minor = ((leastSats - 1n) * rate.minorPerBtcE4) / (SATS_PER_BTC * 10_000n) + 1n; // floor, then one more
  return { minor, currency: rate.currency };
}

/** What an amount costs in sats at this rate, as a payment would be priced. */
export function satsAt(rate: Pick<Rate, 'minorPerBtcE4'>, fiat: Fiat): Sats {
  return satsForFiatCeil(fiat.minor, rate.minorPerBtcE4);
}
