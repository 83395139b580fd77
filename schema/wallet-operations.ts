import { accepted } from '../src/lib/refusal.ts';
import { builder } from './builder.ts';
import { WalletOfferRef, WalletOfferResult, WalletRef, WalletResult } from './wallet.ts';

builder.mutationFields((t) => ({
  connectDescriptors: t.field({
    type: WalletResult,
    description: 'Connects a wallet by its descriptors, once. Direct L-BTC payments go to the first, what Lightning brings to the second.',
    limit: 'connect_descriptor',
    authScopes: { secret: true },
    args: {
      lbtcDescriptor: t.arg.string({ description: 'ct(slip77(…),elsh(wpkh(…/0/*))) with or without #checksum. At most 500 characters.' }),
      btclnDescriptor: t.arg.string({ description: 'The same form; it may be the same text.' }),
    },
    resolve: async (_root, { lbtcDescriptor, btclnDescriptor }, { app, caller }) => {
      const { accountId } = accepted(await caller());
      const descriptors = { lbtcDescriptor: lbtcDescriptor ?? null, btclnDescriptor: btclnDescriptor ?? null };
      return accepted(await app.wallets.connect(accountId, descriptors));
    },
  }),
  offerWalletConnection: t.field({
    type: WalletOfferResult,
    description: 'Makes a code that connects AQUA in one scan.',
    limit: 'wallet_setup',
    authScopes: { secret: true },
    resolve: async (_root, _args, { app, caller }) => {
      const { accountId } = accepted(await caller());
      return accepted(await app.wallets.offer(accountId));
    },
  }),
}));

builder.queryFields((t) => ({
  wallet: t.field({
    type: WalletRef,
    nullable: true,
    description: 'The connected wallet; null while there is none.',
    authScopes: { secret: true },
    resolve: async (_root, _args, { app, caller }) => app.wallets.read(accepted(await caller()).accountId),
  }),
  walletOffer: t.field({
    type: WalletOfferRef,
    nullable: true,
    description: 'A code of this account and what became of it; null when there is none of that id.',
    authScopes: { secret: true },
    args: { id: t.arg.id({ required: true }) },
    resolve: async (_root, { id }, { app, caller }) => app.wallets.readOffer(accepted(await caller()).accountId, String(id)),
  }),
}));
