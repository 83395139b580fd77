import { AccountRef } from './account.ts';
import { builder } from './builder.ts';
import { PlanStatusRef } from './plan.ts';
import { UserRef } from './user.ts';
import { WalletRef } from './wallet.ts';

/** What other parts of the API know of an account. */
builder.objectFields(AccountRef, (t) => ({
  plan: t.field({
    type: PlanStatusRef,
    description: 'Where it stands with its plan.',
    resolve: ({ id }, _args, { app }) => app.plans.status(id),
  }),
  wallet: t.field({
    type: WalletRef,
    nullable: true,
    description: 'The wallet that payments settle into; null: none is connected.',
    resolve: ({ id }, _args, { app }) => app.wallets.read(id),
  }),
  user: t.field({
    type: UserRef,
    nullable: true,
    description: 'The person who is signed in; null for programs.',
    resolve: async (_account, _args, { app, caller }) => {
      const asker = await caller();
      return asker.ok && asker.value.kind === 'session' ? app.people.findUser(asker.value.userId) : null;
    },
  }),
}));
