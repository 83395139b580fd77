import type { Endpoint } from '../src/webhooks/endpoint.ts';
import type { SavedEndpoint } from '../src/webhooks/manage-endpoint.ts';
import { WEBHOOK_EVENT_TYPES } from '../src/events/event.ts';
import { RefusalError } from '../src/lib/refusal.ts';
import { ENDPOINT_STATUSES } from '../src/webhooks/endpoint.ts';
import { builder } from './builder.ts';
import { DeliveryConnection, deliveriesOf, DeliveryRef } from './delivery.ts';
import { ModeEnum } from './payment.ts';

export const EventTypeEnum = builder.enumType('EventType', {
  description: 'The events that endpoints are sent.',
  values: {
    PAYMENT_CONFIRMED: { value: WEBHOOK_EVENT_TYPES[0] },
    PAYMENT_EXPIRED: { value: WEBHOOK_EVENT_TYPES[1] },
    PAYMENT_TEST: { value: WEBHOOK_EVENT_TYPES[2] },
  },
});

export const EndpointStatusEnum = builder.enumType('EndpointStatus', {
  description: 'Whether an endpoint is sent events.',
  values: {
    ENABLED: { value: ENDPOINT_STATUSES[0] },
    PAUSED: {
      value: ENDPOINT_STATUSES[1],
      description: 'Nothing is queued for it. After enabling it, replayEvents sends what was missed.',
    },
    DISABLED: { value: ENDPOINT_STATUSES[2], description: 'Deleted; seen through its deliveries only.' },
  },
});

export const WebhookEndpointRef = builder.objectRef<Endpoint>('WebhookEndpoint').implement({
  description: "A merchant's receiver of events. Its secret is shown when it is made, and never again.",
  fields: (t) => ({
    id: t.id({ description: 'whk_…', resolve: ({ id }) => id }),
    mode: t.field({ type: ModeEnum, description: 'Whether it is sent events of real or of test payments.', resolve: ({ mode }) => mode }),
    url: t.field({ type: 'URL', description: 'Where events are posted to.', resolve: ({ url }) => url }),
    eventTypes: t.field({
      type: [EventTypeEnum],
      description: 'What it is sent; empty: everything.',
      resolve: ({ eventTypes }) => WEBHOOK_EVENT_TYPES.filter((type) => eventTypes.includes(type)),
    }),
    isDefault: t.boolean({ description: 'The first of its mode.', resolve: ({ isDefault }) => isDefault }),
    status: t.field({ type: EndpointStatusEnum, description: 'Whether it is sent events.', resolve: ({ status }) => status }),
    hasSecret: t.boolean({ description: 'Whether its events are signed.', resolve: ({ hasSecret }) => hasSecret }),
    failingSince: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'Since when nothing got through to it; null while it answers.',
      resolve: ({ failingSince }) => failingSince,
    }),
    restsUntil: t.field({
      type: 'DateTime',
      nullable: true,
      description:
        'After many failures it is sent nothing before then, and then one event at a time until one gets through. Null: no such pause.',
      resolve: ({ breakerOpenUntil }) => breakerOpenUntil,
    }),
    createdAt: t.field({ type: 'DateTime', description: 'When it was added.', resolve: ({ createdAt }) => createdAt }),
    deliveries: t.field({
      type: DeliveryConnection,
      description: 'What was sent to it, newest first.',
      args: { ...t.arg.connectionArgs(), failedOnly: t.arg.boolean({ description: 'Only those that were given up.' }) },
      resolve: ({ accountId, id }, args, context) => deliveriesOf({ by: 'endpoint', id, accountId }, args, context),
    }),
  }),
});

builder.objectField(DeliveryRef, 'endpoint', (t) =>
  t.field({
    type: WebhookEndpointRef,
    description: 'Where it goes, as it is now.',
    resolve: async ({ accountId, endpointId }, _args, { loaders }) => {
      const endpoint = await loaders.endpoint.load(endpointId);
      if (endpoint?.accountId !== accountId) throw new Error(`a delivery without its endpoint ${endpointId}`);
      return endpoint;
    },
  }),
);

export const NewWebhookEndpointRef = builder.objectRef<SavedEndpoint>('NewWebhookEndpoint').implement({
  description: 'An endpoint after a change.',
  fields: (t) => ({
    endpoint: t.field({ type: WebhookEndpointRef, description: 'As it is now.', resolve: ({ endpoint }) => endpoint }),
    secret: t.string({
      nullable: true,
      description: 'The signing secret that this very change has made. Keep it: it is not shown again. Null when the change made none.',
      resolve: ({ secret }) => secret?.reveal() ?? null,
    }),
    cancelledDeliveries: t.int({
      description: 'Events on their way to it that were called off, because it is paused now.',
      resolve: ({ cancelledDeliveries }) => cancelledDeliveries,
    }),
  }),
});

export const EndpointResult = builder.errorUnion('EndpointResult', {
  description: 'The endpoint, or why nothing was changed.',
  types: [NewWebhookEndpointRef, RefusalError],
  resolveType: () => 'NewWebhookEndpoint',
});

export const DeliveryResult = builder.errorUnion('DeliveryResult', {
  description: 'The delivery, or why there is none.',
  types: [DeliveryRef, RefusalError],
  resolveType: () => 'Delivery',
});
