import type { Schema } from './description.ts';
import { object, orNull, ref } from './description.ts';
import { MODE, TIME } from './schemas.ts';

const ID: Schema = { type: 'string' };
const TEXTS: Schema = { type: 'array', items: { type: 'string' } };
const PLAN: Schema = { type: 'string', enum: ['lightning_monthly', 'lightning_yearly'] };
export const KEY_KIND: Schema = {
  ...{ type: 'string', enum: ['secret', 'publishable'] },
  description: 'secret: for servers, full access. publishable: for pages, creates payments only.',
};
const MAXIMUM: Schema = { type: 'object', additionalProperties: { type: 'number' } };

const KEY_FIELDS = {
  id: { ...ID, description: 'key_…; not the key itself.' },
  kind: KEY_KIND,
  mode: MODE,
  hint: { type: 'string', description: 'How it begins, and its last four characters.' },
  label: { type: 'string', description: 'What it is for.' },
  origins: { ...TEXTS, description: 'Web pages that may use it; empty: any, and programs.' },
  max_amount: { ...orNull(MAXIMUM), description: 'The most that one payment may ask for, by currency; null: any amount.' },
  rotated_from_id: { ...orNull(ID), description: 'The key that it took the place of.' },
  created_at: TIME,
  expires_at: { ...orNull(TIME), description: 'When it ends; null: never.' },
  revoked_at: { ...orNull(TIME), description: 'When it was ended by hand.' },
  last_used_at: { ...orNull(TIME), description: 'When it was last used, to the minute.' },
} as const;

const SETTINGS = object({
  when_lightning_is_down: {
    ...{ type: 'string', enum: ['refuse', 'liquid_only'] },
    description: 'What becomes of new payments while Lightning cannot be offered.',
  },
  tolerance_sats: { type: 'integer', minimum: 0, maximum: 1000, description: 'What an L-BTC payer may fall short by.' },
  min_confirmations: {
    type: 'integer',
    minimum: 0,
    maximum: 2,
    description: 'Blocks that L-BTC needs to count as paid; 0: seen in the mempool.',
  },
  gross_up: { type: 'boolean', description: 'The payer bears what Lightning costs.' },
  redirect_hosts: { ...TEXTS, description: 'Where publishable keys and links may send payers back to; empty: anywhere.' },
  frame_origins: { ...TEXTS, description: 'Web pages that may show the checkout page in a frame.' },
});

/** TABLE: shapes of accounts, keys and people. */
export const ACCOUNT_SCHEMAS: { readonly [name: string]: Schema } = {
  ApiKey: object(KEY_FIELDS),
  NewApiKey: object({
    ...KEY_FIELDS,
    api_key: { type: 'string', description: 'The key itself. It stands in this answer and nowhere else: save it.' },
  }),
  AccountSettings: SETTINGS,
  Account: object({
    account_id: { ...ID, description: 'acc_…' },
    name: { type: 'string', description: 'Shown to payers.' },
    brand_colour: { type: ['string', 'null'], description: 'Such as #e65c00.' },
    logo_url: { type: ['string', 'null'], format: 'uri', description: 'Served by us; another picture has another address.' },
    keys: { type: 'array', items: ref('ApiKey') },
    publishable_key: { type: ['string', 'null'], description: 'The newest live publishable key, whole: it is no secret.' },
    plan: { ...orNull(PLAN), description: 'The plan that was paid last.' },
    plan_state: {
      ...{ type: 'string', enum: ['trial', 'active', 'grace', 'ended', 'off'] },
      description: 'grace: over, but for a while as if it were not. off: this server has no plans.',
    },
    renews_at: { ...orNull(TIME), description: 'Until when it is paid.' },
    trial_used: { type: 'integer', minimum: 0, description: 'Paid live payments so far.' },
    trial_limit: { type: 'integer', minimum: 0, description: 'How many are free for an account that never had a plan.' },
    wallet: object({ connected: { type: 'boolean', description: 'Whether payments can settle.' } }),
    settings: ref('AccountSettings'),
    warnings: { ...TEXTS, description: 'What its owner should look at, in sentences.' },
  }),
  AuditEntry: object({
    id: { ...ID, description: 'aud_…' },
    actor: { type: 'string', description: 'usr_…, key_…, operator or system.' },
    action: { type: 'string', description: 'Such as key.created.' },
    subject_id: { ...orNull(ID), description: 'What it was done to.' },
    facts: { type: 'object', additionalProperties: true, description: 'What more there is to say. No secret.' },
    ip: { type: ['string', 'null'], description: 'Where it came from, for what people do.' },
    created_at: TIME,
  }),
  SignedIn: object(
    {
      account_id: { ...orNull(ID), description: 'acc_…; null while something is needed.' },
      needs: {
        ...{ type: 'array', items: { type: 'string', enum: ['totp', 'passkey'] } },
        description: 'Empty: signed in. Otherwise send the same request again with `code` or `passkey`.',
      },
      passkey_options: {
        ...{ type: 'object', additionalProperties: true },
        description: 'For `navigator.credentials.get`, when a passkey is needed.',
      },
    },
    ['passkey_options'],
  ),
  Person: object({
    account_id: { ...ID, description: 'acc_…' },
    user_id: { ...ID, description: 'usr_…' },
    email: { type: 'string', description: 'In lower case.' },
    email_verified: { type: 'boolean', description: 'Whether a mail to it was answered.' },
    totp: { type: 'boolean', description: 'Whether codes of an authenticator app are asked for.' },
    passkeys: { type: 'array', items: object({ id: ID, label: { type: 'string' }, created_at: TIME }) },
    sessions: {
      type: 'array',
      items: object({
        ...{ id: { ...ID, description: 'ses_…; not the cookie.' }, current: { type: 'boolean' }, ip: { type: 'string' } },
        ...{ user_agent: { type: 'string' }, created_at: TIME, last_seen_at: TIME, expires_at: TIME },
      }),
    },
  }),
  Done: object({ ok: { type: 'boolean', const: true } }),
};
