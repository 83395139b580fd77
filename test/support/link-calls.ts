import type { Avopay, JsonReply } from './avopay.ts';
import type { Json } from './json.ts';

export const FIXED = { title: '1hr Consultation', amount_fiat: 150.0, currency: 'USD', redirect_url: 'https://yoursite.com/booked' };
/** Small enough to settle without waiting for a block. */
export const CHEAP = { ...FIXED, amount_fiat: 20 };
export const OPEN = { title: 'Coffee tip', currency: 'EUR' };
export const UNKNOWN = 'lnk_00000000000000000000000000';

/** What a merchant and a payer do with links over REST. `avopay` is asked for at each call: it starts after the file is read. */
export function linkCalls(avopay: () => Avopay) {
  const create = (body: unknown = FIXED, options: { key?: string | null; headers?: Record<string, string> } = {}): Promise<JsonReply> =>
    avopay().call('POST', '/api/v1/payment-links', { body, ...options });
  return {
    create,
    linkOf: async (body: object = FIXED, key?: string): Promise<string> => (await create(body, key ? { key } : {})).body.id,
    pay: (id: string, body?: unknown, headers: Record<string, string> = {}): Promise<JsonReply> =>
      avopay().call('POST', `/api/v1/checkout/link/${id}/pay`, { key: null, headers, ...(body === undefined ? {} : { body }) }),
    paymentOf: async ({ body }: { body: Json }, key?: string): Promise<Json> =>
      (await avopay().call('GET', `/api/v1/payments/${body.payment_id}`, key ? { key } : {})).body,
    makeAccount: async (body: object): Promise<Json> => (await avopay().call('POST', '/sandbox/accounts', { body, key: null })).body,
  };
}
