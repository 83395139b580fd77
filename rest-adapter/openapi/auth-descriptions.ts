import type { ErrorCode } from './errors.ts';
import type { Examples, RouteDescription, RouteDescriptions, Schema } from './description.ts';
import { object, ref } from './description.ts';

const EMAIL = { type: 'string', format: 'email', maxLength: 254, description: 'Any case; it rests in lower case.' };
const PASSWORD = { type: 'string', minLength: 8, maxLength: 128, description: '8 characters to 128 bytes.' };
const GIVEN = { type: 'string', description: 'The password that holds now.' };
const TOKEN = { type: 'string', description: 'What stands behind `#token=` in the mail. It works once.' };
const SAMPLE_TOKEN = 'q8zv0m3r1c9f7x2k5n4b6j0h8g1d3s5a7w9e2t4y6u8';
const PASSKEY_ANSWER = { type: 'object', additionalProperties: true };
const ACCOUNT_ID = 'acc_0123456789abcdefghjkmnpqrs';
const PASSKEY_OPTIONS = {
  rp: { name: 'AvoPay', id: 'avopay.dev' },
  challenge: 'ZGF5',
  pubKeyCredParams: [{ alg: -7, type: 'public-key' }],
};
const SIGNED_IN: RouteDescription['reply'] = {
  description: 'Signed in: the cookie is set. Or, with `needs`, not yet.',
  schema: ref('SignedIn'),
  examples: { in: { account_id: ACCOUNT_ID, needs: [] }, second: { account_id: null, needs: ['totp'] } },
};
const DONE: RouteDescription['reply'] = { description: 'Done.', schema: ref('Done'), examples: { done: { ok: true } } };

type Words = {
  readonly body?: { readonly schema: Schema; readonly examples: Examples; readonly required?: boolean };
  readonly errors?: readonly ErrorCode[];
};

/** A row that answers `{"ok": true}`. */
function done(summary: string, description: string, { body, errors = [] }: Words = {}): RouteDescription {
  return { tag: 'Sign-in', summary, description, reply: DONE, errors, ...(body ? { body: { required: true, ...body } } : {}) };
}

/** What setting a password may be refused for. */
const NEW_PASSWORD = ['password_too_short', 'password_too_long', 'sign_in_busy'] as const;

/** TABLE: people and their sessions, in words. */
export const AUTH_DESCRIPTIONS: RouteDescriptions = {
  'POST /api/v1/auth/signup': {
    tag: 'Sign-in',
    summary: 'Sign up',
    description:
      'Makes an account in trial for a person and signs the browser in; a mail asks to confirm the address. Agents that have no browser register instead.',
    body: {
      required: true,
      schema: object(
        {
          ...{ email: EMAIL, password: PASSWORD, terms_accepted: { type: 'boolean', const: true } },
          name: { type: ['string', 'null'], maxLength: 60, description: 'What payers see; can be changed.' },
        },
        ['name'],
      ),
      examples: { shop: { email: 'alba@yoursite.com', password: 'YourSecurePass123', terms_accepted: true, name: 'Alba Coffee' } },
    },
    reply: { ...SIGNED_IN, examples: { in: { account_id: ACCOUNT_ID, needs: [] } } },
    errors: ['email_and_password_required', 'invalid_email', 'invalid_name', 'terms_not_accepted', 'email_registered', ...NEW_PASSWORD],
  },
  'POST /api/v1/auth/login': {
    tag: 'Sign-in',
    summary: 'Sign in',
    description:
      'Signs a browser in by e-mail and password. Where a second factor is set the answer names it in `needs`: send the same request once more with `code` or `passkey`. Attempts are counted per address and per e-mail.',
    body: {
      required: true,
      schema: object(
        {
          ...{ email: EMAIL, password: { ...GIVEN, maxLength: 128 } },
          code: { type: ['string', 'null'], maxLength: 64, description: 'Of the authenticator app, or a recovery code.' },
          passkey: { ...PASSKEY_ANSWER, type: ['object', 'null'], description: 'What `navigator.credentials.get` answered.' },
        },
        ['code', 'passkey'],
      ),
      examples: { password: { email: 'alba@yoursite.com', password: 'YourSecurePass123' } },
    },
    reply: SIGNED_IN,
    errors: ['email_and_password_required', 'wrong_email_or_password', 'wrong_second_factor', 'sign_in_busy'],
  },
  'POST /api/v1/auth/logout': done('Sign out', 'Ends the session of this browser, or of every browser of this person.', {
    body: {
      required: false,
      schema: object({ everywhere: { type: 'boolean', description: 'Every browser. By default this one.' } }, ['everywhere']),
      examples: { here: {}, everywhere: { everywhere: true } },
    },
  }),
  'GET /api/v1/auth/session': {
    tag: 'Sign-in',
    summary: 'Get who is signed in',
    description: 'Reads the person behind the session, the second factors, and every browser that is signed in.',
    reply: {
      description: 'The person.',
      schema: ref('Person'),
      examples: {
        person: {
          ...{ account_id: ACCOUNT_ID, user_id: 'usr_0123456789abcdefghjkmnpqrs', email: 'alba@yoursite.com', email_verified: true },
          ...{ totp: false, passkeys: [] },
          sessions: [
            {
              ...{ id: 'ses_0123456789abcdefghjkmnpqrs', current: true, ip: '203.0.113.7', user_agent: 'Firefox' },
              ...{ created_at: '2026-05-15T14:08:00.000Z', last_seen_at: '2026-05-15T14:09:00.000Z' },
              expires_at: '2026-06-14T14:08:00.000Z',
            },
          ],
        },
      },
    },
  },
  'DELETE /api/v1/auth/sessions/:id': done('End a session', 'Signs one browser of this person out: at its next request it is nobody.', {
    errors: ['session_not_found'],
  }),
  'POST /api/v1/auth/password/reset': done(
    'Ask for a password reset',
    'Sends a mail by which a new password can be chosen. The answer is the same for an address that nobody has.',
    {
      body: { schema: object({ email: EMAIL }), examples: { mine: { email: 'alba@yoursite.com' } } },
      errors: ['email_required', 'invalid_email', 'limits_unavailable'],
    },
  ),
  'POST /api/v1/auth/password/reset/confirm': done(
    'Reset a password',
    'Sets a new password by the token of a mail, and signs every browser out. It signs nobody in.',
    {
      body: {
        schema: object({ token: TOKEN, password: PASSWORD }),
        examples: { new: { token: SAMPLE_TOKEN, password: 'AnotherPass456' } },
      },
      errors: ['token_required', 'invalid_token', ...NEW_PASSWORD],
    },
  ),
  'POST /api/v1/auth/password': done('Change the password', 'Sets a new password. Every other browser of this person is signed out.', {
    body: {
      schema: object({ current: GIVEN, password: PASSWORD }),
      examples: { new: { current: 'YourSecurePass123', password: 'AnotherPass456' } },
    },
    errors: ['wrong_email_or_password', ...NEW_PASSWORD],
  }),
  'POST /api/v1/auth/verify': done('Confirm an e-mail address', 'Confirms the address that a mail was sent to, by the token in it.', {
    body: { schema: object({ token: TOKEN }), examples: { mail: { token: SAMPLE_TOKEN } } },
    errors: ['token_required', 'invalid_token', 'email_registered'],
  }),
  'POST /api/v1/auth/verify/request': done(
    'Ask for the confirming mail again',
    'Sends the mail that confirms the address once more. Nothing is sent when it is confirmed already.',
    { errors: ['limits_unavailable'] },
  ),
  'POST /api/v1/auth/email': done(
    'Change the e-mail address',
    'Sends a mail to the new address, which becomes this person’s when its token comes back. The answer is the same for an address that somebody has.',
    {
      body: { schema: object({ email: EMAIL }), examples: { new: { email: 'alba@newsite.com' } } },
      errors: ['invalid_email', 'limits_unavailable'],
    },
  ),
  'POST /api/v1/auth/totp': done(
    'Set up an authenticator app',
    'Asks for codes of an authenticator app from now on. The caller makes the secret and shows by a code that the app has it. Without a secret, no code is asked for any more.',
    {
      body: {
        schema: object(
          {
            secret: { type: ['string', 'null'], description: 'Base32, at least 26 characters.' },
            code: { type: ['string', 'null'], description: 'What the app shows now.' },
          },
          ['secret', 'code'],
        ),
        examples: { set: { secret: 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP', code: '123456' }, remove: {} },
      },
      errors: ['email_not_verified', 'invalid_totp_secret', 'wrong_code'],
    },
  ),
  'POST /api/v1/auth/recovery-codes': {
    tag: 'Sign-in',
    summary: 'Make recovery codes',
    description: 'Answers ten codes that each stand in once for the second factor. The ones before end.',
    reply: {
      description: 'Shown this once.',
      schema: object({ codes: { type: 'array', items: { type: 'string' }, minItems: 10, maxItems: 10 } }),
      examples: { codes: { codes: Array.from({ length: 10 }, (_each, index) => `k3v9w0r7x1c5m2n${index}`) } },
    },
    errors: ['email_not_verified'],
  },
  'POST /api/v1/auth/passkeys/options': {
    tag: 'Sign-in',
    summary: 'Begin to add a passkey',
    description: 'Answers what the authenticator is to be asked, within five minutes. Nothing is added yet.',
    reply: {
      description: 'For `navigator.credentials.create`.',
      schema: { type: 'object', additionalProperties: true },
      examples: { options: PASSKEY_OPTIONS },
    },
    errors: ['email_not_verified', 'too_many_passkeys'],
  },
  'POST /api/v1/auth/passkeys': done(
    'Add a passkey',
    'Takes what the authenticator answered. From now on a passkey is asked for when signing in.',
    {
      body: {
        schema: object({
          response: { ...PASSKEY_ANSWER, description: 'What `navigator.credentials.create` answered.' },
          label: { type: 'string', minLength: 1, maxLength: 80, description: 'How its owner calls it.' },
        }),
        examples: { phone: { response: { id: 'Y3JlZA', rawId: 'Y3JlZA', type: 'public-key', response: {} }, label: 'Telephone' } },
      },
      errors: ['email_not_verified', 'invalid_label', 'invalid_passkey', 'passkey_registered'],
    },
  ),
  'DELETE /api/v1/auth/passkeys/:id': done('Remove a passkey', 'Removes one passkey of this person. Without any, none is asked for.', {
    errors: ['passkey_not_found'],
  }),
};
