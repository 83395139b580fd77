import type { RouteDescriptions, Schema } from './description.ts';
import { object, orNull } from './description.ts';
import { TIME } from './schemas.ts';

const THING: Schema = { type: 'object', required: ['id'], properties: { id: { type: 'string' } }, additionalProperties: true };
const many = (description: string): Schema => ({ type: 'array', items: THING, description });
const EXPORT = {
  exported_at: '2026-05-15T14:08:00.000Z',
  account: {
    id: 'acc_0123456789abcdefghjkmnpqrs',
    name: 'Alba Coffee',
    status: 'active',
    settings: {},
    created_at: '2026-01-15T14:08:00.000Z',
  },
  ...{ people: [], keys: [], wallets: [], plan_periods: [], endpoints: [], links: [] },
  payments: [{ id: 'pmt_0123456789abcdefghjkmnpqrs', status: 'paid', amount_fiat: 49.99, currency: 'EUR', amount_sats: 62341 }],
  ...{ test_payments: [], events: [], deliveries: [], audit: [] },
};

/** TABLE: the export, in words. */
export const EXPORT_DESCRIPTIONS: RouteDescriptions = {
  'GET /api/v1/account/export': {
    tag: 'Account',
    summary: 'Export everything of the account',
    description:
      'Answers one JSON document with all that AvoPay keeps of the account: settings, people, keys, wallets, plan, endpoints, links, payments, events, deliveries and the audit trail, newest first. It holds no key, no secret of an endpoint and no descriptor. It works once a minute and stands in the audit trail. Take one before you close the account. A document that breaks off is not whole: ask again.',
    reply: {
      description: 'The document, as a file.',
      schema: object({
        exported_at: { ...TIME, description: 'When it began; what is younger is not in it.' },
        account: { ...orNull(THING), description: 'Name, look, settings, plan and trial.' },
        people: many('Who can sign in.'),
        keys: many('Secret keys by their hint only.'),
        wallets: many('When a wallet was connected and disconnected.'),
        plan_periods: many('What was paid for the plan.'),
        endpoints: many('Where webhooks go.'),
        links: many('Payment links.'),
        payments: many('Live payments, with amounts, status and your metadata.'),
        test_payments: many('Payments of test keys.'),
        events: many('The event log, with the bodies that webhooks carried.'),
        deliveries: many('Webhooks of the last 30 days and how each attempt ended.'),
        audit: many('Who did what.'),
      }),
      examples: { shop: EXPORT },
    },
    errors: ['export_limit'],
  },
};
