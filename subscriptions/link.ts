import type { RequestContext } from '../schema/context.ts';
import { builder } from '../schema/builder.ts';
import { PaymentLinkRef } from '../schema/link.ts';
import { seesMode } from '../schema/payment-side.ts';
import { accepted } from '../src/lib/refusal.ts';
import { oneByOne } from './batches.ts';
import { currentState } from './current-state.ts';
import { topics } from './topics.ts';

builder.subscriptionField('paymentLinksUpdated', (t) =>
  t.field({
    type: PaymentLinkRef,
    description: 'Every payment link of this account that is made, changed, or paid from now on, as it is then.',
    authScopes: { secretOrTest: true },
    subscribe: async (_root, _args, context) => {
      const who = accepted(await context.caller());
      return oneByOne(currentState(context.app.bus, topics.account(who.accountId), await changesOf(who, context)));
    },
    resolve: (link) => link,
  }),
);

/** Each call answers what changed since the call before; the first is the moment of subscribing. */
async function changesOf({ accountId, mode }: { accountId: string; mode: 'live' | 'test' }, { app }: RequestContext) {
  let { sequence } = await app.links.changed(accountId, null);
  return async () => {
    const changed = await app.links.changed(accountId, sequence);
    sequence = changed.sequence;
    return changed.links.filter((link) => seesMode({ mode }, link.mode));
  };
}
