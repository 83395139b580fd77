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
const STATE = { type: 'string', enum: ['pending', 'success', 'error'], description: 'success: the wallet is connected.' };
const OFFER = object({
  ...{
    id: { type: 'string', description: 'wof_…' },
    url: { ...URL_TEXT, description: 'Show it as a QR code; AQUA scans it. Whoever has it can connect a wallet.' },
    expires_at: TIME,
  },
  ...{
    state: STATE,
    message: { type: 'string', description: 'How it stands, in a sentence.' },
    first_address: orNull(ADDRESS),
    fingerprint: FINGERPRINT,
  },
});
const OFFERED = {
  ...{
    id: 'wof_0123456789abcdefghjkmnpqrs',
    url: 'https://avopay.dev/samrock/wof_0123456789abcdefghjkmnpqrs?setup=liquid-chain%2Cbtc-ln&otp=k3v9w0',
    expires_at: '2026-05-15T14:13:00.000Z',
  },
  ...{ state: 'pending', message: 'Waiting for the wallet to scan this code', first_address: null, fingerprint: null },
};

const DESCRIPTOR_REFUSALS = [
  ...(['descriptor_form', 'descriptor_too_long', 'descriptor_characters', 'descriptor_checksum', 'descriptor_blinding'] as const),
  ...(['descriptor_script', 'descriptor_key', 'descriptor_private_key', 'descriptor_recovery_words'] as const),
  ...(['descriptor_network', 'descriptor_origin', 'descriptor_path'] as const),
];

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
      ...DESCRIPTOR_REFUSALS,
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
        ...{
          connected_at: TIME,
          via: { type: 'string', enum: ['api', 'samrock', 'paste', 'camera', 'operator'], description: 'How it was connected.' },
          fingerprint: FINGERPRINT,
          first_address: ADDRESS,
        },
        ...{
          unused_addresses: { type: 'integer', description: 'Given out since the last one that was used.' },
          gap_limit: { type: 'integer', description: 'Unused ones in a row after which wallets stop looking.' },
          warnings: WARNINGS,
        },
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
