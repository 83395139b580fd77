import type { Decimal } from './decimal.ts';
import type { Currency } from '../lib/money.ts';
import type { Refusal } from '../lib/refusal.ts';
import { CURRENCY_EXPONENTS } from '../lib/money.ts';
import { DAY_MS, MINUTE_MS, SECOND_MS } from '../lib/time.ts';
import { decimalText, quotientFloor } from './decimal.ts';

/** What one bitcoin costs: whole minor units (cents; yen) times 10^4. A payment keeps it as evidence. */
export type Rate = Readonly<{
  currency: Currency;
  minorPerBtcE4: bigint;
  /** The prices that the rate is the median of, as decimal text in major units. */
  sources: readonly Readonly<{ name: string; price: string; at: Date }>[];
  /** When the sources were asked. */
  takenAt: Date;
}>;

/** One source's price; `at` is the source's own time stamp where it gives one, else when it was asked. */
export type SourcePrice = Readonly<{ name: string; minorPerBtcE4: bigint; at: Date }>;

/** Where prices come from. @throws when the source cannot be reached or does not answer in its own form. */
export type RateSource = Readonly<{ name: string; read: () => Promise<ReadonlyMap<Currency, SourcePrice>> }>;

export const RATE_UNAVAILABLE: Refusal = {
  kind: 'unavailable',
  code: 'rate_unavailable',
  message: 'Failed to fetch exchange rate — please retry',
  retryAfterSeconds: 3, // one source deadline: by then the next look has ended
};

/** A rate up to this age is used as it is (conformance P-19). */
export const RATE_AGE_SOFT_MS = 60 * SECOND_MS;
/** Above this age no price is used, whatever is down (conformance P-19). */
export const RATE_AGE_HARD_MS = 5 * MINUTE_MS;
/** A time stamp further ahead than this comes from a clock that says nothing about age. */
const STAMP_AHEAD_MAX_MS = MINUTE_MS;
/** Two sources within this agree: exchanges differ by a few tenths of a percent. */
const AGREEMENT_PERCENT = 2n;
/** One source alone is believed this far from the last rate that two agreed on. */
const ALONE_PERCENT = 15n;
/** An agreed rate older than this says little about today's price: bitcoin has moved by 15 % in a day before. */
export const ANCHOR_AGE_MAX_MS = DAY_MS;

const E4 = 4;
/** Bitcoin outside of these US dollars is a fault of the source: a factor of fifty below and twenty-five above the prices of 2026. */
const USD_PER_BTC = { least: 2_000n, most: 2_000_000n };
/** TABLE: rough units per US dollar times 100, only to carry the bounds over to each currency. */
const UNITS_PER_USD_E2: { readonly [C in Currency]: bigint } = {
  EUR: 90n,
  USD: 100n,
  GBP: 77n,
  CAD: 138n,
  AUD: 153n,
  JPY: 15_000n,
  CHF: 85n,
  DKK: 670n,
  BRL: 560n,
};

/** A price in major units per bitcoin as a rate, rounded down: a lower rate asks for more sats, so the merchant is never short. */
export function rateFromPrice(price: Decimal, currency: Currency): bigint {
  return rateFromPrices(price, { digits: 1n, scale: 0 }, currency) ?? 0n;
}

/** The rate from two dollar prices, of a bitcoin and of one unit of the currency; rounded down as above. Null when the latter is zero. */
export function rateFromPrices(usdPerBtc: Decimal, usdPerUnit: Decimal, currency: Currency): bigint | null {
  return quotientFloor(usdPerBtc, usdPerUnit, CURRENCY_EXPONENTS[currency] + E4);
}

/** Decimal text in major units: `80188.12`. */
export function rateText(minorPerBtcE4: bigint, currency: Currency): string {
  return decimalText(minorPerBtcE4, CURRENCY_EXPONENTS[currency] + E4);
}

export type RateVerdict =
  | Readonly<{ ok: true; rate: Rate /** Two sources or more: it may vouch for a lone one later. */; agreed: boolean }>
  | Readonly<{ ok: false; reason: 'no_price' | 'sources_disagree' | 'lone_source_not_vouched_for' }>;

/**
 * Decides what the sources' prices amount to. Prices that are old, ahead of time or out of bounds do not count. Of several, more than half
 * must lie within 2 % of each other, and their median is the rate. One alone counts only within 15 % of `anchor`, the last rate that two agreed on.
 */
export function decideRate(prices: readonly SourcePrice[], facts: { currency: Currency; anchor: Rate | null; at: Date }): RateVerdict {
  const usable = prices.filter((price) => isUsable(price, facts.currency, facts.at)).sort(byRate);
  if (usable.length === 0) return { ok: false, reason: 'no_price' };
  if (usable.length === 1) {
    if (!isVouchedFor(usable[0], facts)) return { ok: false, reason: 'lone_source_not_vouched_for' };
    return { ok: true, rate: medianRate(usable, facts), agreed: false };
  }
  const group = largestAgreement(usable);
  if (group.length < 2 || group.length * 2 <= usable.length) return { ok: false, reason: 'sources_disagree' };
  return { ok: true, rate: medianRate(group, facts), agreed: true };
}

/** False once the rate, or any price in it, has passed the hard age. */
export function isGoodAt(rate: Rate, at: Date): boolean {
  return [rate.takenAt, ...rate.sources.map((source) => source.at)].every((taken) => at.getTime() - taken.getTime() <= RATE_AGE_HARD_MS);
}

function isUsable(price: SourcePrice, currency: Currency, at: Date): boolean {
  const ageMs = at.getTime() - price.at.getTime();
  if (!(ageMs <= RATE_AGE_HARD_MS && ageMs >= -STAMP_AHEAD_MAX_MS)) return false;
  const { least, most } = rateBounds(currency);
  return price.minorPerBtcE4 >= least && price.minorPerBtcE4 <= most;
}

export function rateBounds(currency: Currency): { least: bigint; most: bigint } {
  // Rounded down by less than one minor unit; the bounds are rough by design.
  const scale = (UNITS_PER_USD_E2[currency] * 10n ** BigInt(CURRENCY_EXPONENTS[currency] + E4)) / 100n;
  return { least: USD_PER_BTC.least * scale, most: USD_PER_BTC.most * scale };
}

function isVouchedFor(price: SourcePrice | undefined, { anchor, at }: { anchor: Rate | null; at: Date }): boolean {
  if (!price || !anchor || at.getTime() - anchor.takenAt.getTime() > ANCHOR_AGE_MAX_MS) return false;
  const apart = price.minorPerBtcE4 - anchor.minorPerBtcE4;
  return (apart < 0n ? -apart : apart) * 100n <= ALONE_PERCENT * anchor.minorPerBtcE4;
}

/** The longest run of sorted prices whose ends lie within the agreement. */
function largestAgreement(sorted: readonly SourcePrice[]): readonly SourcePrice[] {
  const runs = sorted.map((first, index) =>
    sorted.slice(index).filter((price) => (price.minorPerBtcE4 - first.minorPerBtcE4) * 100n <= AGREEMENT_PERCENT * first.minorPerBtcE4),
  );
  return runs.reduce((best, run) => (run.length > best.length ? run : best), []);
}

/** The middle price; of an even number the mean of the middle two, rounded down (the merchant is never short). */
function medianRate(sorted: readonly SourcePrice[], { currency, at }: { currency: Currency; at: Date }): Rate {
  const upper = sorted[sorted.length >> 1];
  const lower = sorted[(sorted.length - 1) >> 1];
  if (!upper || !lower) throw new RangeError('no price to take the median of');
  return {
    currency,
    minorPerBtcE4: (upper.minorPerBtcE4 + lower.minorPerBtcE4) / 2n,
    sources: sorted.map((source) => ({ name: source.name, price: rateText(source.minorPerBtcE4, currency), at: source.at })),
    takenAt: at,
  };
}

function byRate(left: SourcePrice, right: SourcePrice): number {
  return left.minorPerBtcE4 < right.minorPerBtcE4 ? -1 : left.minorPerBtcE4 > right.minorPerBtcE4 ? 1 : 0;
}
