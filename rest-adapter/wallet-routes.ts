import type { OperationResult, Route } from './route.ts';
import { REFUSAL, textOrNull } from './variables.ts';

const WALLET = 'connectedAt via fingerprint firstAddress unusedAddresses gapLimit warnings';
const OFFER = 'id url expiresAt state message firstAddress fingerprint';

function offerReply(offer: OperationResult): object {
  return {
    id: offer.id,
    url: offer.url,
    expires_at: offer.expiresAt,
    state: offer.state,
    message: offer.message,
    first_address: offer.firstAddress,
    fingerprint: offer.fingerprint,
  };
}

/** TABLE: connecting a wallet. The first row is the documented one; the others are what an agent would otherwise need a dashboard for. */
export const WALLET_ROUTES: readonly Route[] = [
  {
    method: 'POST',
    path: '/api/v1/connect/descriptor',
    status: 200,
    audience: 'secret',
    crossOrigin: false,
    limit: 'connect_descriptor',
    operation: `mutation ConnectDescriptors($lbtcDescriptor: String, $btclnDescriptor: String) {
      result: connectDescriptors(lbtcDescriptor: $lbtcDescriptor, btclnDescriptor: $btclnDescriptor) {
        __typename
        ... on Wallet { fingerprint firstAddress warnings }
        ${REFUSAL}
      }
    }`,
    variables: ({ body }) => ({
      lbtcDescriptor: textOrNull(body['lbtc_descriptor']),
      btclnDescriptor: textOrNull(body['btcln_descriptor']),
    }),
    reply: (wallet) => ({
      connected: true,
      first_address: wallet.firstAddress,
      fingerprint: wallet.fingerprint,
      warnings: wallet.warnings,
    }),
  },
  {
    method: 'GET',
    path: '/api/v1/wallet',
    status: 200,
    audience: 'secret',
    crossOrigin: false,
    limit: 'read',
    operation: `query GetWallet { result: wallet { ${WALLET} } }`,
    variables: () => ({}),
    reply: (wallet) => ({
      connected_at: wallet.connectedAt,
      via: wallet.via,
      fingerprint: wallet.fingerprint,
      first_address: wallet.firstAddress,
      unused_addresses: wallet.unusedAddresses,
      gap_limit: wallet.gapLimit,
      warnings: wallet.warnings,
    }),
    notFound: { code: 'wallet_not_connected', message: 'Wallet not connected — connect your AQUA wallet first' },
  },
  {
    method: 'POST',
    path: '/api/v1/connect/offers',
    status: 201,
    audience: 'secret',
    crossOrigin: false,
    limit: 'wallet_setup',
    operation: `mutation OfferWalletConnection {
      result: offerWalletConnection { __typename ... on WalletOffer { ${OFFER} } ${REFUSAL} }
    }`,
    variables: () => ({}),
    reply: offerReply,
  },
  {
    method: 'GET',
    path: '/api/v1/connect/offers/:id',
    status: 200,
    audience: 'secret',
    crossOrigin: false,
    limit: 'read',
    operation: `query GetWalletOffer($id: ID!) { result: walletOffer(id: $id) { ${OFFER} } }`,
    variables: ({ params }) => ({ id: params['id'] }),
    reply: offerReply,
    notFound: { code: 'wallet_offer_not_found', message: 'This code is not known — show a new one' },
  },
];
