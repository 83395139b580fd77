import type { EventRow } from '../src/events/event-store.ts';
import type { DeliveryPage } from '../src/webhooks/delivery-pages-store.ts';
import type { AttemptRecord, DeliveryRecord } from '../src/webhooks/delivery.ts';
import type { RequestContext } from './context.ts';
import { DELIVERY_STATUSES } from '../src/webhooks/delivery.ts';
import { builder } from './builder.ts';
import { decodeCursor, pageOf, pageSize } from './cursor.ts';

const DeliveryStatusEnum = builder.enumType('DeliveryStatus', {
  description: 'How far a delivery got.',
  values: {
    PENDING: { value: DELIVERY_STATUSES[0], description: 'Is being tried, or waits for its next try.' },
    DELIVERED: { value: DELIVERY_STATUSES[1], description: 'The endpoint answered with 2xx.' },
    EXHAUSTED: { value: DELIVERY_STATUSES[2], description: 'Every try has failed; ask for it again with redeliver. REST says failed.' },
    CANCELLED: { value: DELIVERY_STATUSES[3], description: 'Called off: the endpoint was paused or deleted.' },
  },
});

export const EventRef = builder.objectRef<EventRow>('Event').implement({
  description: 'Something that was said about a payment, a link, a key or a wallet. Never changed, never removed.',
  fields: (t) => ({
    id: t.id({ description: 'evt_…', resolve: ({ id }) => id }),
    sequence: t.string({ description: 'Counts from 1 per account, without gaps.', resolve: ({ sequence }) => sequence.toString() }),
    type: t.string({ description: 'payment.confirmed, …', resolve: ({ type }) => type }),
    subjectId: t.id({ description: 'What it is about.', resolve: ({ subjectId }) => subjectId }),
    createdAt: t.field({ type: 'DateTime', description: 'When it happened.', resolve: ({ at }) => at }),
    facts: t.field({ type: 'JSONObject', description: 'Transaction ids and amounts.', resolve: ({ facts }) => facts }),
  }),
});

/** An attempt with the bytes that its delivery sends. */
type ShownAttempt = AttemptRecord & { readonly body: string };

const AttemptRef = builder.objectRef<ShownAttempt>('DeliveryAttempt').implement({
  description: 'One request to the endpoint.',
  fields: (t) => ({
    deliveryId: t.id({ description: 'The X-AvoPay-Delivery-ID of this try.', resolve: ({ id }) => id }),
    number: t.int({ description: '1 to 4.', resolve: ({ number }) => number }),
    startedAt: t.field({ type: 'DateTime', description: 'When it was sent.', resolve: ({ startedAt }) => startedAt }),
    durationMs: t.int({ nullable: true, description: 'Null when it is not known to have ended.', resolve: ({ durationMs }) => durationMs }),
    httpStatus: t.int({ nullable: true, description: 'What the endpoint answered.', resolve: ({ httpStatus }) => httpStatus }),
    errorCode: t.string({ nullable: true, description: 'Why there was no answer.', resolve: ({ errorCode }) => errorCode }),
    requestHeaders: t.field({ type: 'JSONObject', description: 'As sent.', resolve: ({ requestHeaders }) => requestHeaders }),
    requestBody: t.string({ description: 'As sent, byte for byte.', resolve: ({ body }) => body }),
    responseHead: t.string({ nullable: true, description: 'First 2 kB of the answer.', resolve: ({ responseHead }) => responseHead }),
  }),
});

export const DeliveryRef = builder.objectRef<DeliveryRecord>('Delivery').implement({
  description: 'One event on its way to one webhook endpoint.',
  fields: (t) => ({
    id: t.id({ description: 'dlv_…', resolve: ({ id }) => id }),
    event: t.field({ type: EventRef, description: 'What is told.', resolve: ({ event }) => event }),
    status: t.field({ type: DeliveryStatusEnum, description: 'How far it got.', resolve: ({ status }) => status }),
    redelivery: t.boolean({ description: 'Asked for by hand, or by a replay.', resolve: ({ redelivery }) => redelivery > 0 }),
    createdAt: t.field({ type: 'DateTime', description: 'When it was queued.', resolve: ({ createdAt }) => createdAt }),
    nextAttemptAt: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'When it is tried again, at the earliest.',
      resolve: ({ nextAttemptAt }) => nextAttemptAt,
    }),
    attempts: t.field({
      type: [AttemptRef],
      description: 'Every try, oldest first.',
      resolve: ({ attempts, event }) => attempts.map((attempt) => ({ ...attempt, body: event.webhookBody ?? '' })),
    }),
  }),
});

export const DeliveryEdge = builder.edgeObject({ type: DeliveryRef, name: 'DeliveryEdge' });
export const DeliveryConnection = builder.connectionObject({ type: DeliveryRef, name: 'DeliveryConnection' }, DeliveryEdge);

export type DeliveryArgs = {
  first?: number | null | undefined;
  after?: string | null | undefined;
  failedOnly?: boolean | null | undefined;
};

/** The deliveries of one payment or endpoint. Those of a whole list of them are read together. */
export async function deliveriesOf(
  owner: { readonly by: DeliveryPage['by']; readonly id: string; readonly accountId: string },
  { first, after, failedOnly }: DeliveryArgs,
  { loaders }: RequestContext,
) {
  const { by, id, accountId } = owner;
  const list = `${accountId} deliveries ${id}`;
  const size = pageSize(first);
  const page: DeliveryPage = { by, first: size, after: decodeCursor(after ?? null, list), failedOnly: failedOnly ?? false };
  return pageOf(await loaders.deliveries.load({ accountId, ownerId: id, page }), size, list);
}
