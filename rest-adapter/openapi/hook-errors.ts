import type { ErrorRows } from './error-row.ts';

/** TABLE: refusals of lists, test payments, webhook endpoints and the event log. */
export const HOOK_ERRORS = {
  invalid_cursor: { status: 400, error: 'cursor must be one that this list answered', meaning: 'Send back `next_cursor` as it came.' },
  invalid_status: {
    ...{ status: 400, error: 'status must be pending, paid or expired', also: ['status must be enabled or paused'] },
    meaning: 'There is no such status.',
  },
  invalid_from: {
    ...{ status: 400, error: 'from must be a day or time like 2026-05-15 or 2026-05-15T14:23:00Z' },
    meaning: 'No day, and no time with its zone.',
  },
  invalid_to: {
    ...{ status: 400, error: 'to must be a day or time like 2026-05-15 or 2026-05-15T14:23:00Z' },
    meaning: 'No day, and no time with its zone.',
  },
  invalid_source: { status: 400, error: 'source must be secret, publishable, link or dashboard', meaning: 'There is no such source.' },
  invalid_method: { status: 400, error: 'method must be lightning or liquid', meaning: 'There is no such method.' },
  invalid_mode: { status: 400, error: 'mode must be live or test', meaning: 'There is no other mode.' },
  invalid_search: { status: 400, error: 'q must have at most 100 characters of plain text', meaning: 'Too long to search for.' },
  invalid_outcome: { status: 400, error: 'outcome must be one of paid, expired', meaning: 'A test payment ends in one of two ways.' },
  not_a_test_payment: {
    ...{ status: 409, error: 'Only test payments can be simulated — create one with a key that starts with ak_test_' },
    meaning: 'Real payments end by money or by time.',
  },
  payment_ended: {
    ...{ status: 409, error: 'This test payment is {status} already — create another one' },
    meaning: 'It ended the other way before.',
  },
  webhook_url_required: { status: 400, error: 'url is required', meaning: 'Missing required field.' },
  webhook_url_refused: {
    status: 400,
    error: 'url must lead to a public internet address; for a local server use a tunnel',
    also: ['url must {rule}'],
    meaning: 'The sentence says what is wrong with it: not https, a user name, a low port, an inner address.',
  },
  invalid_events: {
    status: 400,
    error: 'events must be payment.confirmed, payment.expired or payment.test',
    also: ['events must be a list of payment.confirmed, payment.expired or payment.test'],
    meaning: 'No list, or an event that is not sent.',
  },
  invalid_sequence: {
    ...{ status: 400, error: 'after must be the sequence of an event, as a decimal number; 0 is the beginning' },
    meaning: 'No number of an event.',
  },
  replay_too_long: {
    ...{ status: 400, error: 'More than 5000 events lie after that — replay from a later one, or read GET /api/v1/events' },
    meaning: 'So many are better read than sent.',
  },
  webhook_endpoint_not_found: {
    ...{ status: 404, error: 'Webhook endpoint not found' },
    meaning: 'The endpoint does not exist or belongs to a different account.',
  },
  delivery_not_found: {
    ...{ status: 404, error: 'Delivery not found' },
    meaning: 'The delivery does not exist or belongs to a different account.',
  },
  too_many_webhook_endpoints: {
    ...{ status: 409, error: 'An account has at most 10 webhook endpoints — delete one first' },
    meaning: 'Each multiplies what is sent.',
  },
  webhook_endpoint_paused: { status: 409, error: 'The webhook endpoint is paused — enable it first', meaning: 'Nothing is sent to it.' },
  webhook_endpoint_deleted: {
    ...{ status: 409, error: 'The webhook endpoint of this delivery was deleted' },
    meaning: 'There is nowhere to send it.',
  },
} as const satisfies ErrorRows;
