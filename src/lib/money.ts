import type { Brand } from './ids.ts';

/** Whole satoshis, 0 ≤ sats ≤ 21e14. */
export type Sats = Brand<bigint, 'Sats'>;
export const SATS_MAX = 2_100_000_000_000_000n;
export const SATS_PER_BTC = 100_000_000n;

/** @throws RangeError on a negative or impossible amount: a caller's bug, not a user's mistake. */
export function sats(amount: bigint): Sats {
  if (amount < 0n || amount > SATS_MAX) throw new RangeError(`not an amount of sats: ${amount}`);
  return amount as Sats;
}

/** TABLE: the nine documented currencies and their minor-unit exponents (ISO 4217). */
export const CURRENCY_EXPONENTS = { EUR: 2, USD: 2, GBP: 2, CAD: 2, AUD: 2, JPY: 0, CHF: 2, DKK: 2, BRL: 2 } as const;
export type Currency = keyof typeof CURRENCY_EXPONENTS;
export const CURRENCIES = Object.keys(CURRENCY_EXPONENTS) as readonly Currency[]; // keys of a const object: exactly the union

/** An amount of fiat money in whole minor units (cents; yen). */
export type Fiat = { readonly minor: bigint; readonly currency: Currency };

/** `49.99`, `5`, `5000` for JPY: as few digits as carry the amount, as the documented JSON numbers print (5.00 is 5). */
export function fiatText(fiat: Fiat): string {
  const full = fiatTextFull(fiat);
  return full.includes('.') ? full.replace(/\.?0+$/, '') : full;
}

/** `49.90`, `5.00`, `5000` for JPY: with every digit of the minor unit. */
export function fiatTextFull({ minor, currency }: Fiat): string {
  return minorText(minor, CURRENCY_EXPONENTS[currency]);
}

/** `0.00062341`: sats as L-BTC with eight decimals, as payment URIs want it. */
export function lbtcText(amount: Sats): string {
  return minorText(amount, 8);
}

/** Whole sats for a fiat amount, rounded up so that the merchant is never short. `minorPerBtcE4` is fiat minor units per BTC times 10^4. */
export function satsForFiatCeil(minor: bigint, minorPerBtcE4: bigint): Sats {
  if (minorPerBtcE4 <= 0n) throw new RangeError('a rate must be positive');
  const scaled = minor * SATS_PER_BTC * 10_000n;
  return sats((scaled + minorPerBtcE4 - 1n) / minorPerBtcE4);
}

function minorText(minor: bigint, exponent: number): string {
  const digits = minor.toString().padStart(exponent + 1, '0');
  if (exponent === 0) return digits;
  return `${digits.slice(0, -exponent)}.${digits.slice(-exponent)}`;
}
