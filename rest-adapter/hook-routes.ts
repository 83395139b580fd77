import type { OperationResult, Route, RouteRequest } from './route.ts';
import { nameOf, namesOf } from './read-text.ts';
import { pageOf, REFUSAL, textOrNull } from './variables.ts';

const NOT_FOUND = { code: 'webhook_endpoint_not_found', message: 'Webhook endpoint not found' };
const ENDPOINT = 'id url eventTypes status isDefault mode hasSecret failingSince restsUntil createdAt';
const DELIVERY = `id status redelivery createdAt nextAttemptAt event { id type subjectId sequence }
  attempts { deliveryId number startedAt durationMs httpStatus errorCode requestHeaders requestBody responseHead }`;
const SAVE = `mutation SaveWebhookEndpoint($input: WebhookEndpointInput!) {
  result: saveWebhookEndpoint(input: $input) {
    __typename
    ... on NewWebhookEndpoint { endpoint { ${ENDPOINT} } secret cancelledDeliveries }
    ${REFUSAL}
  }
}`;
const MANY = '/api/v1/webhook-endpoints';
const ONE = `${MANY}/:id`;

const EVENTS = {
  'payment.confirmed': 'PAYMENT_CONFIRMED',
  'payment.expired': 'PAYMENT_EXPIRED',
  'payment.test': 'PAYMENT_TEST',
} as const;
const STATUSES = { enabled: 'ENABLED', paused: 'PAUSED' } as const;
const MODES = { live: 'LIVE', test: 'TEST' } as const;
const restEvent = (name: string) => Object.entries(EVENTS).find(([, known]) => known === name)?.[0] ?? name;

function endpointReply(endpoint: OperationResult): object {
  return {
    id: endpoint.id,
    url: endpoint.url,
    events: endpoint.eventTypes.map(restEvent),
    status: endpoint.status.toLowerCase(),
    is_default: endpoint.isDefault,
    mode: endpoint.mode.toLowerCase(),
    has_secret: endpoint.hasSecret,
    failing_since: endpoint.failingSince,
    rests_until: endpoint.restsUntil,
    created_at: endpoint.createdAt,
  };
}

/** A secret is said once; `secret` is absent from every answer that made none. */
function savedReply({ endpoint, secret, cancelledDeliveries }: OperationResult): object {
  return {
    ...endpointReply(endpoint),
    ...(secret === null ? {} : { secret }),
    ...(cancelledDeliveries > 0 ? { cancelled_deliveries: cancelledDeliveries } : {}),
  };
}

/** What was given up is `failed` (conformance W-15). */
const restDeliveryStatus = (status: string) => (status === 'EXHAUSTED' ? 'failed' : status.toLowerCase());

function deliveryReply(delivery: OperationResult): object {
  return {
    id: delivery.id,
    status: restDeliveryStatus(delivery.status),
    event_id: delivery.event.id,
    event: delivery.event.type,
    payment_id: delivery.event.subjectId,
    sequence: delivery.event.sequence,
    redelivery: delivery.redelivery,
    created_at: delivery.createdAt,
    next_attempt_at: delivery.nextAttemptAt,
    attempts: delivery.attempts.map((attempt: OperationResult) => ({
      delivery_id: attempt.deliveryId,
      number: attempt.number,
      started_at: attempt.startedAt,
      duration_ms: attempt.durationMs,
      response_status: attempt.httpStatus,
      error: attempt.errorCode,
      request_headers: attempt.requestHeaders,
      request_body: attempt.requestBody,
      response_body: attempt.responseHead,
    })),
  };
}

/** The answer of a test is told at once (conformance W-13). */
function testReply(delivery: OperationResult): object {
  const [attempt] = delivery.attempts;
  return {
    delivered: delivery.status === 'DELIVERED',
    response_status: attempt?.httpStatus ?? null,
    error: attempt?.errorCode ?? null,
    duration_ms: attempt?.durationMs ?? null,
    delivery: deliveryReply(delivery),
  };
}

function inputOf({ body }: RouteRequest): { readonly [name: string]: unknown } {
  return {
    ...('url' in body ? { url: textOrNull(body['url']) } : {}),
    ...('events' in body && body['events'] !== null ? { eventTypes: namesOf('events', body['events'], EVENTS) } : {}),
    ...('status' in body && body['status'] !== null ? { status: nameOf('status', body['status'], STATUSES) } : {}),
    ...('mode' in body && body['mode'] !== null ? { mode: nameOf('mode', body['mode'], MODES) } : {}),
  };
}

const READ = { audience: 'secretOrTest', crossOrigin: false, limit: 'read', status: 200 } as const;
const CHANGE = { audience: 'secretOrTest', crossOrigin: false, limit: 'change', status: 200 } as const;

/** TABLE: webhook endpoints, what was sent to them, and the event log: for those who have no dashboard. */
export const HOOK_ROUTES: readonly Route[] = [
  {
    ...READ,
    method: 'GET',
    path: MANY,
    operation: `query ListWebhookEndpoints { result: webhookEndpoints { ${ENDPOINT} } }`,
    variables: () => ({}),
    reply: (endpoints) => ({ data: endpoints.map(endpointReply), next_cursor: null }),
  },
  {
    ...CHANGE,
    method: 'POST',
    path: MANY,
    status: 201,
    operation: SAVE.replace('SaveWebhookEndpoint', 'CreateWebhookEndpoint'),
    variables: (request) => ({ input: inputOf(request) }),
    reply: savedReply,
  },
  {
    ...READ,
    method: 'GET',
    path: ONE,
    operation: `query GetWebhookEndpoint($id: ID!) { result: webhookEndpoint(id: $id) { ${ENDPOINT} } }`,
    variables: ({ params }) => ({ id: params['id'] }),
    reply: endpointReply,
    notFound: NOT_FOUND,
  },
  {
    ...CHANGE,
    method: 'PATCH',
    path: ONE,
    operation: SAVE.replace('SaveWebhookEndpoint', 'UpdateWebhookEndpoint'),
    variables: (request) => ({ input: { ...inputOf(request), id: request.params['id'] } }),
    reply: savedReply,
  },
  {
    ...CHANGE,
    method: 'DELETE',
    path: ONE,
    operation: `mutation DeleteWebhookEndpoint($id: ID!) { result: deleteWebhookEndpoint(id: $id) { __typename ... on Done { ok } ${REFUSAL} } }`,
    variables: ({ params }) => ({ id: params['id'] }),
    reply: ({ ok }) => ({ deleted: ok }),
  },
  {
    ...CHANGE,
    method: 'POST',
    path: `${ONE}/test`,
    operation: `mutation SendTestEvent($endpointId: ID!) {
      result: sendTestEvent(endpointId: $endpointId) { __typename ... on Delivery { ${DELIVERY} } ${REFUSAL} }
    }`,
    variables: ({ params }) => ({ endpointId: params['id'] }),
    reply: testReply,
  },
  {
    ...CHANGE,
    method: 'POST',
    path: `${ONE}/rotate-secret`,
    operation: `mutation RotateWebhookSecret($id: ID!, $remove: Boolean) {
      result: rotateWebhookSecret(id: $id, remove: $remove) {
        __typename
        ... on NewWebhookEndpoint { endpoint { ${ENDPOINT} } secret cancelledDeliveries }
        ${REFUSAL}
      }
    }`,
    variables: ({ params, body }) => ({ id: params['id'], remove: body['remove'] === true }),
    reply: savedReply,
  },
  {
    ...READ,
    method: 'GET',
    path: `${ONE}/deliveries`,
    operation: `query ListDeliveries($id: ID!, $first: Int, $after: String, $failedOnly: Boolean) {
      result: webhookEndpoint(id: $id) {
        deliveries(first: $first, after: $after, failedOnly: $failedOnly) { edges { node { ${DELIVERY} } } pageInfo { hasNextPage endCursor } }
      }
    }`,
    variables: ({ params, query }) => ({ id: params['id'], ...pageOf(query), failedOnly: query['failed'] === 'true' }),
    reply: ({ deliveries: { edges, pageInfo } }) => ({
      data: edges.map((edge: OperationResult) => deliveryReply(edge.node)),
      next_cursor: pageInfo.hasNextPage ? pageInfo.endCursor : null,
    }),
    notFound: NOT_FOUND,
  },
  {
    ...CHANGE,
    method: 'POST',
    path: '/api/v1/deliveries/:id/redeliver',
    status: 201,
    operation: `mutation Redeliver($deliveryId: ID!) {
      result: redeliver(deliveryId: $deliveryId) { __typename ... on Delivery { ${DELIVERY} } ${REFUSAL} }
    }`,
    variables: ({ params }) => ({ deliveryId: params['id'] }),
    reply: deliveryReply,
  },
  {
    ...CHANGE,
    method: 'POST',
    path: `${ONE}/replay`,
    operation: `mutation ReplayEvents($endpointId: ID!, $after: String!) {
      result: replayEvents(endpointId: $endpointId, afterSequence: $after) { __typename ... on Done { ok } ${REFUSAL} }
    }`,
    variables: ({ params, body }) => ({ endpointId: params['id'], after: sequenceText(body['after']) }),
    reply: ({ ok }) => ({ ok }),
  },
  {
    ...READ,
    method: 'GET',
    path: '/api/v1/events',
    operation: `query ListEvents($first: Int, $after: String, $types: [String!]) {
      result: events(first: $first, after: $after, types: $types) {
        edges { node { id sequence type subjectId createdAt facts } } pageInfo { hasNextPage endCursor }
      }
    }`,
    variables: ({ query }) => ({
      ...pageOf(query),
      ...(query['after'] === undefined ? {} : { after: query['after'] }),
      types: (query['types'] ?? '').split(',').filter((type) => type !== ''),
    }),
    reply: ({ edges, pageInfo }) => ({
      data: edges.map(({ node }: OperationResult) => ({
        id: node.id,
        sequence: node.sequence,
        type: node.type,
        subject_id: node.subjectId,
        created_at: node.createdAt,
        facts: node.facts,
      })),
      next_cursor: pageInfo.hasNextPage ? pageInfo.endCursor : null,
    }),
  },
];

/** A sequence may come as text or number; nothing else is one. */
function sequenceText(value: unknown): string {
  return typeof value === 'number' ? String(value) : (textOrNull(value) ?? '');
}
