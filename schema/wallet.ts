import type { ConnectedWallet } from '../src/wallets/read-wallet.ts';
import type { WalletOffer } from '../src/wallets/wallet-offer.ts';
import { RefusalError } from '../src/lib/refusal.ts';
import { WALLET_WARNINGS } from '../src/wallets/connect-wallet.ts';
import { GAP_LIMIT } from '../src/wallets/scan-chain.ts';
import { builder } from './builder.ts';

export const WalletRef = builder.objectRef<ConnectedWallet>('Wallet').implement({
  description: 'The wallet that this account is paid to. Its descriptors are never shown again.',
  fields: (t) => ({
    connectedAt: t.field({ type: 'DateTime', description: 'Since when.', resolve: ({ connectedAt }) => connectedAt }),
    via: t.string({ description: 'How it was connected: api, samrock, paste, camera or operator.', resolve: ({ via }) => via }),
    fingerprint: t.string({
      nullable: true,
      description: 'Of the wallet’s master key, eight hex digits; null when the descriptor does not say it.',
      resolve: ({ fingerprint }) => fingerprint,
    }),
    firstAddress: t.string({
      description: 'Address number 0. It must be the one that the wallet itself shows: compare them before taking money.',
      resolve: ({ firstAddress }) => firstAddress,
    }),
    unusedAddresses: t.int({
      description: 'Addresses given out since the last one that received something.',
      resolve: ({ unusedAddresses }) => unusedAddresses,
    }),
    gapLimit: t.int({ description: 'Unused addresses in a row after which wallets stop looking.', resolve: () => GAP_LIMIT }),
    warnings: t.stringList({
      description: 'What is unusual, in plain sentences.',
      resolve: ({ warnings }) => warnings.map((warning) => WALLET_WARNINGS[warning]),
    }),
  }),
});

export const WalletResult = builder.errorUnion('WalletResult', {
  description: 'The connected wallet, or why none was connected.',
  types: [WalletRef, RefusalError],
  resolveType: () => 'Wallet',
});

export const WalletOfferRef = builder.objectRef<WalletOffer>('WalletOffer').implement({
  description: 'A code that connects a wallet when AQUA scans it: once, within five minutes.',
  fields: (t) => ({
    id: t.id({ description: 'wof_…', resolve: ({ id }) => id }),
    url: t.field({ type: 'URL', description: 'Show this as a QR code. Whoever has it can connect a wallet.', resolve: ({ url }) => url }),
    expiresAt: t.field({ type: 'DateTime', description: 'Until when it can be scanned.', resolve: ({ expiresAt }) => expiresAt }),
    state: t.string({ description: 'pending, success or error.', resolve: ({ state }) => state }),
    message: t.string({ description: 'How it stands, in a plain sentence.', resolve: ({ message }) => message }),
    firstAddress: t.string({
      nullable: true,
      description: 'Once connected: address number 0, to be compared with the one that the wallet shows.',
      resolve: ({ firstAddress }) => firstAddress,
    }),
    fingerprint: t.string({
      nullable: true,
      description: 'Once connected: of the wallet’s master key, when it is known.',
      resolve: ({ fingerprint }) => fingerprint,
    }),
  }),
});

export const WalletOfferResult = builder.errorUnion('WalletOfferResult', {
  description: 'A code to show, or why there is none.',
  types: [WalletOfferRef, RefusalError],
  resolveType: () => 'WalletOffer',
});
