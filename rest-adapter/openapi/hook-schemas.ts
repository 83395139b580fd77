import type { Schema } from './description.ts';
import { object, orNull } from './description.ts';
import { MODE, TIME, URL_TEXT } from './schemas.ts';

const ID: Schema = { type: 'string' };
export const EVENT_NAME: Schema = { type: 'string', enum: ['payment.confirmed', 'payment.expired', 'payment.test'] };
const SEQUENCE: Schema = { type: 'string', pattern: '^\\d+$', description: 'Counts from 1 per account, without gaps, as text.' };

const ENDPOINT_FIELDS = {
  id: { ...ID, description: 'whk_…' },
  url: { ...URL_TEXT, description: 'Where events are posted to.' },
  events: { type: 'array', items: EVENT_NAME, description: 'What it is sent; empty: everything.' },
  status: { type: 'string', enum: ['enabled', 'paused', 'disabled'], description: 'paused: nothing is queued for it.' },
  is_default: { type: 'boolean', description: 'The first of its mode.' },
  mode: MODE,
  has_secret: { type: 'boolean', description: 'Whether its events are signed.' },
  failing_since: { ...orNull(TIME), description: 'Since when nothing got through; null while it answers.' },
  rests_until: { ...orNull(TIME), description: 'After many failures nothing is sent before then.' },
  created_at: TIME,
} as const;

const ATTEMPT = object({
  delivery_id: { ...ID, description: 'The `X-AvoPay-Delivery-ID` of this try.' },
  number: { type: 'integer', minimum: 1, maximum: 4 },
  started_at: TIME,
  duration_ms: { type: ['integer', 'null'], description: 'Null when it is not known to have ended.' },
  response_status: { type: ['integer', 'null'], description: 'What the endpoint answered.' },
  error: { type: ['string', 'null'], description: 'Why there was no answer.' },
  request_headers: { type: 'object', additionalProperties: true, description: 'As sent.' },
  request_body: { type: 'string', description: 'As sent, byte for byte.' },
  response_body: { type: ['string', 'null'], description: 'First 2 kB of the answer.' },
});
const DELIVERY = object({
  id: { ...ID, description: 'dlv_…' },
  status: {
    ...{ type: 'string', enum: ['pending', 'delivered', 'failed', 'cancelled'] },
    description: 'failed: every try has failed. cancelled: the endpoint was paused or deleted.',
  },
  event_id: { ...ID, description: 'The `X-AvoPay-Event-ID` of every try.' },
  event: { type: 'string', description: 'payment.confirmed, …' },
  payment_id: { ...ID, description: 'What it is about.' },
  sequence: SEQUENCE,
  redelivery: { type: 'boolean', description: 'Asked for by hand, or by a replay.' },
  created_at: TIME,
  next_attempt_at: { ...orNull(TIME), description: 'When it is tried again, at the earliest.' },
  attempts: { type: 'array', items: ATTEMPT, description: 'Every try, oldest first.' },
});

/** TABLE: shapes of webhooks and of the event log. */
export const HOOK_SCHEMAS: { readonly [name: string]: Schema } = {
  WebhookEndpoint: object(ENDPOINT_FIELDS),
  SavedWebhookEndpoint: object(
    {
      ...ENDPOINT_FIELDS,
      secret: { type: 'string', description: 'The signing secret that this very call has made. It is not shown again: save it.' },
      cancelled_deliveries: {
        type: 'integer',
        minimum: 1,
        description: 'What was on its way and is called off, because it is paused now.',
      },
    },
    ['secret', 'cancelled_deliveries'],
  ),
  Delivery: DELIVERY,
  Event: object({
    id: { ...ID, description: 'evt_…' },
    sequence: SEQUENCE,
    type: { type: 'string', description: 'Such as payment.confirmed; other kinds may come.' },
    subject_id: { ...ID, description: 'What it is about.' },
    created_at: TIME,
    facts: { type: 'object', additionalProperties: true, description: 'Transaction ids, amounts.' },
  }),
};
