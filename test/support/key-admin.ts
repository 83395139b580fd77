import type { Avopay, JsonReply } from './avopay.ts';
import type { Json } from './json.ts';

/** Whoever administers keys and account of a shop: the one place of the tests that knows how they show who they are. */
export type KeyAdmin = {
  readonly call: (method: string, path: string, body?: unknown) => Promise<JsonReply>;
  /** A key with its text in `api_key`. @throws Error when it is refused. */
  readonly make: (body: object) => Promise<Json>;
  readonly settings: (body: object) => Promise<JsonReply>;
};

export function keyAdmin(avopay: Pick<Avopay, 'call' | 'demo'>, shop: { readonly secret_key: string } = avopay.demo): KeyAdmin {
  const call: KeyAdmin['call'] = (method, path, body) => avopay.call(method, `/api/v1/account${path}`, { body, key: shop.secret_key });
  return {
    call,
    make: async (body) => {
      const made = await call('POST', '/keys', body);
      if (made.status !== 201) throw new Error(made.text);
      return made.body;
    },
    settings: (body) => call('PATCH', '', body),
  };
}
