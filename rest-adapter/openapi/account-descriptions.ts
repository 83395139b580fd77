import type { RouteDescriptions } from './description.ts';
import { object, orNull, ref } from './description.ts';
import { KEY_KIND } from './account-schemas.ts';
import { MODE, pageOfMany, TIME } from './schemas.ts';

const KEY_ID = { id: { description: 'Id of the key, `key_…`.', schema: { type: 'string' }, example: 'key_0123456789abcdefghjkmnpqrs' } };
const KEY = {
  ...{ id: KEY_ID.id.example, kind: 'secret', mode: 'live', hint: 'ak_live_…q7Zk', label: 'API key', origins: [], max_amount: null },
  ...{ rotated_from_id: null, created_at: '2026-05-15T14:08:00.000Z', expires_at: null, revoked_at: null, last_used_at: null },
};
const NEW_KEY = { ...KEY, api_key: 'ak_live_ABC123…' };
const ACCOUNT = {
  ...{
    account_id: 'acc_0123456789abcdefghjkmnpqrs',
    name: 'Alba Coffee',
    brand_colour: null,
    logo_url: null,
    keys: [KEY],
    publishable_key: 'ak_pub_ABC123…',
  },
  ...{ plan: 'lightning_monthly', plan_state: 'active', renews_at: '2026-06-15T14:08:00.000Z', trial_used: 0, trial_limit: 5 },
  wallet: { connected: true },
  settings: {
    ...{ when_lightning_is_down: 'refuse', tolerance_sats: 0, min_confirmations: 0, gross_up: false },
    ...{ redirect_hosts: [], frame_origins: [] },
  },
  warnings: [],
};
const AUDIT = {
  ...{ id: 'aud_0123456789abcdefghjkmnpqrs', actor: 'usr_0123456789abcdefghjkmnpqrs', action: 'key.created', subject_id: KEY.id },
  ...{ facts: { label: 'API key' }, ip: null, created_at: '2026-05-15T14:08:00.000Z' },
};
const TEXTS = { type: 'array', items: { type: 'string' } };
const LABEL = { type: 'string', minLength: 1, maxLength: 80, description: 'What it is for.' };
const ORIGINS = {
  ...TEXTS,
  type: ['array', 'null'],
  description: 'Publishable keys: web pages that may use it. Empty or null: any, and programs.',
};
const MAX_AMOUNT = {
  ...{ type: ['object', 'null'], additionalProperties: { type: ['number', 'string'] } },
  description: 'Publishable keys: the most that one payment may ask for, such as {"EUR": 100}. Null: any amount.',
};
const KEY_REFUSALS = ['invalid_label', 'invalid_origins', 'invalid_max_amount', 'bounds_of_publishable_keys'] as const;

/** TABLE: the account and its keys, in words. */
export const ACCOUNT_DESCRIPTIONS: RouteDescriptions = {
  'GET /api/v1/account': {
    tag: 'Account',
    summary: 'Get the account',
    description:
      'Reads the account of the key: its name, keys, plan and settings, and whether a wallet is connected. Secret keys are shown by their hint only.',
    reply: { description: 'The account.', schema: ref('Account'), examples: { account: ACCOUNT } },
  },
  'PATCH /api/v1/account': {
    tag: 'Account',
    summary: 'Change the account',
    description: 'Changes name, look or settings. Absent fields stay; payments that are open keep what they were made with.',
    body: {
      required: true,
      schema: object(
        {
          name: { type: 'string', minLength: 1, maxLength: 80, description: 'Shown to payers.' },
          brand_colour: { type: ['string', 'null'], pattern: '^#[0-9a-fA-F]{6}$', description: 'Such as #e65c00; null: none.' },
          when_lightning_is_down: { type: 'string', enum: ['refuse', 'liquid_only'] },
          tolerance_sats: { type: 'integer', minimum: 0, maximum: 1000, description: 'What an L-BTC payer may fall short by.' },
          min_confirmations: { type: 'integer', minimum: 0, maximum: 2, description: 'Blocks that L-BTC needs to count as paid.' },
          gross_up: { type: 'boolean', description: 'The payer bears what Lightning costs.' },
          redirect_hosts: { ...TEXTS, maxItems: 50, description: 'Where publishable keys and links may send payers back to.' },
          frame_origins: { ...TEXTS, maxItems: 20, description: 'Web pages that may show the checkout page in a frame.' },
        },
        [
          ...['name', 'brand_colour', 'when_lightning_is_down', 'tolerance_sats', 'min_confirmations', 'gross_up'],
          ...['redirect_hosts', 'frame_origins'],
        ],
      ),
      examples: { look: { name: 'Alba Coffee', brand_colour: '#e65c00' }, hosts: { redirect_hosts: ['shop.example'] } },
    },
    reply: { description: 'The account as it is now.', schema: ref('Account'), examples: { account: ACCOUNT } },
    errors: ['invalid_setting', 'invalid_origins'],
  },
  'POST /api/v1/account/logo': {
    tag: 'Account',
    summary: 'Set the logo',
    description:
      'Shows a picture beside the name of the shop, at most 256 pixels wide and high. It is drawn anew: nothing else of what was sent is kept.',
    body: {
      required: true,
      schema: object({
        image: {
          ...{ type: ['string', 'null'], maxLength: 60_000 },
          description: 'A PNG, JPEG or WebP file in base64: at most 45,000 bytes, 2,048 pixels wide and high. Null: no logo.',
        },
      }),
      examples: { none: { image: null } },
    },
    reply: { description: 'The account as it is now.', schema: ref('Account'), examples: { account: ACCOUNT } },
    errors: ['invalid_logo', 'logo_too_large', 'logo_too_wide', 'logo_unreadable', 'logos_busy'],
  },
  'GET /api/v1/account/audit': {
    tag: 'Account',
    summary: 'List what was done',
    description: 'Answers who did what to this account, newest first. Lines are never changed or removed, and hold no secret.',
    reply: {
      description: 'One page of the trail.',
      schema: pageOfMany(ref('AuditEntry')),
      examples: { last: { data: [AUDIT], next_cursor: null } },
    },
    errors: ['invalid_cursor'],
  },
  'POST /api/v1/account/close': {
    tag: 'Account',
    summary: 'Close the account',
    description:
      'Closes the account for good: its keys open nothing any more and its links are gone. Payments that are open go on to their end.',
    body: {
      required: true,
      schema: object({ password: { type: 'string', description: 'The password of its owner.' } }),
      examples: { sure: { password: 'YourSecurePass123' } },
    },
    reply: {
      description: 'It is closed.',
      schema: object({ closed: { type: 'boolean', const: true } }),
      examples: { closed: { closed: true } },
    },
    errors: ['wrong_password', 'sign_in_busy'],
  },
  'GET /api/v1/account/keys': {
    tag: 'Account',
    summary: 'List the keys',
    description:
      'Answers every key of the account, also those that have ended, newest first, on one page. Secret keys are shown by their hint only.',
    reply: { description: 'The keys.', schema: pageOfMany(ref('ApiKey')), examples: { all: { data: [KEY], next_cursor: null } } },
  },
  'POST /api/v1/account/keys': {
    tag: 'Account',
    summary: 'Create a key',
    description: 'Makes a key. Its text is in this answer and nowhere else. Test keys make payments that move no money.',
    body: {
      required: true,
      schema: object(
        {
          ...{ kind: KEY_KIND, mode: { ...MODE, default: 'live' }, label: LABEL, origins: ORIGINS, max_amount: MAX_AMOUNT },
          expires_at: { ...orNull(TIME), description: 'When it ends; absent or null: never.' },
        },
        ['mode', 'label', 'origins', 'max_amount', 'expires_at'],
      ),
      examples: {
        server: { kind: 'secret', label: 'Shop server' },
        page: { kind: 'publishable', origins: ['https://shop.example'], max_amount: { EUR: 100 } },
      },
    },
    reply: { description: 'The key: save `api_key` now.', schema: ref('NewApiKey'), examples: { made: NEW_KEY } },
    errors: ['invalid_key_kind', 'invalid_key_mode', 'invalid_expiry', 'too_many_keys', ...KEY_REFUSALS],
  },
  'PATCH /api/v1/account/keys/:id': {
    tag: 'Account',
    summary: 'Change a key',
    description: 'Changes the label, the origins or the maximum of a key that holds. Absent fields stay; null clears origins or maximum.',
    params: KEY_ID,
    body: {
      required: true,
      schema: object({ label: LABEL, origins: ORIGINS, max_amount: MAX_AMOUNT }, ['label', 'origins', 'max_amount']),
      examples: { label: { label: 'Old shop' }, bounds: { origins: ['https://shop.example'], max_amount: null } },
    },
    reply: { description: 'The key as it is now.', schema: ref('ApiKey'), examples: { key: KEY } },
    errors: ['key_not_found', 'key_ended', ...KEY_REFUSALS],
  },
  'DELETE /api/v1/account/keys/:id': {
    tag: 'Account',
    summary: 'Revoke a key',
    description:
      'Ends a key at once, with every stream that it opened. A key may revoke itself, a person every key. One that has ended stays as it is.',
    params: KEY_ID,
    reply: {
      description: 'The key as it is now.',
      schema: ref('ApiKey'),
      examples: { revoked: { ...KEY, revoked_at: '2026-05-15T15:00:00.000Z' } },
    },
    errors: ['key_not_found', 'key_not_own'],
  },
  'POST /api/v1/account/keys/:id/rotate': {
    tag: 'Account',
    summary: 'Rotate a key',
    description:
      'Makes a successor with the same rights; the old key goes on for the overlap. A key may rotate itself, a person every key.',
    params: KEY_ID,
    body: {
      required: false,
      schema: object(
        {
          overlap_hours: { type: ['integer', 'null'], minimum: 0, maximum: 72, default: 24, description: 'How long the old key goes on.' },
        },
        ['overlap_hours'],
      ),
      examples: { day: {}, now: { overlap_hours: 0 } },
    },
    reply: {
      description: 'The new key: save `api_key` now.',
      schema: ref('NewApiKey'),
      examples: { made: { ...NEW_KEY, rotated_from_id: 'key_1123456789abcdefghjkmnpqrs' } },
    },
    errors: ['invalid_overlap', 'key_not_found', 'key_not_own', 'key_ended', 'key_already_rotated'],
  },
};
