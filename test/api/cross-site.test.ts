import type { Avopay } from '../support/avopay.ts';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { startAvopay } from '../support/avopay.ts';
import { ourPage, type Person, signedUp, stranger } from '../support/person.ts';

const EVIL = { origin: 'https://evil.example', 'x-avopay-request': '1' };
const WORDS = 'Send this from a page of AvoPay: it needs the header X-AvoPay-Request: 1 and an allowed Origin';

let avopay: Avopay;
let person: Person;
beforeAll(async () => {
  avopay = await startAvopay();
  person = await signedUp(avopay);
});
afterAll(() => avopay.stop());

const LINK = { title: 'Tip', currency: 'EUR' };
const links = async () => (await person.graphql('{ paymentLinks { edges { node { id } } } }')).body.data.paymentLinks.edges.length;

test.each([
  ['no Origin and no header', {}],
  ['an Origin of ours without the header', { origin: 'OURS' }],
  ['the header without an Origin', { 'x-avopay-request': '1' }],
  ['another site', EVIL],
  ['a sandboxed frame', { ...EVIL, origin: 'null' }],
  ['a name that begins like ours', { ...EVIL, origin: 'OURS.evil.example' }],
  ['our host by another protocol', { ...EVIL, origin: 'OURS-https' }],
  ['another value of the header', { origin: 'OURS', 'x-avopay-request': 'true' }],
])('N-2: a cookie alone changes nothing over REST or GraphQL: %s', async (_what, sent) => {
  const ours = ourPage(avopay)['origin'] ?? '';
  const headers = Object.fromEntries(
    Object.entries(sent).map(([name, value]) => [
      name,
      value === 'OURS-https' ? ours.replace('http:', 'https:') : value.replace('OURS', ours),
    ]),
  );
  const before = await links();
  const rest = await person.call('POST', '/api/v1/payment-links', LINK, headers);
  expect([rest.status, rest.body.error, rest.body.code]).toEqual([403, WORDS, 'not_from_our_pages']);
  const mutation = 'mutation($input: CreatePaymentLinkInput!) { createPaymentLink(input: $input) { ... on Refusal { code } __typename } }';
  const graphql = await person.graphql(mutation, { input: LINK }, headers);
  expect(graphql.body.data.createPaymentLink).toEqual({ __typename: 'Refusal', code: 'not_from_our_pages' });
  const out = await person.call('POST', '/api/v1/auth/logout', {}, headers);
  expect(out.status).toBe(403);
  expect(await links()).toBe(before);
});

test('N-2: a page of ours changes things with its cookie, and reading needs the cookie alone', async () => {
  const before = await links();
  expect((await person.call('POST', '/api/v1/payment-links', LINK)).status).toBe(201);
  expect(await links()).toBe(before + 1);
  expect((await person.call('GET', '/api/v1/auth/session', undefined, {})).status).toBe(200);
});

test('N-2: a form of another site neither changes anything nor signs anybody in', async () => {
  const victim = await signedUp(avopay);
  const { email, password } = person;
  for (const contentType of ['application/x-www-form-urlencoded', 'multipart/form-data; boundary=x', 'text/plain']) {
    const post = (path: string, body: string) =>
      fetch(`${avopay.url}${path}`, {
        method: 'POST',
        headers: { 'content-type': contentType, origin: 'https://evil.example', cookie: victim.cookie ?? '' },
        body,
      });
    const login = await post('/api/v1/auth/login', JSON.stringify({ email, password }));
    expect([login.status, login.headers.getSetCookie()]).toEqual([415, []]);
    expect((await post('/api/v1/auth/logout', '{"everywhere":true}')).status).toBe(403);
    const operation = JSON.stringify({ query: 'mutation { signOut(everywhere: true) { __typename } }' });
    expect((await post('/graphql', operation)).status).toBe(415);
    expect((await victim.call('GET', '/api/v1/auth/session')).status).toBe(200);
  }
});

test('a mutation by GET changes nothing, whatever stands with it', async () => {
  const query = encodeURIComponent('mutation { signOut(everywhere: true) { __typename } }');
  const reply = await person.call('GET', `/graphql?query=${query}`);
  expect(reply.status).toBe(405);
  expect((await person.call('GET', '/api/v1/auth/session')).status).toBe(200);
});

test('B-8: no page of another site may read what the routes of people answer', async () => {
  for (const path of ['login', 'signup', 'session', 'password/reset']) {
    const preflight = await fetch(`${avopay.url}/api/v1/auth/${path}`, {
      method: 'OPTIONS',
      headers: {
        origin: 'https://evil.example',
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'x-avopay-request',
      },
    });
    expect(preflight.headers.get('access-control-allow-origin'), path).toBeNull();
    expect(preflight.headers.get('access-control-allow-headers'), path).toBeNull();
  }
});

test('two cookies of our name are nobody’s: one of them another host has planted', async () => {
  const other = stranger(avopay);
  other.cookie = `avopay=${'B'.repeat(43)}; ${person.cookie}`;
  expect((await other.call('GET', '/api/v1/auth/session')).status).toBe(401);
});

/** What a socket with the person's cookie is told for one operation. */
function overSocket(query: string, headers: Record<string, string>): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(`${avopay.url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws', {
      headers: { cookie: person.cookie ?? '', ...headers },
    });
    socket.on('error', reject);
    socket.on('unexpected-response', (_request, response) => resolve(`refused ${response.statusCode}`));
    socket.on('open', () => socket.send('{"type":"connection_init"}'));
    socket.on('message', (data) => {
      const message = JSON.parse(String(data));
      if (message.type === 'connection_ack') return socket.send(JSON.stringify({ id: '1', type: 'subscribe', payload: { query } }));
      if (message.type !== 'next' && message.type !== 'error') return;
      socket.close();
      resolve(JSON.stringify(message.payload));
    });
  });
}

test('N-3: on a socket the cookie counts only for a page of ours, and nobody signs in there', async () => {
  const viewer = '{ viewer { email } }';
  const { origin = '' } = ourPage(avopay);
  expect(await overSocket(viewer, { origin })).toContain(person.email);
  expect(await overSocket(viewer, {})).toContain('not_signed_in');
  expect(await overSocket(viewer, { origin: 'https://evil.example' })).toBe('refused 403');
  const signIn = `mutation { signIn(email: "${person.email}", password: "${person.password}") { __typename ... on Refusal { code } } }`;
  expect(await overSocket(signIn, { origin })).toContain('sign_in_over_http');
});

test('GraphQL sets and clears the same cookie', async () => {
  const one = await signedUp(avopay);
  one.cookie = null;
  const query = 'mutation($e: String, $p: String) { signIn(email: $e, password: $p) { ... on SignedIn { needs user { email } } } }';
  const reply = await one.graphql(query, { e: one.email, p: one.password });
  expect(reply.body.data.signIn).toEqual({ needs: [], user: { email: one.email } });
  expect(reply.headers.getSetCookie()).toEqual([expect.stringMatching(/^avopay=[\w-]{43}; Path=\/; .*HttpOnly; SameSite=Lax$/)]);
  await one.graphql('mutation { signOut { __typename } }');
  expect(one.cookie).toBeNull();
});
