import type { Checks } from './check.ts';
import type { Json, Patient, Reply } from './patient.ts';
import { fits, holds, refusedWith, same } from './check.ts';
import { Finding } from './patient.ts';

const ACCOUNT = '/api/v1/account';
const KEYS = `${ACCOUNT}/keys`;
const AUTH = '/api/v1/auth';
const PAYMENTS = '/api/v1/payments';
const PASSWORD = 'YourSecurePass123';
const WRONG = 'Wrong e-mail address or password';
const BODY = { amount: 5, currency: 'EUR' };
const SIGN_INS = 10;
const SIGN_INS_S = 900;
const HOUR_S = 3_600;
const SOCKET_MS = 10_000;

type Person = { readonly login: Reply; readonly ask: (method: string, path: string, body?: object) => Promise<Reply> };

/** What a page of the server's own sends beside the cookie. */
async function ourPage({ payment }: Patient): Promise<{ readonly [name: string]: string }> {
  return { origin: new URL((await payment()).checkout_url).origin, 'x-avopay-request': '1' };
}

const cookieOf = (reply: Reply) => (reply.headers['set-cookie'] ?? '').split(';')[0] ?? '';
const freshEmail = () => `doctor-${performance.now()}@example.com`;

/** Signs in as a page of ours would. @throws Finding when that is refused. */
async function signedIn(patient: Patient, { email, password }: Json): Promise<Person> {
  const page = await ourPage(patient);
  const login = await patient.call('POST', `${AUTH}/login`, { key: null, body: { email, password }, headers: page });
  if (login.status !== 200) throw new Finding(`signing in answered ${login.status} ${login.text.slice(0, 200)}`);
  const headers = { ...page, cookie: cookieOf(login) };
  return { login, ask: (method, path, body) => patient.call(method, path, { key: null, headers, ...(body ? { body } : {}) }) };
}

const shopOf = ({ control }: Patient, order: object = {}): Promise<Json> => control('POST', '/accounts', { plan: 'monthly', ...order });
const opens = async ({ call }: Patient, key: string) => (await call('GET', ACCOUNT, { key })).status;

/** What a socket that shows `key` is answered to one subscription of its account. */
function overSocket(url: string, key: string | null): Promise<string> {
  return new Promise((resolve) => {
    const socket = new WebSocket(`${url.replace(/^http/, 'ws')}/graphql`, 'graphql-transport-ws');
    const end = (said: string) => {
      clearTimeout(timer);
      socket.close();
      resolve(said);
    };
    const timer = setTimeout(() => end('nothing'), SOCKET_MS);
    const say = (message: object) => socket.send(JSON.stringify(message));
    socket.onerror = () => end('no socket');
    socket.onclose = ({ code }) => end(`closed ${code}`);
    socket.onopen = () => say({ type: 'connection_init', ...(key === null ? {} : { payload: { authorization: `Bearer ${key}` } }) });
    socket.onmessage = ({ data }) => {
      const { type, payload } = JSON.parse(String(data));
      if (type === 'connection_ack') say({ id: '1', type: 'subscribe', payload: { query: 'subscription { paymentLinksUpdated { id } }' } });
      if (type === 'connection_ack') say({ type: 'ping' });
      if (type === 'error' || (type === 'next' && payload?.errors)) end('refused');
      if (type === 'pong') setTimeout(() => end('followed'), 500); // a refusal would have come by now
    };
  });
}

/** Keys, people and their sessions. */
export const PEOPLE_CHECKS: Checks = {
  'A-6': async (patient) => {
    const { secret_key: key } = await shopOf(patient);
    const { keys } = (await patient.call('GET', ACCOUNT, { key })).body;
    const mine = keys.find(({ kind }: Json) => kind === 'secret');
    for (const name of ['label', 'created_at', 'expires_at', 'last_used_at']) holds(`${name} is missing`, name in mine);
    const rotate = (of: string, id: string, hours: number) =>
      patient.call('POST', `${KEYS}/${id}/rotate`, { key: of, body: { overlap_hours: hours } });
    const { status, body: second } = await rotate(key, mine.id, 1);
    same('a rotation', [status, await opens(patient, key), await opens(patient, second.api_key)], [201, 200, 200]);
    await patient.wind(HOUR_S + 60);
    same('after the overlap', await opens(patient, key), 401);
    const { body: third } = await rotate(second.api_key, second.id, 0);
    same('without an overlap', [await opens(patient, second.api_key), await opens(patient, third.api_key)], [401, 200]);
    await patient.call('DELETE', `${KEYS}/${third.id}`, { key: third.api_key });
    same('revoked', await opens(patient, third.api_key), 401);
  },
  'A-7': async (patient) => {
    const shop = await shopOf(patient);
    const { ask } = await signedIn(patient, shop);
    const lost = (await ask('GET', KEYS)).body.data.find(({ kind }: Json) => kind === 'secret');
    const { status, body } = await ask('POST', `${KEYS}/${lost.id}/rotate`, { overlap_hours: 0 });
    same('rotated in a session', [status, await opens(patient, body.api_key), await opens(patient, shop.secret_key)], [201, 200, 401]);
  },
  'A-8': async (patient) => {
    const { ask } = await signedIn(patient, await shopOf(patient));
    const origin = 'https://shop.example';
    const { status, body } = await ask('POST', KEYS, { kind: 'publishable', origins: [origin], max_amount: { EUR: 10 } });
    same('a key with bounds', status, 201);
    const pay = async (from: string, amount = 5) =>
      (await patient.call('POST', PAYMENTS, { key: body.api_key, body: { ...BODY, amount }, headers: { origin: from } })).status;
    same('on its page', await pay(origin), 201);
    same('on another page', await pay('https://other.example'), 403);
    holds('above its maximum', (await pay(origin, 11)) >= 400);
  },
  'A-10': async (patient) => {
    const shop = await shopOf(patient);
    const { ask } = await signedIn(patient, shop);
    const { api_key: key } = (await ask('POST', KEYS, { kind: 'secret', mode: 'test' })).body;
    fits('its prefix', key, /^ak_test_/);
    const create = async (by: string) => (await patient.call('POST', PAYMENTS, { key: by, body: BODY })).body.payment_id;
    const query = '{ payments(first: 100) { edges { node { id } } } }';
    const listed = async (by: string) =>
      (await patient.call('POST', '/graphql', { key: by, body: { query } })).body.data.payments.edges.map(({ node }: Json) => node.id);
    const [test, live] = [await create(key), await create(shop.secret_key)];
    const simulated = await patient.call('POST', `${PAYMENTS}/${test}/simulate`, { key, body: { outcome: 'paid' } });
    same('paid by a call', [simulated.status, simulated.body?.status], [200, 'paid']);
    same('the lists', [await listed(key), await listed(shop.secret_key)], [[test], [live]]);
    refusedWith('the live side', await patient.call('GET', `${PAYMENTS}/${live}`, { key }), 404, 'Payment not found');
  },
  'R-16': async (patient) => {
    const headers = await ourPage(patient);
    const body = { email: freshEmail(), password: PASSWORD, terms_accepted: true };
    const made = await patient.call('POST', `${AUTH}/signup`, { key: null, body, headers });
    same('signing up', [made.status, made.body?.needs], [201, []]);
    const { ask } = await signedIn(patient, body);
    const account = (await ask('GET', ACCOUNT)).body;
    same('its plan', [account?.plan_state, account?.trial_used, account?.trial_limit], ['trial', 0, 5]);
    same('signing out', (await ask('POST', `${AUTH}/logout`)).status, 200);
    same('after that', (await ask('GET', `${AUTH}/session`)).status, 401);
    const reset = await patient.call('POST', `${AUTH}/password/reset`, { key: null, body: { email: body.email }, headers });
    const unknown = await patient.call('POST', `${AUTH}/password/reset`, { key: null, body: { email: freshEmail() }, headers });
    same('a reset, for whoever asks', [reset.status, reset.body], [unknown.status, unknown.body]);
  },
  'R-17': async (patient) => {
    const headers = await ourPage(patient);
    await patient.wind(SIGN_INS_S);
    const login = (email: string) =>
      patient.call('POST', `${AUTH}/login`, { key: null, limited: true, headers, body: { email, password: 'not the password' } });
    const { email } = await shopOf(patient);
    for (const who of [email, freshEmail()]) {
      const { status, body } = await login(who);
      same('an address known or not', [status, body?.error], [401, WRONG]);
    }
    for (let tried = 2; tried < SIGN_INS; tried++) await login(email);
    const refused = await login(email);
    same('the eleventh', [refused.status, Number(refused.headers['retry-after']) > 0], [429, true]);
    await patient.wind(SIGN_INS_S);
  },
  'N-1': async (patient) => {
    const shop = await shopOf(patient);
    const { login } = await signedIn(patient, shop);
    same('the answer', login.body, { account_id: shop.account_id, needs: [] });
    for (const word of [/HttpOnly/i, /SameSite=(Lax|Strict)/i]) fits('the cookie', login.headers['set-cookie'], word);
  },
  'N-2': async (patient) => {
    const { login, ask } = await signedIn(patient, await shopOf(patient));
    const cookie = cookieOf(login);
    const page = await ourPage(patient);
    for (const headers of [
      { cookie },
      { cookie, 'x-avopay-request': '1', origin: 'https://other.example' },
      { cookie, origin: page['origin'] ?? '' },
    ])
      same('a cookie alone', (await patient.call('PATCH', ACCOUNT, { key: null, headers, body: { name: 'Taken' } })).status, 403);
    same('a page of ours', (await ask('PATCH', ACCOUNT, { name: 'Mine' })).body?.name, 'Mine');
    same('reading', (await patient.call('GET', `${AUTH}/session`, { key: null, headers: { cookie } })).status, 200);
  },
  'N-3': async (patient) => {
    same('with a key', await overSocket(patient.url, patient.keys.secret), 'followed');
    for (const key of [null, 'ak_live_none', patient.keys.publishable])
      holds(
        `a socket with ${key === null ? 'no key' : 'a wrong key'} follows an account`,
        (await overSocket(patient.url, key)) !== 'followed',
      );
  },
};
