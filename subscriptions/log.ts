import type { EventRow } from '../src/events/event-store.ts';
import type { RequestContext } from '../schema/context.ts';
import { accepted } from '../src/lib/refusal.ts';
import { builder } from '../schema/builder.ts';
import { DeliveryRef, EventRef } from '../schema/delivery.ts';
import { visibleDelivery, visibleEndpoint } from '../schema/endpoint-operations.ts';
import { sequenceOf } from '../schema/event-operations.ts';
import { filterOf, PaymentFilterInput } from '../schema/payment-filter.ts';
import { PaymentRef } from '../schema/payment.ts';
import { announced } from './announced.ts';
import { batchesOf, oneByOne } from './batches.ts';
import { currentState } from './current-state.ts';
import { topics } from './topics.ts';

/** Events read at once: bounds the memory of a reader that was away for long. */
const EVENTS_BATCH = 100;

builder.subscriptionFields((t) => ({
  eventAdded: t.field({
    type: EventRef,
    description:
      "The account's log from a place on, without loss: first what is there, then what comes. Without afterSequence: what comes from now on.",
    authScopes: { secretOrTest: true },
    args: { afterSequence: t.arg.string({ description: 'The last sequence that you know; 0 for the beginning.' }) },
    subscribe: async (_root, { afterSequence }, context) => {
      const { accountId, mode } = accepted(await context.caller());
      const { hooks, bus } = context.app;
      const from = afterSequence === null || afterSequence === undefined ? await hooks.logEnd(accountId) : sequenceOf(afterSequence);
      const read = eventsAfter(from, (after) => hooks.events({ accountId, mode, after, types: [], limit: EVENTS_BATCH }));
      const ticks = currentState(bus, topics.account(accountId), async () => true);
      return oneByOne(batchesOf(ticks, { read, full: EVENTS_BATCH }));
    },
    resolve: (event) => event,
  }),
  paymentsUpdated: t.field({
    type: PaymentRef,
    description: 'Every payment of the filter that is made or changes from now on, as it is then.',
    authScopes: { secretOrTest: true },
    args: { filter: t.arg({ type: PaymentFilterInput }) },
    subscribe: async (_root, { filter }, context) => {
      const asked = await filterOf(filter, context);
      return oneByOne(currentState(context.app.bus, topics.account(asked.accountId), await paymentsAfter(asked, context)));
    },
    resolve: (payment) => payment,
  }),
  deliveryUpdated: t.field({
    type: DeliveryRef,
    description: 'Every delivery that is tried or asked for again from now on, before and after each try.',
    authScopes: { secretOrTest: true },
    args: { endpointId: t.arg.id({ description: 'Only of this endpoint.' }) },
    subscribe: async (_root, { endpointId }, context) => {
      const { accountId } = accepted(await context.caller());
      if (endpointId) await visibleEndpoint(endpointId, context);
      return announced(context.app.bus, topics.deliveries(accountId), async (id) => {
        const delivery = await visibleDelivery(id, context);
        return endpointId && delivery?.endpointId !== endpointId ? null : delivery;
      });
    },
    resolve: (delivery) => delivery,
  }),
}));

/** Each call answers the next events of the log. */
function eventsAfter(from: bigint, read: (after: bigint) => Promise<readonly EventRow[]>): () => Promise<readonly EventRow[]> {
  let after = from;
  return async () => {
    const rows = await read(after);
    after = rows.at(-1)?.sequence ?? after;
    return rows;
  };
}

/** Each call answers the payments that the log says something about since the call before; the first is the moment of subscribing. */
async function paymentsAfter(filter: Awaited<ReturnType<typeof filterOf>>, { app }: RequestContext) {
  let sequence = await app.hooks.logEnd(filter.accountId);
  return async () => {
    const changed = await app.hooks.changedPayments(filter, sequence);
    sequence = changed.sequence;
    return changed.payments;
  };
}
