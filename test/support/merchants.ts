import type { Avopay, JsonReply } from './avopay.ts';
import type { Json } from './json.ts';
import { systemRandom } from '../../src/lib/random.ts';
import { makeDescriptor } from '../../sandbox/merchant-wallet/wallet-descriptor.ts';

/** A merchant of the sandbox whose wallet is not connected yet. */
export type Merchant = { readonly id: string; readonly key: string; readonly publishableKey: string };

export async function merchant(avopay: Pick<Avopay, 'call'>, more: object = { wallet: 'none' }): Promise<Merchant> {
  const reply = await avopay.call('POST', '/sandbox/accounts', { body: more, key: null });
  if (reply.status !== 201) throw new Error(reply.text);
  const { account_id, secret_key, publishable_key }: Json = reply.body;
  return { id: account_id, key: secret_key, publishableKey: publishable_key };
}

/** What AQUA exports of a fresh seed, on the sandbox's network. */
export const freshDescriptor = (): string => makeDescriptor(systemRandom(64));

/** `POST /connect/descriptor` as the merchant; the second text defaults to the first. */
export function connect(
  { call }: Pick<Avopay, 'call'>,
  { key }: Pick<Merchant, 'key'>,
  direct: unknown,
  claim = direct,
): Promise<JsonReply> {
  return call('POST', '/api/v1/connect/descriptor', { key, body: { lbtc_descriptor: direct, btcln_descriptor: claim } });
}
