import { builder } from './builder.ts';

const DELIVERY_STATUSES = ['PENDING', 'DELIVERED', 'EXHAUSTED', 'CANCELLED'] as const;
const DeliveryStatusEnum = builder.enumType('DeliveryStatus', { description: 'How far a delivery got.', values: DELIVERY_STATUSES });

builder.prismaObject('Delivery', {
  description: 'One event on its way to one webhook endpoint.',
  fields: (t) => ({
    id: t.exposeID('id', { description: 'dlv_…' }),
    event: t.relation('event', { description: 'What is told.' }),
    status: t.field({
      type: DeliveryStatusEnum,
      description: 'How far it got.',
      select: { status: true },
      resolve: ({ status }) => status.toUpperCase() as (typeof DELIVERY_STATUSES)[number], // a CHECK holds the column to the list
    }),
    redelivery: t.boolean({ description: 'Asked for by hand.', select: { redelivery: true }, resolve: ({ redelivery }) => redelivery > 0 }),
    nextAttemptAt: t.expose('nextAttemptAt', { type: 'DateTime', nullable: true, description: 'When it is tried again.' }),
    attempts: t.relation('attemptRows', { description: 'Every try, oldest first.', query: { orderBy: { number: 'asc' } } }),
  }),
});

builder.prismaObject('Attempt', {
  name: 'DeliveryAttempt',
  description: 'One request to the endpoint.',
  fields: (t) => ({
    deliveryId: t.exposeID('id', { description: 'The X-AvoPay-Delivery-ID of this try.' }),
    number: t.exposeInt('number', { description: '1 to 4.' }),
    startedAt: t.expose('startedAt', { type: 'DateTime', description: 'When it was sent.' }),
    durationMs: t.exposeInt('durationMs', { nullable: true, description: 'Null when it is not known to have ended.' }),
    httpStatus: t.exposeInt('httpStatus', { nullable: true, description: 'What the endpoint answered.' }),
    errorCode: t.exposeString('errorCode', { nullable: true, description: 'Why there was no answer.' }),
    requestHeaders: t.expose('requestHeaders', { type: 'JSONObject', description: 'As sent.' }),
    requestBody: t.string({
      description: 'As sent, byte for byte.',
      select: { delivery: { select: { event: { select: { webhookBody: true } } } } },
      resolve: ({ delivery }) => delivery.event.webhookBody ?? '',
    }),
    responseHead: t.exposeString('responseHead', { nullable: true, description: 'First 2 kB of the answer.' }),
  }),
});

builder.prismaObject('Event', {
  description: 'Something that was said about a payment, a link, a key or a wallet. Never changed, never removed.',
  fields: (t) => ({
    id: t.exposeID('id', { description: 'evt_…' }),
    sequence: t.string({
      description: 'Counts from 1 per account, without gaps.',
      select: { sequence: true },
      resolve: ({ sequence }) => sequence.toString(),
    }),
    type: t.exposeString('type', { description: 'payment.confirmed, …' }),
    subjectId: t.exposeID('subjectId', { description: 'What it is about.' }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it happened.' }),
    facts: t.expose('facts', { type: 'JSONObject', description: 'Transaction ids and amounts.' }),
  }),
});
