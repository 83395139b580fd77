import type { EndpointAsker, EndpointInput } from '../src/webhooks/endpoint-input.ts';
import type { Endpoint } from '../src/webhooks/endpoint.ts';
import type { DeliveryRecord } from '../src/webhooks/delivery.ts';
import type { RequestContext } from './context.ts';
import { isDeliveryId, isEndpointId } from '../src/lib/ids.ts';
import { accepted, RefusalError } from '../src/lib/refusal.ts';
import { DELIVERY_NOT_FOUND, ENDPOINT_NOT_FOUND, modesOf } from '../src/webhooks/endpoint-input.ts';
import { builder } from './builder.ts';
import { DoneResult } from './done.ts';
import { DeliveryResult, EndpointResult, EndpointStatusEnum, EventTypeEnum, WebhookEndpointRef } from './endpoint.ts';
import { ModeEnum } from './payment.ts';

const WebhookEndpointInput = builder.inputType('WebhookEndpointInput', {
  description: 'An endpoint to be added, or, with an id, what is to change: an absent field stays.',
  fields: (t) => ({
    id: t.id({ description: 'whk_…; absent: a new one is added.' }),
    url: t.string({ description: 'https address on the public internet; port 80, 443 or one from 1024.' }),
    eventTypes: t.field({ type: [EventTypeEnum], description: 'What it is sent; empty: everything.' }),
    status: t.field({ type: EndpointStatusEnum, description: 'ENABLED or PAUSED. Pausing calls off what is on its way.' }),
    mode: t.field({ type: ModeEnum, description: 'Of a new one: events of real or of test payments; by default those of your key.' }),
  }),
});

builder.mutationFields((t) => ({
  saveWebhookEndpoint: t.field({
    type: EndpointResult,
    description: 'Adds a webhook endpoint (the first is the default one) with a new signing secret, or changes one.',
    limit: 'change',
    authScopes: { secretOrTest: true },
    args: { input: t.arg({ type: WebhookEndpointInput, required: true }) },
    resolve: async (_root, { input }, context) => {
      const asker = await askerOf(context);
      const { id, url, eventTypes, status, mode } = input;
      const wanted = asker.mode === 'test' ? 'test' : (mode ?? asker.mode);
      const asked: EndpointInput = {
        id: id === null || id === undefined ? null : endpointId(id),
        url,
        eventTypes: eventTypes ?? null,
        status: status ?? null,
      };
      return accepted(await context.app.hooks.save(id ? asker : { ...asker, mode: wanted }, asked));
    },
  }),
  rotateWebhookSecret: t.field({
    type: EndpointResult,
    description: 'Makes a new signing secret; the one before signs beside it for 24 hours. With remove: events are no longer signed.',
    limit: 'change',
    authScopes: { secretOrTest: true },
    args: { id: t.arg.id({ required: true }), remove: t.arg.boolean() },
    resolve: async (_root, { id, remove }, context) =>
      accepted(await context.app.hooks.rotateSecret(await askerOf(context), { id: endpointId(id), remove: remove ?? false })),
  }),
  deleteWebhookEndpoint: t.field({
    type: DoneResult,
    description: 'Removes an endpoint; what was on its way to it is called off, and its deliveries stay to be read.',
    limit: 'change',
    authScopes: { secretOrTest: true },
    args: { id: t.arg.id({ required: true }) },
    resolve: async (_root, { id }, context) => {
      accepted(await context.app.hooks.remove(await askerOf(context), endpointId(id)));
      return { ok: true } as const;
    },
  }),
}));

/** What is sent at somebody's word. */
builder.mutationFields((t) => ({
  sendTestEvent: t.field({
    type: DeliveryResult,
    description: 'Sends payment.test to an endpoint, once, and answers with what it said.',
    limit: 'change',
    authScopes: { secretOrTest: true },
    args: { endpointId: t.arg.id({ required: true }) },
    resolve: async (_root, args, context) => {
      const asker = await askerOf(context);
      return deliveryOf(accepted(await context.app.hooks.sendTest(asker, endpointId(args.endpointId))), asker, context);
    },
  }),
  redeliver: t.field({
    type: DeliveryResult,
    description: 'Sends an event once more to where a delivery went. Asked twice, it is sent once.',
    limit: 'change',
    authScopes: { secretOrTest: true },
    args: { deliveryId: t.arg.id({ required: true }) },
    resolve: async (_root, args, context) => {
      const asker = await askerOf(context);
      if (!isDeliveryId(args.deliveryId)) throw new RefusalError(DELIVERY_NOT_FOUND);
      return deliveryOf(accepted(await context.app.hooks.redeliver(asker, args.deliveryId)), asker, context);
    },
  }),
  replayEvents: t.field({
    type: DoneResult,
    description: 'Sends an endpoint every event again that lies after a place in the log, but for what is on its way to it.',
    limit: 'change',
    authScopes: { secretOrTest: true },
    args: { endpointId: t.arg.id({ required: true }), afterSequence: t.arg.string({ required: true }) },
    resolve: async (_root, args, context) => {
      const asked = { endpointId: endpointId(args.endpointId), afterSequence: args.afterSequence };
      accepted(await context.app.hooks.replay(await askerOf(context), asked));
      return { ok: true } as const;
    },
  }),
}));

builder.queryFields((t) => ({
  webhookEndpoints: t.field({
    type: [WebhookEndpointRef],
    description: 'All webhook endpoints, the default one first.',
    authScopes: { secretOrTest: true },
    resolve: async (_root, _args, context) => {
      const asker = await askerOf(context);
      return [...(await context.app.hooks.listEndpoints(asker.accountId, modesOf(asker)))];
    },
  }),
  webhookEndpoint: t.field({
    type: WebhookEndpointRef,
    nullable: true,
    description: 'One webhook endpoint; null when there is none of that id in this account.',
    authScopes: { secretOrTest: true },
    args: { id: t.arg.id({ required: true }) },
    resolve: async (_root, { id }, context) => {
      const asker = await askerOf(context);
      return isEndpointId(id) ? context.app.hooks.findEndpoint({ accountId: asker.accountId, modes: modesOf(asker) }, id) : null;
    },
  }),
}));

async function askerOf({ caller, requestId }: RequestContext): Promise<EndpointAsker> {
  const { accountId, mode } = accepted(await caller());
  return { accountId, mode, requestId };
}

/** The caller's endpoint of this id. @throws RefusalError when there is none. */
export async function visibleEndpoint(id: string, context: RequestContext): Promise<Endpoint> {
  const asker = await askerOf(context);
  const endpoint = await context.app.hooks.findEndpoint({ accountId: asker.accountId, modes: modesOf(asker) }, endpointId(id));
  if (!endpoint) throw new RefusalError(ENDPOINT_NOT_FOUND);
  return endpoint;
}

/** A delivery as its account may see it; a test key sees those of test endpoints. */
export async function visibleDelivery(id: string, context: RequestContext): Promise<DeliveryRecord | null> {
  const asker = await askerOf(context);
  const delivery = await context.app.hooks.findDelivery(asker.accountId, id);
  const endpoint = delivery && (await context.loaders.endpoint.load(delivery.endpointId));
  return endpoint && modesOf(asker).includes(endpoint.mode) ? delivery : null;
}

/** A malformed id is *not found*, as everywhere. */
function endpointId(id: string): string {
  if (!isEndpointId(id)) throw new RefusalError(ENDPOINT_NOT_FOUND);
  return id;
}

async function deliveryOf({ id }: { id: string }, { accountId }: EndpointAsker, { app }: RequestContext): Promise<DeliveryRecord> {
  const delivery = await app.hooks.findDelivery(accountId, id);
  if (!delivery) throw new Error(`delivery ${id} went away`);
  return delivery;
}
