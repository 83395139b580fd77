import type { Server } from '../../src/server.ts';
import type { Abuse } from '../support/graphql-abuse.ts';
import type { Json } from '../support/json.ts';
import { once } from 'node:events';
import { getIntrospectionQuery } from 'graphql';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { startServer } from '../../src/server.ts';
import { webDoor } from '../../src/web-facts.ts';
import { bareApp } from '../support/bare-app.ts';
import { ABUSES } from '../support/graphql-abuse.ts';

let bare: Awaited<ReturnType<typeof bareApp>>;
let server: Server;
let key: string;
beforeAll(async () => {
  bare = await bareApp();
  const { graphql, log } = bare;
  const parts = {
    graphql,
    log,
    trustedProxies: 0,
    limited: false,
    allowedOrigins: [],
    apiUrl: 'http://api',
    mountPages: () => {},
    sandbox: null,
  };
  const web = webDoor({ secure: false, allowedOrigins: [], addressOf: () => '' });
  const unwatched = { count: (_request: unknown, _response: unknown, next: () => void) => next(), metrics: null, drainSeconds: 0 };
  server = await startServer(
    { ...parts, ...unwatched, web, handles: bare.app.handles, isReady: async () => true },
    { port: 0, bind: '127.0.0.1' },
  );
  key = (await bare.account('owner@shop.example')).key;
});
afterAll(async () => {
  await server.close();
  await bare.close();
});

const JSON_TYPE = 'application/json';
type Reply = { readonly status: number; readonly body: Json };

async function send(body: string, options: { type?: string; key?: string | null; path?: string } = {}): Promise<Reply> {
  const { type = JSON_TYPE, path = '' } = options;
  const authorization = options.key === null ? {} : { authorization: `Bearer ${options.key ?? key}` };
  const response = await fetch(`http://127.0.0.1:${server.port}/graphql${path}`, {
    method: 'POST',
    headers: { 'content-type': type, ...authorization },
    body,
  });
  const text = await response.text();
  return { status: response.status, body: text.startsWith('{') || text.startsWith('[') ? JSON.parse(text) : text };
}

/** One operation on a socket of its own: its first message back, or the code of a closed connection. */
async function overSocket(payload: object, as: string | null = key): Promise<Json> {
  const socket = new WebSocket(`ws://127.0.0.1:${server.port}/graphql`, 'graphql-transport-ws');
  await once(socket, 'open');
  socket.send(JSON.stringify({ type: 'connection_init', ...(as === null ? {} : { payload: { authorization: `Bearer ${as}` } }) }));
  await once(socket, 'message');
  const answered = Promise.race([once(socket, 'message'), once(socket, 'close')]);
  socket.send(JSON.stringify({ id: '1', type: 'subscribe', payload }));
  const [first] = await answered;
  socket.terminate();
  return typeof first === 'number' ? { type: 'closed', code: first } : JSON.parse(String(first));
}

const operation = ({ query, variables, operationName }: Abuse) => ({
  query,
  ...(variables === undefined ? {} : { variables }),
  ...(operationName === undefined ? {} : { operationName }),
});
const NAMED = ABUSES.map((abuse) => [abuse.name, abuse] as const);

test('the corpus has at least sixty documents, each of its own', () => {
  expect(ABUSES.length).toBeGreaterThanOrEqual(60);
  expect(new Set(ABUSES.map(({ query, variables }) => JSON.stringify([query, variables]))).size).toBe(ABUSES.length);
});

describe('X-4: abusive documents from a merchant with a key', () => {
  test.each(NAMED)('%s: refused over HTTP before anything is resolved', async (_name, abuse) => {
    bare.takeQueries();
    const { body } = await send(JSON.stringify(operation(abuse)));
    expect(body.errors?.length, JSON.stringify(body)).toBeGreaterThan(0);
    expect(body.data, JSON.stringify(body)).toBeUndefined();
    expect(bare.takeQueries()).toBeLessThanOrEqual(3); // the key alone was looked up, and that it was used is written once a minute
  });

  test.each(NAMED)('%s: refused over the socket', async (_name, abuse) => {
    const answer = await overSocket(operation(abuse));
    // What is no message of the protocol, or too large a frame, ends the connection; everything else is told.
    if (answer.type === 'closed') expect([4400, 1009]).toContain(answer.code);
    else
      expect([answer.type, answer.payload[0].message === 'Unexpected error.'], JSON.stringify(answer).slice(0, 500)).toEqual([
        'error',
        false,
      ]);
  });
});

describe('what is well meant passes', () => {
  test.each([
    [
      'a page of payments with everything',
      '{ payments(first: 20) { edges { node { id status link { title } deliveries { edges { node { id status } } } } } pageInfo { endCursor } } }',
    ],
    [
      'a dashboard',
      '{ payments { edges { node { id } } } paymentLinks { edges { node { id } } } webhookEndpoints { id } providers { name } events { edges { cursor } } }',
    ],
    [
      'a field that two fragments name',
      '{ payments { edges { node { ...A ...B id } } } } fragment A on Payment { id status } fragment B on Payment { id }',
    ],
  ])('%s', async (_name, query) => {
    const { body } = await send(JSON.stringify({ query }));
    expect(body, JSON.stringify(body)).toMatchObject({ data: { payments: { edges: [] } } });
    expect(await overSocket({ query })).toMatchObject({ type: 'next', payload: { data: { payments: { edges: [] } } } });
  });
});

describe('introspection in production', () => {
  const STOCK = getIntrospectionQuery();
  test.each([
    STOCK,
    '{ __schema { types { name } } }',
    '{ a: __type(name: "Payment") { name } }',
    '{ ... on Query { ...F } } fragment F on Query { __schema { types { name } } }',
  ])('nobody without a secret key is told %.40s', async (query) => {
    const { body } = await send(JSON.stringify({ query }), { key: null });
    expect(body).toMatchObject({ errors: [{ message: 'Introspection needs a secret key' }] });
    expect(await overSocket({ query }, null)).toMatchObject({ type: 'error', payload: [{ message: 'Introspection needs a secret key' }] });
  });

  test('a merchant is told the whole schema, and what they were told is not told to the next who asks', async () => {
    for (let i = 0; i < 2; i++) {
      expect((await send(JSON.stringify({ query: STOCK }))).body.data.__schema.types.length).toBeGreaterThan(50);
      expect((await send(JSON.stringify({ query: STOCK }), { key: null })).body.data).toBeUndefined();
      expect((await overSocket({ query: STOCK })).type).toBe('next');
      expect((await overSocket({ query: STOCK }, null)).type).toBe('error');
    }
  });
});

describe('other ways in', () => {
  test.each([
    ['a form', 'application/x-www-form-urlencoded', 'query={__typename}'],
    [
      'a multipart upload',
      'multipart/form-data; boundary=x',
      '--x\r\ncontent-disposition: form-data; name="operations"\r\n\r\n{"query":"{ __typename }"}\r\n--x--\r\n',
    ],
    ['plain text', 'text/plain', '{"query":"{ __typename }"}'],
    ['bare GraphQL', 'application/graphql', '{ __typename }'],
    ['no type', '', '{"query":"{ __typename }"}'],
  ])('%s is not read', async (_name, type, body) => {
    expect((await send(body, { type })).status).toBe(415);
  });

  test.each([
    ['two operations', '[{"query":"{ __typename }"},{"query":"{ __typename }"}]'],
    ['a hundred operations', `[${Array.from({ length: 100 }, () => '{"query":"{ __typename }"}').join(',')}]`],
    ['none', '[]'],
    ['a batch in a batch', '[[{"query":"{ __typename }"}]]'],
    ['a hash instead of a document', '{"extensions":{"persistedQuery":{"version":1,"sha256Hash":"00"}}}'],
    ['not JSON', '{"query":'],
    ['variables that are no object', '{"query":"{ __typename }","variables":[1]}'],
  ])('%s in one request: refused', async (_name, body) => {
    const reply = await send(body);
    expect(reply.body.errors.length).toBeGreaterThan(0);
    expect(reply.body.data).toBeUndefined();
  });

  test('a body over 64 KiB is not read', async () => {
    expect((await send(JSON.stringify({ query: `{ __typename } #${'x'.repeat(70_000)}` }))).status).toBe(413);
  });

  test('a GET never changes anything', async () => {
    const query = encodeURIComponent('mutation { deleteWebhookEndpoint(id: "x") { __typename } }');
    const response = await fetch(`http://127.0.0.1:${server.port}/graphql?query=${query}`, { headers: { authorization: `Bearer ${key}` } });
    expect(response.status).toBe(405);
  });

  test('the eleventh subscription of a socket is refused, and the ten before it stay', async () => {
    const socket = new WebSocket(`ws://127.0.0.1:${server.port}/graphql`, 'graphql-transport-ws');
    await once(socket, 'open');
    const answers: Json[] = [];
    socket.on('message', (data) => answers.push(JSON.parse(String(data))));
    socket.send(JSON.stringify({ type: 'connection_init', payload: { authorization: `Bearer ${key}` } }));
    await expect.poll(() => answers).toMatchObject([{ type: 'connection_ack' }]);
    for (let i = 0; i < 11; i++)
      socket.send(JSON.stringify({ id: `s${i}`, type: 'subscribe', payload: { query: 'subscription { eventAdded { id } }' } }));
    await expect.poll(() => answers.filter(({ type }) => type === 'error'), { timeout: 10_000 }).toHaveLength(1);
    expect(answers.find(({ type }) => type === 'error')).toMatchObject({
      id: 's10',
      payload: [{ extensions: { code: 'too_many_subscriptions' } }],
    });
    expect(socket.readyState).toBe(WebSocket.OPEN);
    socket.terminate();
  });
});
