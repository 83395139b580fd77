import { request } from 'node:http';
import { request as secureRequest } from 'node:https';

// biome-ignore lint/suspicious/noExplicitAny: another process's answers; each check judges the fields that it reads
export type Json = any;
export type Reply = {
  readonly status: number;
  readonly headers: { readonly [name: string]: string };
  readonly text: string;
  readonly body: Json;
};
export type Call = {
  /** Null: none. Absent: the secret key of the doctor's own account. */
  readonly key?: string | null;
  readonly body?: unknown;
  readonly headers?: { readonly [name: string]: string };
  /** The check is about limits: 429 is an answer, not a reason to wait. */
  readonly limited?: boolean;
};

/** A server that is looked at, from outside, with what its sandbox offers. */
export type Patient = {
  /** Where it answers, without a slash at the end. */
  readonly url: string;
  readonly call: (method: string, path: string, options?: Call) => Promise<Reply>;
  /** A control route of the sandbox. @throws Error when it refuses. */
  readonly control: (method: string, path: string, body?: object) => Promise<Json>;
  readonly wind: (seconds: number) => Promise<void>;
  readonly keys: { readonly secret: string; readonly publishable: string };
  readonly accountId: string;
  /** A fresh payment of the doctor's account, and what the API says of it. */
  readonly payment: (body?: object) => Promise<Json>;
  readonly read: (id: string) => Promise<Json>;
  readonly link: (body?: object) => Promise<Json>;
  /** Another account of the doctor's, untouched. */
  readonly shop: () => Promise<Patient>;
  /** Asks until the answer is there. @throws Finding when it does not come. */
  readonly until: <T>(what: string, ask: () => Promise<T | false | null | undefined>) => Promise<T>;
};

/** What a check saw instead of what the item says. */
export class Finding extends Error {}
/** The server has no such part. */
export class Absent extends Error {}

const UNTIL_MS = 20_000;
const LOOK_EVERY_MS = 150;
const ANSWER_MS = 60_000;
/** A limit that does not open after so many windows is a fault of the server. */
const WAITS_MAX = 3;

/** Opens an account of the doctor's own. @throws Error when there is no sandbox behind `url`. */
export async function openPatient(url: string): Promise<Patient> {
  const base = url.replace(/\/+$/, '');
  const control = async (method: string, path: string, body?: object): Promise<Json> => {
    const reply = await send(base, method, `/sandbox${path}`, body === undefined ? {} : { body });
    if (reply.status >= 400 || reply.body === null)
      throw new Error(`${method} /sandbox${path} answered ${reply.status} ${reply.text.slice(0, 200)}`);
    return reply.body;
  };
  const wind = async (seconds: number) => void (await control('POST', '/clock', { advance_s: seconds }));
  return openShop({ base, control, wind });
}

type Door = Pick<Patient, 'control' | 'wind'> & { readonly base: string };

/** An account with a wallet and nothing else: what one check leaves behind does not disturb the next. */
async function openShop(door: Door): Promise<Patient> {
  const { base, control, wind } = door;
  const account = await control('POST', '/accounts', { plan: 'monthly' });
  const call = async (method: string, path: string, { key = account.secret_key, limited = false, ...rest }: Call = {}): Promise<Reply> => {
    const headers = { ...(key === null ? {} : { authorization: `Bearer ${key}` }), ...rest.headers };
    for (let waits = 0; ; waits++) {
      const reply = await send(base, method, path, { ...rest, headers });
      if (reply.status !== 429 || limited || waits >= WAITS_MAX) return absentOr(reply, method, path);
      await wind(Number(reply.headers['retry-after'] ?? 60));
    }
  };
  const made = async (path: string, body: object) => {
    const reply = await call('POST', path, { body });
    if (reply.status !== 201) throw new Finding(`POST ${path} answered ${reply.status} ${reply.text.slice(0, 200)}`);
    return reply.body;
  };
  const read = async (id: string) => (await call('GET', `/api/v1/payments/${id}`)).body;
  return {
    ...{ url: base, call, control, wind, read, accountId: account.account_id, shop: () => openShop(door) },
    keys: { secret: account.secret_key, publishable: account.publishable_key },
    payment: async (body = { amount: 5, currency: 'EUR' }) => read((await made('/api/v1/payments', body)).payment_id),
    link: (body = { title: 'Doctor', amount_fiat: 5, currency: 'EUR' }) => made('/api/v1/payment-links', body),
    until,
  };
}

async function until<T>(what: string, ask: () => Promise<T | false | null | undefined>): Promise<T> {
  const end = performance.now() + UNTIL_MS;
  for (;;) {
    const answer = await ask();
    if (answer) return answer;
    if (performance.now() > end) throw new Finding(`${what} did not happen within ${UNTIL_MS / 1_000} s`);
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  }
}

function absentOr(reply: Reply, method: string, path: string): Reply {
  const isAbsent = reply.status === 404 && reply.body?.code === 'route_not_found' && !path.includes('no-such-route');
  const isOther = reply.status === 405 && method === 'GET'; // the address has other uses only
  if (isAbsent || isOther) throw new Absent(`this server has no ${method} ${path.split('?')[0]}`);
  return reply;
}

/** One request as it is: the path untouched, no redirect followed, no header added but those of JSON. */
function send(base: string, method: string, path: string, { body, headers = {} }: Pick<Call, 'body' | 'headers'>): Promise<Reply> {
  const url = new URL(base);
  const text = body === undefined ? undefined : typeof body === 'string' ? body : JSON.stringify(body);
  const sent = {
    ...(text === undefined ? {} : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) }),
    ...headers,
  };
  const options = {
    method,
    path: url.pathname.replace(/\/$/, '') + path,
    hostname: url.hostname,
    port: url.port,
    headers: sent,
    timeout: ANSWER_MS,
    agent: false as const,
  };
  return new Promise((resolve, reject) => {
    const asked = (url.protocol === 'https:' ? secureRequest : request)(options, (reply) => {
      const parts: Buffer[] = [];
      reply.on('data', (part: Buffer) => parts.push(part));
      reply.on('error', reject);
      reply.on('end', () => {
        const said = Buffer.concat(parts).toString();
        const plain = Object.entries(reply.headers).map(([name, value]) => [name, String(value)]);
        resolve({ status: reply.statusCode ?? 0, headers: Object.fromEntries(plain), text: said, body: jsonOr(said) });
      });
    });
    asked.on('timeout', () => asked.destroy(new Error(`${method} ${path} was not answered within ${ANSWER_MS / 1_000} s`)));
    asked.on('error', reject);
    asked.end(text);
  });
}

function jsonOr(text: string): Json {
  try {
    return JSON.parse(text);
  } catch {
    return null; // a page, or nothing: the checks that want JSON say so
  }
}
