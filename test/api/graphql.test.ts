import type { Avopay } from '../support/avopay.ts';
import type { Json } from '../support/json.ts';
import { GraphQLClient, gql } from 'graphql-request';
import { createClient } from 'graphql-ws';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { startAvopay } from '../support/avopay.ts';
import { follow } from '../support/live.ts';
import { CHECKOUT_SHA256 } from '../../web/checkout/socket.ts';

let avopay: Avopay;
let merchant: GraphQLClient;
beforeAll(async () => {
  avopay = await startAvopay();
  merchant = clientOf(avopay.demo.secret_key);
});
afterAll(() => avopay.stop());

const clientOf = (key: string | null) =>
  new GraphQLClient(`${avopay.url}/graphql`, { headers: key ? { authorization: `Bearer ${key}` } : {}, errorPolicy: 'all' });
const CREATE = gql`
  mutation ($input: CreatePaymentInput!) {
    createPayment(input: $input) {
      __typename
      ... on PaymentSession { paymentId checkoutUrl expiresAt payment { id status metadata rate { fiatPerBtc sources } } }
      ... on Refusal { kind code message requestId }
    }
  }
`;
const input = { amount: 49.99, currency: 'EUR', metadata: { order: 7 } };
const create = async (client: GraphQLClient, more: object = {}) =>
  (await client.request<Json>(CREATE, { input: { ...input, ...more } })).createPayment;

test('X-12: a payment is created, priced with its evidence, and read back', async () => {
  const session = await create(merchant);
  expect(session).toMatchObject({ __typename: 'PaymentSession', payment: { status: 'PENDING', metadata: { order: 7 } } });
  expect(session.payment.rate.sources).toEqual(['coingecko', 'coincap']);
  const { payment } = await merchant.request<Json>(
    'query ($id: ID!) { payment(id: $id) { id amountFiat amountSats timeline { code text } lightning { uri invoice } } }',
    { id: session.paymentId },
  );
  expect(payment).toMatchObject({ id: session.paymentId, amountFiat: '49.99', timeline: [{ code: 'payment.created' }] });
  expect(payment.lightning.uri).toBe(`lightning:${payment.lightning.invoice}`);
});

test('X-4: refusals are answers of the mutation, not errors', async () => {
  expect(await create(clientOf(null))).toMatchObject({
    __typename: 'Refusal',
    kind: 'UNAUTHENTICATED',
    message: 'Invalid or missing API key',
  });
  expect(await create(merchant, { amount: null })).toMatchObject({ kind: 'INVALID', message: 'amount and currency are required' });
});

test('a publishable key gets a session without the payment, and may read nothing', async () => {
  const publishable = clientOf(avopay.demo.publishable_key);
  expect(await create(publishable)).toMatchObject({ __typename: 'PaymentSession', payment: null });
  await expect(publishable.rawRequest('{ payments { edges { node { id } } } }')).resolves.toMatchObject({
    errors: [{ message: 'Secret key required for this endpoint', extensions: { code: 'secret_key_required' } }],
  });
});

test('N-4: payments are listed newest first, page by page, without repeats', async () => {
  for (let i = 0; i < 5; i++) await create(merchant);
  const seen: string[] = [];
  let after: string | null = null;
  for (let page = 0; page < 20; page++) {
    const { payments }: Json = await merchant.request(
      'query ($after: String) { payments(first: 2, after: $after) { edges { node { id createdAt } } pageInfo { hasNextPage endCursor } } }',
      { after },
    );
    seen.push(...payments.edges.map((edge: Json) => edge.node.id));
    if (!payments.pageInfo.hasNextPage) break;
    after = payments.pageInfo.endCursor;
  }
  expect(seen.length).toBeGreaterThanOrEqual(6);
  expect(new Set(seen).size).toBe(seen.length);
});

test('another account’s payment is null, and so is an unknown one', async () => {
  const other = (await avopay.call('POST', '/sandbox/accounts', { body: {}, key: null })).body;
  const { paymentId } = await create(clientOf(other.secret_key));
  for (const id of [paymentId, 'pmt_00000000000000000000000000', 'x']) {
    expect(await merchant.request('query ($id: ID!) { payment(id: $id) { id } }', { id })).toEqual({ payment: null });
  }
});

test('C-7: the checkout of a payment is public and says nothing about the account', async () => {
  const { paymentId } = await create(merchant);
  const { checkout } = await clientOf(null).request<Json>(
    'query ($id: ID!) { checkout(paymentId: $id) { paymentId status merchant { name } redirectUrl } }',
    { id: paymentId },
  );
  expect(checkout).toEqual({ paymentId, status: 'PENDING', merchant: { name: 'Alba Coffee Roasters' }, redirectUrl: null });
  await expect(clientOf(null).request('{ checkout(paymentId: "x") { metadata } }')).rejects.toThrow('Cannot query field "metadata"');
});

test('N-3 X-11: subscriptions need the key that queries need', async () => {
  const { paymentId } = await create(merchant);
  const query = 'subscription ($id: ID!) { paymentUpdated(id: $id) { id status } }';
  const mine = follow(avopay.url, query, { id: paymentId }, avopay.demo.secret_key);
  expect(await mine.until((state) => state.id === paymentId)).toMatchObject({ status: 'PENDING' });
  await mine.close();
  const stranger = follow(avopay.url, query, { id: paymentId });
  expect(await stranger.until((state) => state.errors).catch((error: unknown) => ({ errors: error }))).toMatchObject({
    errors: [{ message: 'Invalid or missing API key' }],
  });
  await stranger.close();
});

test('server-sent events carry the same subscription', async () => {
  const { paymentId } = await create(merchant);
  const url = new URL(`${avopay.url}/graphql`);
  url.searchParams.set('query', `subscription { checkout(paymentId: "${paymentId}") { status } }`);
  const response = await fetch(url, { headers: { accept: 'text/event-stream' } });
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  let text = '';
  while (!text.includes('PENDING')) text += (await reader?.read())?.value ?? '';
  await reader?.cancel();
  expect(text).toContain('event: next');
});

test('the payers’ page asks by the hash of its operation, over a socket and over HTTP; an unknown hash is told to send its text', async () => {
  const { paymentId } = await create(merchant);
  const named = (sha256Hash: string) => ({ extensions: { persistedQuery: { version: 1, sha256Hash } }, variables: { id: paymentId } });
  const overHttp = async (payload: object) => {
    const headers = { 'content-type': 'application/json', accept: 'text/event-stream' };
    return fetch(`${avopay.url}/graphql`, { method: 'POST', headers, body: JSON.stringify(payload) });
  };
  const url = `${avopay.url.replace(/^http/, 'ws')}/graphql`;
  const sockets = createClient({ url, webSocketImpl: WebSocket, lazyCloseTimeout: 0 });
  const first = async (payload: object) => (await sockets.iterate({ query: '', ...payload }).next()).value;

  expect(await first(named(CHECKOUT_SHA256))).toMatchObject({ data: { checkout: { status: 'PENDING', receivedSats: '0' } } });
  const reader = (await overHttp(named(CHECKOUT_SHA256))).body?.pipeThrough(new TextDecoderStream()).getReader();
  let text = '';
  while (!text.includes('PENDING')) text += (await reader?.read())?.value ?? '';
  await reader?.cancel();

  const refusal = 'No operation is kept under this hash: send its text as query';
  await expect(first(named('0'.repeat(64)))).rejects.toMatchObject([{ message: refusal, extensions: { code: 'unknown_operation' } }]);
  expect(await (await overHttp(named('0'.repeat(64)))).text()).toContain(refusal);
  await sockets.dispose();
});

test('forms cannot send operations, and abusive documents are refused', async () => {
  const form = await fetch(`${avopay.url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: 'query={__typename}',
  });
  expect(form.status).toBe(415);
  const { url } = avopay;
  const refusalOf = async (query: string) => {
    const response = await fetch(`${url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query }),
    });
    return ((await response.json()) as { errors?: { message: string }[] }).errors?.[0]?.message ?? 'accepted';
  };
  expect(await refusalOf(`{ ${Array.from({ length: 11 }, (_, i) => `a${i}: payment(id: "x") { id }`).join(' ')} }`)).toMatch(
    'Root fields limit',
  );
  expect(await refusalOf(`{ ${'__typename '.repeat(600)} }`)).toMatch('Token limit');
  expect(
    await refusalOf(
      `{ ${'payments(first: 100) { edges { node { deliveries { edges { node { attempts { number } } } } } } } '.repeat(6)} }`,
    ),
  ).toMatch(/limit|Cost/);
});
