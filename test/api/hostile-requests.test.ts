import type { Avopay } from '../support/avopay.ts';
import type { Json } from '../support/json.ts';
import { once } from 'node:events';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { startAvopay } from '../support/avopay.ts';

let avopay: Avopay;
beforeAll(async () => {
  avopay = await startAvopay();
});
afterAll(() => avopay.stop());

const JSON_TYPE = { 'content-type': 'application/json' };
const post = (path: string, body: string, headers: Record<string, string> = JSON_TYPE) => avopay.call('POST', path, { body, headers });
const nested = (depth: number) => `${'['.repeat(depth)}${']'.repeat(depth)}`;

/** Sends bytes as they are and answers what comes back until the server is done, or for a second. */
async function raw(text: string | AsyncIterable<string>): Promise<string> {
  const { hostname, port } = new URL(avopay.url);
  const socket = connect(Number(port), hostname);
  let answer = '';
  socket.on('data', (chunk) => (answer += chunk.toString()));
  socket.on('error', () => undefined); // cut off by the server
  await once(socket, 'connect');
  const closed = once(socket, 'close');
  for await (const part of typeof text === 'string' ? [text] : text) {
    if (socket.destroyed || answer) break;
    socket.write(part);
  }
  await Promise.race([closed, new Promise((resolve) => setTimeout(resolve, 900))]);
  socket.destroy();
  return answer;
}

describe('nesting that no program can read', () => {
  test.each([5_000, 30_000])('%i levels of metadata are refused, not a fault', async (depth) => {
    const reply = await post('/api/v1/payments', `{"amount":5,"currency":"EUR","metadata":{"a":${nested(depth)}}}`);
    expect(reply.status).toBe(400);
    expect(['invalid_json', 'metadata_too_large']).toContain(reply.body.code);
  });

  test('nor is any other field', async () => {
    for (const field of ['amount', 'currency', 'redirect_url', 'stranger']) {
      const rest = Object.entries({ amount: '5', currency: '"EUR"' }).filter(([name]) => name !== field);
      const others = rest.map(([name, value]) => `"${name}":${value},`).join('');
      expect((await post('/api/v1/payments', `{${others}"${field}":${nested(30_000)}}`)).status, field).toBe(400);
    }
  });

  test('GraphQL refuses the variables before it reads them', async () => {
    const query = 'mutation ($input: CreatePaymentInput!) { createPayment(input: $input) { __typename ... on Refusal { code message } } }';
    const input = `{"amount":5,"currency":"EUR","metadata":{"a":${nested(15_000)}}}`;
    const { body } = await post('/graphql', `{"query":${JSON.stringify(query)},"variables":{"input":${input}}}`);
    expect(body).toMatchObject({ errors: [{ extensions: { code: 'document_refused' } }] });
    expect(body.data).toBeUndefined();
  });

  test('a thousand levels within the documented 2 KB come back as they were sent', async () => {
    const metadata = `{"a":${nested(1_000)}}`;
    const { status, body } = await post('/api/v1/payments', `{"amount":5,"currency":"EUR","metadata":${metadata}}`);
    expect(status).toBe(201);
    expect((await avopay.call('GET', `/api/v1/payments/${body.payment_id}`)).text).toContain(metadata);
  });
});

test.each([
  ['an operation of 100 kB', '/graphql', JSON.stringify({ query: 'x'.repeat(100_000) }), JSON_TYPE, 413],
  ['an operation in an unknown charset', '/graphql', '{}', { 'content-type': 'application/json; charset=elvish' }, 400],
  ['a payment in an unknown charset', '/api/v1/payments', '{}', { 'content-type': 'application/json; charset=elvish' }, 400],
  ['an address that does not decode', '/pay/%ff', undefined, {}, 400],
])('%s is refused in JSON, and the answer does not show where our files lie', async (_name, path, body, headers, status) => {
  const reply = await avopay.call(body === undefined ? 'GET' : 'POST', path, { body, headers });
  expect(reply.status).toBe(status);
  expect(reply.body).toMatchObject({ error: expect.any(String), code: expect.any(String), request_id: expect.stringMatching(/^req_/) });
  expect(reply.text).not.toMatch(/node_modules|at .*\.[jt]s/);
});

test.each(['/graphql', '/api/v1/payments', '/sandbox/pay'])('%s refuses 4 MB that come in chunks, and keeps none of them', async (path) => {
  const CHUNK = `40000\r\n${'x'.repeat(0x40000)}\r\n`;
  async function* large() {
    yield `POST ${path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n`;
    yield `Connection: close\r\nAuthorization: Bearer ${avopay.demo.secret_key}\r\n\r\n`;
    for (let sent = 0; sent < 16; sent++) yield CHUNK;
    yield '0\r\n\r\n';
  }
  expect(await raw(large())).toMatch(/^HTTP\/1\.1 413 /);
});

test('callers that hang up in the middle of an upgrade end nothing but their own connection', async () => {
  const { hostname, port } = new URL(avopay.url);
  const faults: unknown[] = [];
  const keep = (fault: unknown) => void faults.push(fault);
  const earlier = process.listeners('uncaughtException');
  process.removeAllListeners('uncaughtException').on('uncaughtException', keep);
  for (let i = 0; i < 150; i++) {
    const lines = ['Host: localhost', 'Upgrade: websocket', 'Connection: Upgrade', 'Sec-WebSocket-Version: 13'];
    lines.push('Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==', ...(i % 2 ? ['Origin: https://stranger.example'] : []));
    const socket = connect(Number(port), hostname);
    socket.on('error', keep);
    const closed = once(socket, 'close');
    socket.write(`GET ${i % 3 ? '/nowhere' : '/graphql'} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n${'x'.repeat(i * 10)}`, () =>
      i % 5 ? socket.resetAndDestroy() : setImmediate(() => socket.resetAndDestroy()),
    );
    await closed;
  }
  await new Promise((resolve) => setTimeout(resolve, 100));
  process.removeAllListeners('uncaughtException');
  for (const listener of earlier) process.on('uncaughtException', listener);
  expect(faults).toEqual([]);
  expect((await avopay.call('GET', '/livez', { key: null })).text).toBe('ok');
});

test('an operation that does not parse is answered on its socket, which stays open for the others', async () => {
  const socket = new WebSocket(`${avopay.url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws');
  const heard: Json[] = [];
  socket.on('message', (data) => heard.push(JSON.parse(String(data))));
  await once(socket, 'open');
  socket.send('{"type":"connection_init"}');
  await expect.poll(() => heard.length).toBe(1);
  for (const [id, query] of [
    ['1', '{'],
    ['2', `{ ${'__typename '.repeat(600)} }`],
    ['3', '{ __typename }'],
  ]) {
    socket.send(JSON.stringify({ id, type: 'subscribe', payload: { query } }));
  }
  await expect.poll(() => heard.some(({ id, type }) => id === '3' && type === 'complete')).toBe(true);
  for (const id of ['1', '2']) expect(heard.find((message) => message.id === id)).toMatchObject({ type: 'error' });
  expect(socket.readyState).toBe(WebSocket.OPEN);
  socket.close();
});
