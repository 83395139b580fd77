import type { WalletUseCases } from '../schema/wallet-use-cases.ts';
import type { AnsweringHandle } from '../rest-adapter/route.ts';
import type { Descriptor } from './wallets/descriptor.ts';
import type { ChainSource } from './liquid/chain-source.ts';
import type { ConnectWalletDeps, ConnectWalletInput, InConnectCommit } from './wallets/connect-wallet.ts';
import type { RefusalKind } from './lib/refusal.ts';
import { ok } from './lib/result.ts';
import { pause } from './lib/time.ts';
import { answerOffer } from './wallets/answer-offer.ts';
import { connectWallet } from './wallets/connect-wallet.ts';
import { offerWallet, readOffer } from './wallets/offer-wallet.ts';
import { readWallet } from './wallets/read-wallet.ts';
import { samrockReply } from './wallets/samrock-wire.ts';
import { usedUpTo } from './wallets/scan-chain.ts';

export type WalletParts = Omit<ConnectWalletDeps, 'usedUpTo'> & { readonly chains: readonly ChainSource[]; readonly publicUrl: string };

/** Wallets know 200 and 4xx (AQUA shows anything but 200 as an error): what cannot be done now is a conflict for them. */
const SAMROCK_STATUS: { readonly [Kind in RefusalKind]?: number } = { invalid: 400, 'not-found': 404, gone: 410 };
const SAMROCK_CONFLICT = 409;

/** Connecting wallets, and what merchants see of them. */
export function buildWallets(parts: WalletParts) {
  const scan = (descriptor: Descriptor) => usedUpTo({ chains: parts.chains, wait: pause }, descriptor);
  const connectDeps: ConnectWalletDeps = { ...parts, usedUpTo: scan };
  const connect = (input: ConnectWalletInput, inCommit?: InConnectCommit) => connectWallet(connectDeps, input, inCommit);
  const useCases: WalletUseCases = {
    async connect(accountId, descriptors) {
      const connected = await connect({ ...descriptors, accountId, via: 'api' });
      if (!connected.ok) return connected;
      const wallet = await readWallet(parts, accountId);
      if (!wallet) throw new Error('a wallet was disconnected in the moment it was connected');
      return ok({ ...wallet, warnings: connected.value.warnings });
    },
    read: (accountId) => readWallet(parts, accountId),
    offer: (accountId) => offerWallet(parts, accountId),
    readOffer: (accountId, id) => readOffer(parts, accountId, id),
  };
  const samrock: AnsweringHandle = async ({ params, query, body }) => {
    const answer = { offerId: params['path'] ?? '', password: query['otp'] ?? '', body };
    const done = await answerOffer({ ...parts, connect }, answer);
    if (done.ok) return { status: 200, body: samrockReply({ ok: true }) };
    const { kind, code, message } = done.error;
    return { status: SAMROCK_STATUS[kind] ?? SAMROCK_CONFLICT, body: samrockReply({ ok: false, code, message }) };
  };
  return {
    useCases,
    samrock,
    /** One descriptor for both uses, as AQUA gives it. */
    connectOne: (accountId: string, descriptor: string) =>
      connect({ accountId, lbtcDescriptor: descriptor, btclnDescriptor: descriptor, via: 'api' }),
  };
}
