/** An exact, non-negative decimal number: `digits` / 10^`scale`. Prices never pass through floating point. */
export type Decimal = { readonly digits: bigint; readonly scale: number };

/** Digits before and after the point, and an exponent, as JSON numbers and price texts write them. No sign: a price is not negative. */
const DECIMAL = /^(\d{1,30})(?:\.(\d{1,60}))?(?:[eE]([+-]?\d{1,3}))?$/;
/** Far beyond any price; keeps 10^n small enough to compute. */
const EXPONENT_MAX = 60;

/** Null for everything that is not a plain non-negative number: signs, NaN, Infinity, blanks, hex, separators. */
export function parseDecimal(text: string): Decimal | null {
  const match = DECIMAL.exec(text);
  if (!match) return null;
  const fraction = match[2] ?? '';
  const exponent = Number(match[3] ?? '0');
  if (Math.abs(exponent) > EXPONENT_MAX) return null;
  const digits = BigInt(`${match[1]}${fraction}`);
  const scale = fraction.length - exponent;
  return scale >= 0 ? { digits, scale } : { digits: digits * 10n ** BigInt(-scale), scale: 0 };
}

/** `left / right` times 10^`places`, rounded down. Null when `right` is zero. */
export function quotientFloor(left: Decimal, right: Decimal, places: number): bigint | null {
  if (right.digits === 0n) return null;
  return (left.digits * 10n ** BigInt(places + right.scale)) / (right.digits * 10n ** BigInt(left.scale));
}

/** `scaled` / 10^`places` as text, without trailing zeros. */
export function decimalText(scaled: bigint, places: number): string {
  const digits = scaled.toString().padStart(places + 1, '0');
  const fraction = digits.slice(digits.length - places).replace(/0+$/, '');
  const whole = digits.slice(0, digits.length - places);
  return fraction === '' ? whole : `${whole}.${fraction}`;
}
