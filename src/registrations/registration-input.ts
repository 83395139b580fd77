import type { Plan } from '../billing/plan.ts';
import type { Refusal } from '../lib/refusal.ts';
import type { Result } from '../lib/result.ts';
import { parseEmail } from '../accounts/email.ts';
import { parsePlan } from '../billing/plan.ts';
import { ok, refuse } from '../lib/result.ts';
import { Secret } from '../lib/secret.ts';

/** What a caller sent, unjudged. */
export type RegistrationInput = {
  readonly email: unknown;
  readonly password: unknown;
  readonly plan: unknown;
  readonly termsAccepted: unknown;
};
export type RegistrationDraft = { readonly email: string; readonly password: Secret<string>; readonly plan: Plan };

/** The documented minimum, in characters. */
const PASSWORD_CHARS_MIN = 8;
/** Beyond this a password is no better, and hashing it costs more. */
const PASSWORD_BYTES_MAX = 128;

const invalid = (code: string, message: string, field?: string): { ok: false; error: Refusal } =>
  refuse({ kind: 'invalid', code, message, ...(field ? { field } : {}) });

/** Judges a request for an account, in the documented words (conformance R-5). Pure. */
export function parseRegistrationInput(input: RegistrationInput): Result<RegistrationDraft, Refusal> {
  const { email, password, plan, termsAccepted } = input;
  if ([email, password, plan, termsAccepted].some((value) => value === undefined || value === null || value === '')) {
    return invalid('registration_fields_required', 'email, password, plan and terms_accepted are required');
  }
  const address = parseEmail(typeof email === 'string' ? email : '');
  if (!address.ok) return address;
  const secret = parsePassword(password);
  if (!secret.ok) return secret;
  const known = parsePlan(plan);
  if (!known.ok) return known;
  if (termsAccepted !== true) return invalid('terms_not_accepted', 'terms_accepted must be true', 'termsAccepted');
  return ok({ email: address.value, password: secret.value, plan: known.value });
}

/** Normalised, so that the same password typed on another keyboard is the same. */
function parsePassword(value: unknown): Result<Secret<string>, Refusal> {
  const text = typeof value === 'string' ? value.normalize('NFC') : '';
  if (Array.from(text).length < PASSWORD_CHARS_MIN) {
    return invalid('password_too_short', `password must be at least ${PASSWORD_CHARS_MIN} characters`, 'password');
  }
  if (Buffer.byteLength(text) > PASSWORD_BYTES_MAX) {
    return invalid('password_too_long', `password must be at most ${PASSWORD_BYTES_MAX} bytes`, 'password');
  }
  return ok(new Secret(text));
}
