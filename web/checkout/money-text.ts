const SATS_PER_BTC = 100_000_000n;
const DECIMAL = /^(\d+)(?:\.(\d+))?$/;

/** `62,341`: whole sats, grouped as the language groups. */
export function groupedSats(sats: string, language: string): string {
  return new Intl.NumberFormat(language, { useGrouping: 'always' }).format(BigInt(sats));
}

/** `0.00062341`: sats as L-BTC with eight decimals. Anything but whole sats is returned as it is. */
export function lbtcOfSats(sats: string): string {
  if (!/^\d+$/.test(sats)) return sats;
  const digits = sats.padStart(9, '0');
  return `${digits.slice(0, -8)}.${digits.slice(-8)}`;
}

/** The same back: 62341. Exact: all the sats there are lie below 2^53. */
export function satsOfLbtc(amount: string): number {
  return Number(amount.replace('.', ''));
}

/** `€49.99`, `¥5,000`: a decimal string in the language's own form, with the decimals that the currency has. No float touches the digits. */
export function fiatText(amount: string, currency: string, language: string): string {
  const format = new Intl.NumberFormat(language, { style: 'currency', currency, currencyDisplay: signStyle(currency) });
  return format.format(amount as `${number}`); // a decimal string is formatted exactly; TypeScript only knows its literal form
}

/**
 * What one bitcoin costs at this payment's own amounts, rounded half up to whole units of the currency. The sats were rounded up when the
 * payment was made, so the last digits are approximate for small payments: at 1000 sats by 0.1 %.
 */
export function effectiveRate(amount: string, sats: string, currency: string, language: string): string | null {
  const match = DECIMAL.exec(amount);
  if (!match || !/^[1-9]\d*$/.test(sats)) return null;
  const [, whole = '0', fraction = ''] = match;
  const scale = 10n ** BigInt(fraction.length);
  const divisor = BigInt(sats) * scale;
  const perBtc = (BigInt(whole + fraction) * SATS_PER_BTC + divisor / 2n) / divisor;
  return new Intl.NumberFormat(language, {
    style: 'currency',
    currency,
    currencyDisplay: signStyle(currency),
    maximumFractionDigits: 0,
  }).format(perBtc);
}

/** TABLE: dollars that are not the dollar of the United States say so: a bare `$` would be read as another amount. */
const OTHER_DOLLARS: readonly string[] = ['CAD', 'AUD'];

/** The short sign, where it can only mean this currency. */
export function signStyle(currency: string): 'symbol' | 'narrowSymbol' {
  return OTHER_DOLLARS.includes(currency) ? 'symbol' : 'narrowSymbol';
}
