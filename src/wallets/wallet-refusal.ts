import type { Refusal } from '../lib/refusal.ts';

export const ALREADY_CONNECTED: Refusal = {
  kind: 'conflict',
  code: 'wallet_already_connected',
  message: 'Wallet already connected — contact support to reset',
};
export const OTHER_ACCOUNT: Refusal = {
  kind: 'conflict',
  code: 'wallet_of_other_account',
  message: 'This wallet is already connected to another account',
};
export const OTHER_BLINDING: Refusal = {
  kind: 'conflict',
  code: 'wallet_blinding_key_differs',
  message: 'These addresses are known with another blinding key — export the descriptor again',
};
/** In the words of the documented `amount and currency are required`. */
export const DESCRIPTORS_REQUIRED: Refusal = {
  kind: 'invalid',
  code: 'descriptors_required',
  message: 'lbtc_descriptor and btcln_descriptor are required',
};
export const CHAIN_UNAVAILABLE: Refusal = {
  kind: 'unavailable',
  code: 'chain_unavailable',
  message: 'The Liquid network cannot be read right now — please retry',
};
