import { builder } from '../schema/builder.ts';
import { WalletOfferRef } from '../schema/wallet.ts';
import { accepted } from '../src/lib/refusal.ts';
import { currentState } from './current-state.ts';
import { topics } from './topics.ts';

builder.subscriptionField('walletOfferUpdated', (t) =>
  t.field({
    type: WalletOfferRef,
    description: 'A code of this account: now, and when a wallet answers it. Ends at once when there is none of that id.',
    authScopes: { secret: true },
    args: { id: t.arg.id({ required: true }) },
    subscribe: async (_root, args, { app, caller }) => {
      const { accountId } = accepted(await caller());
      const id = String(args.id);
      return currentState(app.bus, topics.subject(id), () => app.wallets.readOffer(accountId, id));
    },
    resolve: (offer) => offer,
  }),
);
