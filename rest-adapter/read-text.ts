import { RefusalError } from '../src/lib/refusal.ts';

/**
 * GraphQL knows some things by name (enums, times) that REST sends as text. GraphQL would refuse a wrong one in words of its own, so it is refused here,
 * after the caller was authorised.
 * @throws RefusalError
 */
export function nameOf(field: string, text: unknown, names: { readonly [text: string]: string }): string {
  const name = typeof text === 'string' && Object.hasOwn(names, text) ? names[text] : undefined;
  if (name === undefined) throw refusal(field, `${field} must be ${listed(Object.keys(names))}`);
  return name;
}

/** A list of such names. @throws RefusalError */
export function namesOf(field: string, value: unknown, names: { readonly [text: string]: string }): string[] {
  if (!Array.isArray(value)) throw refusal(field, `${field} must be a list of ${listed(Object.keys(names))}`);
  return [...new Set(value.map((text) => nameOf(field, text, names)))];
}

const DAY = /^\d{4}-\d\d-\d\d$/;
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(?:Z|[+-]\d\d:\d\d)$/;

/** `2026-05-15` (its beginning, UTC) or a time with its zone. @throws RefusalError */
export function timeOf(field: string, text: string): string {
  const at = DAY.test(text) || TIME.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(at)) throw refusal(field, `${field} must be a day or time like 2026-05-15 or 2026-05-15T14:23:00Z`);
  return new Date(at).toISOString();
}

function listed(words: readonly string[]): string {
  return words.length === 1 ? (words[0] ?? '') : `${words.slice(0, -1).join(', ')} or ${words.at(-1)}`;
}

function refusal(field: string, message: string): RefusalError {
  return new RefusalError({ kind: 'invalid', code: `invalid_${field}`, message, field });
}
