import type { RouteDescriptions } from './description.ts';
import { object, orNull } from './description.ts';
import { TIME } from './schemas.ts';

const INVOICE = { type: 'string', description: 'BOLT11 invoice: pay it from any Lightning wallet.' };
const SATS = { type: 'integer', minimum: 1, description: 'What the invoice asks for.' };
const PLAN = { type: 'string', enum: ['lightning_monthly', 'lightning_yearly'] };
const PLAN_IN = { type: 'string', enum: ['monthly', 'yearly'], description: '$9 a month or $72 a year, in sats at the live rate.' };
const EXPIRES = { ...TIME, description: '24 hours after registration.' };
const RENEWED = { ...TIME, description: 'The invoice is good until then; a later poll answers a new one.' };
const SAMPLE = {
  invoice: 'lnbc154200n1…',
  sats: 15420,
  expires_at: '2026-05-25T12:00:00.000Z',
  invoice_expires_at: '2026-05-24T20:00:00.000Z',
};
const ID = 'a1b2c3d4e5f60718293a4b5c6d7e8f90a1b2c3d4e5f60718293a4b5c6d7e8f90';

/** TABLE: an agent's way to an account, and plans, in words. */
export const REGISTRATION_DESCRIPTIONS: RouteDescriptions = {
  'POST /api/v1/account/register': {
    tag: 'Registration',
    summary: 'Register an account',
    description:
      'Begins an account and answers a Lightning invoice. Pay it, then poll the status for the API key. Nothing else is needed: no browser, no mail.',
    body: {
      required: true,
      schema: object({
        email: { type: 'string', format: 'email' },
        password: { type: 'string', minLength: 8, description: 'Keep it: with the email it is the way back when the key is lost.' },
        plan: PLAN_IN,
        terms_accepted: {
          type: 'boolean',
          const: true,
          description: 'The terms are named by `termsOfService` of this document, if there are any.',
        },
      }),
      examples: { agent: { email: 'agent@yoursite.com', password: 'YourSecurePass123', plan: 'monthly', terms_accepted: true } },
    },
    reply: {
      description: 'The invoice can be paid for 24 hours.',
      schema: object(
        {
          ...{ registration_id: { type: 'string' }, invoice: INVOICE, sats: SATS, plan: PLAN, expires_at: EXPIRES },
          ...{ message: { type: 'string' }, invoice_expires_at: RENEWED },
          terms_url: { type: 'string', format: 'uri', description: 'The terms that you accepted, where this server names any.' },
        },
        ['terms_url'],
      ),
      examples: {
        pending: {
          registration_id: ID,
          ...SAMPLE,
          plan: 'lightning_monthly',
          message: 'Pay this Lightning invoice to activate your account.',
        },
      },
    },
    errors: [
      ...([
        'registration_fields_required',
        'invalid_email',
        'password_too_short',
        'password_too_long',
        'unknown_plan',
        'terms_not_accepted',
        'email_registered',
        'sign_in_busy',
      ] as const),
      ...(['rate_unavailable', 'provider_unavailable', 'operator_not_configured', 'registration_off'] as const),
      'lightning_not_configured',
    ],
  },
  'GET /api/v1/account/register/status/:registration_id': {
    tag: 'Registration',
    summary: 'Poll a registration for its key',
    description:
      'Answers where a registration stands. The first active answer holds `api_key`, once: store it before anything else. Poll every five seconds.',
    params: { registration_id: { description: 'As the registration answered it.', schema: { type: 'string' }, example: ID } },
    reply: {
      description: 'One of four shapes, told apart by `status`.',
      schema: {
        anyOf: [
          object(
            {
              status: { type: 'string', const: 'pending' },
              invoice: INVOICE,
              sats: SATS,
              expires_at: EXPIRES,
              invoice_expires_at: RENEWED,
              message: { type: 'string' },
            },
            ['invoice_expires_at', 'message'],
          ),
          object({ status: { type: 'string', const: 'active' }, api_key: { type: 'string' }, plan: PLAN, note: { type: 'string' } }),
          object({ status: { type: 'string', const: 'active' }, api_key_retrieved: { type: 'boolean', const: true } }),
          object({ status: { type: 'string', const: 'expired' } }),
        ],
      },
      examples: {
        pending: { status: 'pending', ...SAMPLE },
        active: {
          status: 'active',
          api_key: 'ak_live_ABC123…',
          plan: 'lightning_monthly',
          note: 'Save this API key — it will not be shown again.',
        },
        later: { status: 'active', api_key_retrieved: true },
        expired: { status: 'expired' },
      },
    },
    errors: ['registration_not_found'],
  },
  'POST /api/v1/account/subscription': {
    tag: 'Account',
    summary: 'Renew or start a plan',
    description: 'Answers an invoice for another period of a plan. Paid early, it adds to the end of the period that runs.',
    body: { required: true, schema: object({ plan: PLAN_IN }), examples: { yearly: { plan: 'yearly' } } },
    reply: {
      description: 'The invoice can be paid.',
      schema: object({
        ...{
          id: { type: 'string', description: 'per_…' },
          plan: PLAN,
          status: { type: 'string', enum: ['open', 'paid', 'expired'] },
          sats: SATS,
        },
        ...{ invoice: orNull(INVOICE), invoice_expires_at: orNull(RENEWED) },
      }),
      examples: {
        pending: {
          id: 'per_0123456789abcdefghjkmnpqrs',
          plan: 'lightning_yearly',
          status: 'open',
          sats: 123360,
          invoice: SAMPLE.invoice,
          invoice_expires_at: SAMPLE.invoice_expires_at,
        },
      },
    },
    errors: [
      ...(['unknown_plan', 'rate_unavailable', 'provider_unavailable', 'operator_not_configured', 'billing_off'] as const),
      'lightning_not_configured',
    ],
  },
};
