import type { RouteDescription, RouteDescriptions } from './description.ts';
import { object, ref } from './description.ts';
import { EVENT_NAME } from './hook-schemas.ts';
import { MODE, pageOfMany, SAMPLE } from './schemas.ts';

const ENDPOINT_ID = {
  id: { description: 'Id of the endpoint, `whk_…`.', schema: { type: 'string' }, example: 'whk_0123456789abcdefghjkmnpqrs' },
};
const DELIVERY_ID = {
  id: { description: 'Id of the delivery, `dlv_…`.', schema: { type: 'string' }, example: 'dlv_0123456789abcdefghjkmnpqrs' },
};
const ENDPOINT = {
  ...{ id: ENDPOINT_ID.id.example, url: 'https://yoursite.com/webhooks/avopay', events: [], status: 'enabled', is_default: true },
  ...{ mode: 'live', has_secret: true, failing_since: null, rests_until: null, created_at: '2026-05-15T14:00:00.000Z' },
};
const DELIVERY = {
  ...{ id: DELIVERY_ID.id.example, status: 'delivered', event_id: 'evt_0123456789abcdefghjkmnpqrs', event: 'payment.confirmed' },
  ...{ payment_id: SAMPLE.paymentId, sequence: '41', redelivery: false, created_at: '2026-05-15T14:09:41.000Z', next_attempt_at: null },
  attempts: [
    {
      ...{ delivery_id: '9f86d081884c7d65', number: 1, started_at: '2026-05-15T14:09:41.020Z', duration_ms: 84, response_status: 200 },
      ...{ error: null, request_headers: { 'content-type': 'application/json' }, request_body: '{"event":"payment.confirmed",…}' },
      response_body: 'OK',
    },
  ],
};
const EVENT = {
  ...{ id: 'evt_0123456789abcdefghjkmnpqrs', sequence: '41', type: 'payment.confirmed', subject_id: SAMPLE.paymentId },
  ...{ created_at: '2026-05-15T14:09:41.000Z', facts: {} },
};
const URL_IN = {
  type: 'string',
  format: 'uri',
  maxLength: 2048,
  description: 'https on the public internet; port 80, 443 or one from 1024.',
};
const EVENTS_IN = { type: ['array', 'null'], items: EVENT_NAME, description: 'What it is sent. Empty: everything.' };
const STATUS_IN = { type: ['string', 'null'], enum: ['enabled', 'paused', null], description: 'Pausing calls off what is on its way.' };
const MODE_IN = {
  ...MODE,
  type: ['string', 'null'],
  enum: ['live', 'test', null],
  description: 'Of a new one: events of real or of test payments.',
};
const ONE: RouteDescription['reply'] = { description: 'The endpoint.', schema: ref('WebhookEndpoint'), examples: { endpoint: ENDPOINT } };
const MADE = { ...ENDPOINT, secret: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw' };
const SAVED: RouteDescription['reply'] = {
  description: 'The endpoint as it is now.',
  schema: ref('SavedWebhookEndpoint'),
  examples: { saved: ENDPOINT },
};
const REFUSED = ['webhook_url_refused', 'invalid_events', 'invalid_status', 'invalid_mode'] as const;
const tag = 'Webhooks';

/** TABLE: webhook endpoints, deliveries and the event log, in words. */
export const HOOK_DESCRIPTIONS: RouteDescriptions = {
  'GET /api/v1/webhook-endpoints': {
    ...{
      tag,
      summary: 'List webhook endpoints',
      description: 'Answers all endpoints of this account, the default one first, on one page.',
    },
    reply: {
      description: 'The endpoints.',
      schema: pageOfMany(ref('WebhookEndpoint')),
      examples: { all: { data: [ENDPOINT], next_cursor: null } },
    },
  },
  'POST /api/v1/webhook-endpoints': {
    tag,
    summary: 'Create a webhook endpoint',
    description:
      'Adds an address that events are posted to, with a new signing secret that is shown once. The first of its mode is the default one. An account has at most ten.',
    body: {
      required: true,
      schema: object({ url: URL_IN, events: EVENTS_IN, status: STATUS_IN, mode: MODE_IN }, ['events', 'status', 'mode']),
      examples: { all: { url: ENDPOINT.url }, paid: { url: ENDPOINT.url, events: ['payment.confirmed'] } },
    },
    reply: { ...SAVED, description: 'The endpoint: save `secret` now.', examples: { made: MADE } },
    errors: ['webhook_url_required', 'too_many_webhook_endpoints', ...REFUSED],
  },
  'GET /api/v1/webhook-endpoints/:id': {
    ...{ tag, summary: 'Get a webhook endpoint', params: ENDPOINT_ID, reply: ONE },
    description: 'Reads one endpoint: what it is sent, and whether it has been failing.',
  },
  'PATCH /api/v1/webhook-endpoints/:id': {
    tag,
    summary: 'Change a webhook endpoint',
    description:
      'Changes the address, the events, or whether it is paused. Retries of earlier events go to the new address. Its mode stays.',
    params: ENDPOINT_ID,
    body: {
      required: true,
      schema: object({ url: { ...URL_IN, type: ['string', 'null'] }, events: EVENTS_IN, status: STATUS_IN }, ['url', 'events', 'status']),
      examples: { pause: { status: 'paused' }, move: { url: 'https://yoursite.com/hooks' } },
    },
    reply: SAVED,
    errors: ['webhook_endpoint_not_found', ...REFUSED],
  },
  'DELETE /api/v1/webhook-endpoints/:id': {
    tag,
    summary: 'Delete a webhook endpoint',
    description:
      'Removes an endpoint and its secret; what was on its way to it is called off. Its deliveries stay to be read with their payments.',
    params: ENDPOINT_ID,
    reply: {
      description: 'It is gone.',
      schema: object({ deleted: { type: 'boolean', const: true } }),
      examples: { gone: { deleted: true } },
    },
    errors: ['webhook_endpoint_not_found'],
  },
  'POST /api/v1/webhook-endpoints/:id/test': {
    tag,
    summary: 'Send a test event',
    description: 'Posts `payment.test` to the endpoint once, also to a paused one, and answers what it said within ten seconds.',
    params: ENDPOINT_ID,
    reply: {
      description: 'What came of it. A failure of the endpoint is no error of this call.',
      schema: object({
        delivered: { type: 'boolean', description: 'It answered 2xx.' },
        response_status: { type: ['integer', 'null'] },
        error: { type: ['string', 'null'], description: 'Why there was no answer.' },
        duration_ms: { type: ['integer', 'null'] },
        delivery: ref('Delivery'),
      }),
      examples: {
        delivered: {
          ...{ delivered: true, response_status: 200, error: null, duration_ms: 84 },
          delivery: { ...DELIVERY, event: 'payment.test' },
        },
      },
    },
    errors: ['webhook_endpoint_not_found'],
  },
  'POST /api/v1/webhook-endpoints/:id/rotate-secret': {
    tag,
    summary: 'Rotate a signing secret',
    description:
      'Makes a new signing secret, shown once; the one before signs beside it for 24 hours. With `remove`, events are no longer signed.',
    params: ENDPOINT_ID,
    body: {
      required: false,
      schema: object({ remove: { type: 'boolean', description: 'No secret any more.' } }, ['remove']),
      examples: { rotate: {}, remove: { remove: true } },
    },
    reply: { ...SAVED, examples: { rotated: MADE, removed: { ...ENDPOINT, has_secret: false } } },
    errors: ['webhook_endpoint_not_found'],
  },
  'GET /api/v1/webhook-endpoints/:id/deliveries': {
    tag,
    summary: 'List deliveries',
    description: 'Answers what was sent to one endpoint, newest first, with every try and what came back.',
    params: ENDPOINT_ID,
    query: { failed: { description: 'Only those that were given up.', schema: { type: 'string', enum: ['true', 'false'] } } },
    reply: {
      description: 'One page of deliveries.',
      schema: pageOfMany(ref('Delivery')),
      examples: { last: { data: [DELIVERY], next_cursor: null } },
    },
    errors: ['invalid_cursor'],
  },
  'POST /api/v1/deliveries/:id/redeliver': {
    tag,
    summary: 'Deliver an event again',
    description: 'Sends an event once more to where a delivery went. Asked again while that is under way, it answers the same delivery.',
    params: DELIVERY_ID,
    reply: {
      description: 'The new delivery.',
      schema: ref('Delivery'),
      examples: { queued: { ...DELIVERY, status: 'pending', redelivery: true, attempts: [] } },
    },
    errors: ['delivery_not_found', 'webhook_endpoint_deleted', 'webhook_endpoint_paused'],
  },
  'POST /api/v1/webhook-endpoints/:id/replay': {
    tag,
    summary: 'Replay events',
    description: 'Sends an endpoint everything again that lies after a place in the log, oldest first: after an outage of yours.',
    params: ENDPOINT_ID,
    body: {
      required: true,
      schema: object({
        after: {
          ...{ type: ['string', 'integer'], pattern: '^\\d{1,18}$', minimum: 0 },
          description: 'Sequence of the last event that you know; 0: from the beginning.',
        },
      }),
      examples: { after: { after: '41' } },
    },
    reply: { description: 'They are queued.', schema: ref('Done'), examples: { queued: { ok: true } } },
    errors: ['webhook_endpoint_not_found', 'invalid_sequence', 'webhook_endpoint_paused', 'replay_too_long'],
  },
  'GET /api/v1/events': {
    tag,
    summary: 'List events',
    description:
      'Reads the account’s log, oldest first. Ask with `after`, the sequence of the last event that you know: nothing is missed and nothing comes twice.',
    query: {
      after: { description: 'Events behind this sequence.', schema: { type: 'string', pattern: '^\\d{1,18}$' } },
      types: { description: 'Only these, separated by commas.', schema: { type: 'string' }, example: 'payment.confirmed,payment.expired' },
      limit: { description: 'Rows on a page.', schema: { type: 'integer', minimum: 1, maximum: 100, default: 20 } },
      cursor: { description: '`next_cursor` of the page before; the same as `after`.', schema: { type: 'string', pattern: '^\\d{1,18}$' } },
    },
    reply: {
      description: 'One page of the log.',
      schema: pageOfMany(ref('Event'), 'Oldest first.'),
      examples: { last: { data: [EVENT], next_cursor: null } },
    },
    errors: ['invalid_sequence'],
  },
};
