import type { Avopay, JsonReply } from './avopay.ts';
import type { Json } from './json.ts';
import { callJson, eventually } from './avopay.ts';

/** A browser on a page of ours: it keeps the cookie, and shows that the page is ours, as our pages do. */
export type Person = {
  readonly email: string;
  readonly password: string;
  cookie: string | null;
  readonly call: (method: string, path: string, body?: unknown, headers?: Record<string, string>) => Promise<JsonReply>;
  readonly graphql: (query: string, variables?: object, headers?: Record<string, string>) => Promise<JsonReply>;
};

/** What a page of ours sends beside the cookie. */
export function ourPage(avopay: Pick<Avopay, 'url'>): Record<string, string> {
  return { origin: avopay.url.replace('127.0.0.1', 'localhost'), 'x-avopay-request': '1' };
}

let people = 0;
/** Somebody who has not signed up yet. */
export function stranger(avopay: Avopay): Person {
  const person: Person = {
    email: `person-${process.pid}-${people++}@shop.example`,
    password: 'correct horse battery',
    cookie: null,
    call: async (method, path, body, headers = ourPage(avopay)) => {
      const cookie: Record<string, string> = person.cookie === null ? {} : { cookie: person.cookie };
      const reply = await callJson(`${avopay.url}${path}`, { method, body, key: null, headers: { ...cookie, ...headers } });
      const [set] = reply.headers.getSetCookie();
      if (set !== undefined) person.cookie = set.includes('avopay=;') ? null : (set.split(';')[0] ?? null);
      return reply;
    },
    graphql: (query, variables = {}, headers) => person.call('POST', '/graphql', { query, variables }, headers),
  };
  return person;
}

/** Somebody with an account, signed in. */
export async function signedUp(avopay: Avopay): Promise<Person> {
  const person = stranger(avopay);
  const { email, password } = person;
  const reply = await person.call('POST', '/api/v1/auth/signup', { email, password, terms_accepted: true });
  if (reply.status !== 201) throw new Error(reply.text);
  return person;
}

/** Signs in; what is given beside the password stands in `more`. */
export function signIn(person: Person, more: object = {}): Promise<JsonReply> {
  const { email, password } = person;
  return person.call('POST', '/api/v1/auth/login', { email, password, ...more });
}

/** The mails to an address, oldest first. */
export async function mailsTo(avopay: Avopay, email: string): Promise<readonly Json[]> {
  await avopay.call('POST', '/sandbox/clock', { body: { advance_s: 0 }, key: null });
  const { body } = await avopay.call('GET', '/sandbox/mail', { key: null });
  return (body as Json[]).filter((mail) => mail.to === email);
}

/** The token in the latest mail of a template. */
export function tokenFor(avopay: Avopay, email: string, template: string): Promise<string> {
  return eventually(async () => {
    const mail = (await mailsTo(avopay, email)).findLast((one) => one.template === template);
    return /#token=([\w-]{43})/.exec(mail?.text ?? '')?.[1];
  });
}

/** Answers the mail that asks to confirm the address. */
export async function verified(avopay: Avopay, person: Person): Promise<Person> {
  const token = await tokenFor(avopay, person.email, 'verify_email');
  const reply = await person.call('POST', '/api/v1/auth/verify', { token });
  if (reply.status !== 200) throw new Error(reply.text);
  return person;
}

/** Lets the sandbox's time pass. */
export async function pass(avopay: Avopay, seconds: number): Promise<void> {
  await avopay.call('POST', '/sandbox/clock', { body: { advance_s: seconds }, key: null });
}
