import type { Refusal } from '../src/lib/refusal.ts';
import type { Result } from '../src/lib/result.ts';
import type { ConnectedWallet } from '../src/wallets/read-wallet.ts';
import type { WalletOffer } from '../src/wallets/wallet-offer.ts';

/** What the API can do with wallets: the use cases of `src/wallets`, bound in `src/build-wallets.ts`. */
export type WalletUseCases = {
  readonly connect: (
    accountId: string,
    descriptors: { readonly lbtcDescriptor: string | null; readonly btclnDescriptor: string | null },
  ) => Promise<Result<ConnectedWallet, Refusal>>;
  readonly read: (accountId: string) => Promise<ConnectedWallet | null>;
  readonly offer: (accountId: string) => Promise<Result<WalletOffer, Refusal>>;
  readonly readOffer: (accountId: string, id: string) => Promise<WalletOffer | null>;
};
