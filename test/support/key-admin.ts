import type { Avopay, JsonReply } from './avopay.ts';
import type { Json } from './json.ts';
import { ourPage } from './person.ts';

/** Whoever administers keys and account of a shop: the one place of the tests that knows how they show who they are. */
export type KeyAdmin = {
  /** As its owner, signed in; once more when the password was given too long ago. */
  readonly call: (method: string, path: string, body?: unknown) => Promise<JsonReply>;
  /** A key with its text in `api_key`. @throws Error when it is refused. */
  readonly make: (body: object) => Promise<Json>;
  /** As the shop's server, by its secret key. */
  readonly settings: (body: object) => Promise<JsonReply>;
};

/** A shop of the sandbox, with the login of its owner. */
type Owned = { readonly secret_key: string; readonly email: string; readonly password: string };

/** Codes by which a person hears that their session does no longer. */
const SIGN_IN_CODES = ['not_signed_in', 'invalid_api_key', 'sign_in_again'];

export function keyAdmin(avopay: Pick<Avopay, 'call' | 'demo' | 'url'>, shop: Owned = avopay.demo): KeyAdmin {
  const path = (rest: string) => `/api/v1/account${rest}`;
  let session: Promise<string> | undefined;
  const signIn = async (): Promise<string> => {
    const { email, password } = shop;
    const reply = await avopay.call('POST', '/api/v1/auth/login', { key: null, headers: ourPage(avopay), body: { email, password } });
    if (reply.status !== 200) throw new Error(reply.text);
    return reply.headers.getSetCookie()[0]?.split(';')[0] ?? '';
  };
  const once = async (method: string, rest: string, body: unknown) => {
    session ??= signIn();
    return avopay.call(method, path(rest), { key: null, headers: { ...ourPage(avopay), cookie: await session }, body });
  };
  const call: KeyAdmin['call'] = async (method, rest, body) => {
    const reply = await once(method, rest, body);
    if (!SIGN_IN_CODES.includes(reply.body?.code)) return reply;
    session = undefined;
    return once(method, rest, body);
  };
  return {
    call,
    make: async (body) => {
      const made = await call('POST', '/keys', body);
      if (made.status !== 201) throw new Error(made.text);
      return made.body;
    },
    settings: (body) => avopay.call('PATCH', path(''), { body, key: shop.secret_key }),
  };
}
