import type { RouteDescriptions } from './description.ts';
import { object, orNull } from './description.ts';
import { TIME, URL_TEXT } from './schemas.ts';

const DESCRIPTOR = {
  type: 'string',
  maxLength: 500,
  pattern: '^ct\\(slip77\\(',
  description: 'A watch-only descriptor, as AQUA exports it. Never a private key.',
};
const SAMPLE = "ct(slip77(master_blinding_key_hex),elsh(wpkh([fingerprint/49'/1776'/0']xpub…/0/*)))";
const ADDRESS = { type: 'string', description: 'The wallet’s first address: compare it with what the wallet shows.' };
const FINGERPRINT = { type: ['string', 'null'], description: 'Of the wallet’s master key, when the descriptor tells it.' };
const WARNINGS = { type: 'array', items: { type: 'string' }, description: 'What is unusual about it, in words.' };
const FIRST = 'VJLCUu2hpcjPaTGMnANSU9qVxrmCLjfLKcfbPQDX2yYVWEfrqNHVBXbcwGP2LqMJbzt8hrDGXcXbbbbb';
const OFFER = object({
  ...{ id: { type: 'string' }, url: { ...URL_TEXT, description: 'Show it as a QR code; AQUA scans it.' }, expires_at: TIME },
  ...{ state: { type: 'string' }, message: { type: ['string', 'null'] }, first_address: orNull(ADDRESS), fingerprint: FINGERPRINT },
});
const OFFERED = {
  ...{ id: 'off_1', url: 'https://avopay.dev/samrock/k3v9w0?setup=lbtc,btcln&otp=k3v9w0', expires_at: '2026-05-15T14:13:00.000Z' },
  ...{ state: 'pending', message: null, first_address: null, fingerprint: null },
};

/** TABLE: connecting a wallet, in words. */
export const WALLET_DESCRIPTIONS: RouteDescriptions = {
  'POST /api/v1/connect/descriptor': {
    tag: 'Wallet',
    summary: 'Connect a wallet by descriptor',
    description:
      'Tells AvoPay where payments settle. For agents that control a Liquid wallet of their own. Once: a second wallet is refused, so that no address is used twice.',
    body: {
      required: true,
      schema: object({ lbtc_descriptor: DESCRIPTOR, btcln_descriptor: DESCRIPTOR }),
      examples: { aqua: { lbtc_descriptor: SAMPLE, btcln_descriptor: SAMPLE } },
    },
    reply: {
      description: 'Payments settle there from now on.',
      schema: object({ connected: { type: 'boolean', const: true }, first_address: ADDRESS, fingerprint: FINGERPRINT, warnings: WARNINGS }),
      examples: { connected: { connected: true, first_address: FIRST, fingerprint: null, warnings: [] } },
    },
    errors: [
      'descriptors_required',
      'descriptor_refused',
      'wallet_already_connected',
      'wallet_of_other_account',
      'wallet_blinding_key_differs',
      'chain_unavailable',
    ],
  },
  'GET /api/v1/wallet': {
    tag: 'Wallet',
    summary: 'Get the connected wallet',
    description: 'What AvoPay knows of the wallet that payments settle to. It can see and make addresses, never spend.',
    reply: {
      description: 'The wallet.',
      schema: object({
        ...{ connected_at: TIME, via: { type: 'string' }, fingerprint: FINGERPRINT, first_address: ADDRESS },
        ...{ unused_addresses: { type: 'integer' }, gap_limit: { type: 'integer' }, warnings: WARNINGS },
      }),
      examples: {
        aqua: {
          connected_at: '2026-05-15T14:08:00.000Z',
          via: 'api',
          fingerprint: null,
          first_address: FIRST,
          unused_addresses: 3,
          gap_limit: 20,
          warnings: [],
        },
      },
    },
  },
  'POST /api/v1/connect/offers': {
    tag: 'Wallet',
    summary: 'Offer AQUA a connection',
    description: 'Answers an address that AQUA connects by when it scans it as a QR code. It is good for five minutes and for one wallet.',
    reply: { description: 'The code can be scanned.', schema: OFFER, examples: { pending: OFFERED } },
    errors: ['wallet_already_connected'],
  },
  'GET /api/v1/connect/offers/:id': {
    tag: 'Wallet',
    summary: 'Follow an offered connection',
    description: 'Says whether AQUA has answered, and with which wallet.',
    reply: { description: 'The offer as it stands now.', schema: OFFER, examples: { pending: OFFERED } },
  },
};
