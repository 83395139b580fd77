import type { Currency } from '../lib/money.ts';
import { CURRENCY_EXPONENTS } from '../lib/money.ts';

/** What people type around a number: its currency's sign or letters, and spaces. */
const AROUND = /[\s'’€$£¥]|kr\.?|R\$|CHF|EUR|USD|GBP|CAD|AUD|JPY|DKK|BRL/giu;
/** Digits in groups of three behind the first. */
const GROUPED = /^\d{1,3}(?:[.,]\d{3})+$/;

/**
 * An amount as people write it, as a clean decimal text: `4,50` and `4.50`, `1.234,50` and `1,234.50`, `¥5,000`. Null when it is no number,
 * or when a reader could take it for another one: `1,234` may be a thousand or one and a bit, so nobody is charged for a guess.
 */
export function readTypedAmount(typed: string, currency: Currency): string | null {
  const text = typed.normalize('NFKC').replace(AROUND, '');
  const [last] = text.match(/[.,](?=\d*$)/) ?? [];
  if (last === undefined) return /^\d+$/.test(text) ? text : null;
  const at = text.lastIndexOf(last);
  const [whole, fraction] = [text.slice(0, at), text.slice(at + 1)];
  if (fraction.length === 3 && GROUPED.test(text)) return readGroups(text, currency);
  if (fraction === '' || !/^(?:\d*|\d{1,3}(?:[.,]\d{3})+)$/.test(whole) || whole.includes(last)) return null;
  return `${whole.replace(/[.,]/g, '') || '0'}.${fraction}`;
}

/** Only groups of three behind the separators: several groups, or a currency without decimals, leave one meaning. */
function readGroups(text: string, currency: Currency): string | null {
  const signs = new Set(text.replace(/\d/g, ''));
  const isClear = CURRENCY_EXPONENTS[currency] === 0 || text.replace(/\d/g, '').length > 1;
  return signs.size === 1 && isClear ? text.replace(/[.,]/g, '') : null;
}
