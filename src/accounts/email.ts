import type { Refusal } from '../lib/refusal.ts';
import type { Result } from '../lib/result.ts';
import { ok, refuse } from '../lib/result.ts';

/** RFC 5321, section 4.5.3.1: the longest path without its brackets. */
const EMAIL_CHARS_MAX = 254;
/** Plain addresses only: nothing that could end a header, quote, comment or list. */
const EMAIL = /^[a-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[a-z0-9!#$%&'*+/=?^_`{|}~-]+)*@(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}$/;

const INVALID: Refusal = { kind: 'invalid', code: 'invalid_email', message: 'email is not a valid address', field: 'email' };

/** An e-mail address in the one form in which it rests: trimmed, in lower case. */
export function parseEmail(text: string): Result<string, Refusal> {
  if (text.length > EMAIL_CHARS_MAX) return refuse(INVALID);
  const email = text.trim().toLowerCase();
  return EMAIL.test(email) ? ok(email) : refuse(INVALID);
}
