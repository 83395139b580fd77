import type { IncomingMessage } from 'node:http';
import type { Avopay } from '../support/avopay.ts';
import { once } from 'node:events';
import { request } from 'node:http';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startAvopay } from '../support/avopay.ts';
import { signedUp } from '../support/person.ts';

let avopay: Avopay;
let paymentId: string;
beforeAll(async () => {
  avopay = await startAvopay();
  paymentId = (await avopay.call('POST', '/api/v1/payments', { body: { amount: 5, currency: 'EUR', metadata: { tea: 'ü 😀' } } })).body
    .payment_id;
});
afterAll(() => avopay.stop());

type Sent = { readonly body: string; readonly headers?: Record<string, string>; readonly path?: string };

async function post({ body, headers = {}, path = '/graphql' }: Sent) {
  const all = { 'content-type': 'application/json', authorization: `Bearer ${avopay.demo.secret_key}`, ...headers };
  const asking = request(`${avopay.url}${path}`, { method: 'POST', headers: all }).end(body);
  const [response] = (await once(asking, 'response')) as [IncomingMessage];
  const { statusCode: status, headers: answered, rawHeaders } = response;
  return {
    answer: { status, type: answered['content-type'], length: answered['content-length'], text: await text(response) },
    cookies: answered['set-cookie'] ?? [],
    // The one difference: Yoga writes the name of this header in small letters.
    isShort: rawHeaders.includes('Content-Length'),
  };
}

const QUERY = 'query Read($id: ID!) { payment(id: $id) { id status metadata amountSats late lightning { invoice } } }';
const asked = (more: object = {}) => JSON.stringify({ query: QUERY, variables: { id: paymentId }, ...more });
/** A document of its own, so that nobody has asked it before. */
let documents = 0;
const fresh = (document: string) => `${document} # ${++documents}`;

test('an operation that was asked before is answered without Yoga, byte for byte as Yoga answers it', async () => {
  const accepts: [string | undefined, string][] = [
    [undefined, 'application/json'],
    ['application/json', 'application/json'],
    ['application/graphql-response+json', 'application/graphql-response+json'],
    ['application/graphql-response+json, application/json', 'application/graphql-response+json'],
    ['application/json, text/plain, */*', 'application/json'],
  ];
  for (const [accept, type] of accepts) {
    const sent = { body: asked({ query: fresh(QUERY) }), headers: accept === undefined ? {} : { accept } };
    const [first, second] = [await post(sent), await post(sent)];
    expect([first.isShort, second.isShort], accept).toEqual([false, true]);
    expect(second.answer).toEqual(first.answer);
    expect(second.answer).toMatchObject({ status: 200, type: `${type}; charset=utf-8` });
  }
});

test.each<[string, () => Sent]>([
  ['no operation', () => ({ body: '{}' })],
  ['no JSON', () => ({ body: '{"query"' })],
  ['nothing', () => ({ body: '' })],
  ['a list', () => ({ body: `[${asked()}]` })],
  ['null', () => ({ body: 'null' })],
  ['a parameter that nobody knows', () => ({ body: asked({ more: 1 }) })],
  ['variables that are a list', () => ({ body: asked({ variables: [] }) })],
  ['variables that are a text', () => ({ body: asked({ variables: '{}' }) })],
  ['extensions that are a text', () => ({ body: asked({ extensions: 'x' }) })],
  ['a missing variable', () => ({ body: asked({ variables: {} }) })],
  ['a variable of another type', () => ({ body: asked({ variables: { id: {} } }) })],
  ['too many variables', () => ({ body: asked({ variables: { id: paymentId, more: Array(3_000).fill(0) } }) })],
  ['the name of another operation', () => ({ body: asked({ operationName: 'Other' }) })],
  ['an empty name', () => ({ body: asked({ operationName: '' }) })],
  ['its own name', () => ({ body: asked({ operationName: 'Read' }) })],
  ['a text that is no document', () => ({ body: JSON.stringify({ query: '{' }) })],
  ['a field that does not exist', () => ({ body: JSON.stringify({ query: '{ nothing }' }) })],
  ['a document that is too deep', () => ({ body: JSON.stringify({ query: `${'{ a'.repeat(20)}${'}'.repeat(20)}` }) })],
  ['two operations', () => ({ body: JSON.stringify({ query: 'query A { __typename } query B { __typename }', operationName: 'A' }) })],
  ['no key', () => ({ body: asked(), headers: { authorization: '' } })],
  ['a publishable key', () => ({ body: asked(), headers: { authorization: `Bearer ${avopay.demo.publishable_key}` } })],
  ['another account’s payment', () => ({ body: asked({ variables: { id: 'pmt_00000000000000000000000000' } }) })],
  ['an answer that it cannot write', () => ({ body: asked(), headers: { accept: 'text/html' } })],
  ['a wish that is no type', () => ({ body: asked(), headers: { accept: 'constructor' } })],
  ['a list of wishes', () => ({ body: asked(), headers: { accept: 'application/json;q=0.5, application/graphql-response+json' } })],
  ['another character set', () => ({ body: asked(), headers: { 'content-type': 'application/json; charset=latin1' } })],
  ['another content type', () => ({ body: asked(), headers: { 'content-type': 'text/plain' } })],
  ['another place', () => ({ body: asked(), path: '/graphql/more' })],
  ['a query in its address', () => ({ body: asked(), path: '/graphql?more=1' })],
  ['an introspection', () => ({ body: JSON.stringify({ query: '{ __schema { queryType { name } } }' }) })],
  ['a subscription', () => ({ body: JSON.stringify({ query: 'subscription { checkout(paymentId: "pmt_none") { status } }' }) })],
  ['an unknown hash', () => ({ body: JSON.stringify({ extensions: { persistedQuery: { version: 1, sha256Hash: '00' } } }) })],
])('what is asked out of the ordinary is answered alike, however often: %s', async (_what, made) => {
  await post({ body: asked() }); // the ordinary document is known
  const answers = [];
  for (let i = 0; i < 3; i++) answers.push((await post(made())).answer);
  expect(answers[1]).toEqual(answers[0]);
  expect(answers[2]).toEqual(answers[0]);
});

test('a fault in an answer of the short way is masked and worded by Yoga, and what was done is done once', async () => {
  const query = fresh(`mutation($input: CreatePaymentInput!) { createPayment(input: $input) {
    ... on PaymentSession { payment { deliveries(after: "nonsense") { edges { node { id } } } } } } }`);
  const body = JSON.stringify({ query, variables: { input: { amount: 5, currency: 'EUR' } } });
  const count = async () => Number((await avopay.db.query('SELECT count(*) AS n FROM "Payment"')).rows[0].n);
  const before = await count();
  const [first, second] = [await post({ body }), await post({ body })];
  expect(second.answer).toEqual(first.answer);
  expect(JSON.parse(second.answer.text).errors[0].extensions).toMatchObject({ code: 'invalid_cursor' });
  expect(await count()).toBe(before + 2);
});

test('the short way sets the cookie of who signs in, as Yoga does', async () => {
  const { email, password } = await signedUp(avopay);
  const query = fresh('mutation($email: String, $password: String) { signIn(email: $email, password: $password) { __typename } }');
  const sent = { body: JSON.stringify({ query, variables: { email, password } }), headers: { authorization: '' } };
  const [first, second] = [await post(sent), await post(sent)];
  expect([first.isShort, second.isShort]).toEqual([false, true]);
  expect(second.answer).toEqual(first.answer);
  const shape = (cookies: readonly string[]) =>
    cookies.map((cookie) => cookie.replace(/=[^;]*;/, '=…;').replace(/Expires=[^;]*/i, 'Expires=…'));
  expect(shape(second.cookies)).toEqual(shape(first.cookies));
  expect(second.cookies).toHaveLength(1);
  expect(second.cookies).not.toEqual(first.cookies);
});
