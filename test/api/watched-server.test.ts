import type { IncomingMessage } from 'node:http';
import type { Avopay } from '../support/avopay.ts';
import { request } from 'node:http';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { freePort } from '../../scripts/spawn-server.ts';
import { makeLog } from '../../src/lib/log.ts';
import { eventually, startAvopay } from '../support/avopay.ts';
import { keyAdmin } from '../support/key-admin.ts';
import { signedUp, signIn, stranger, tokenFor, verified } from '../support/person.ts';
import { SHARED_KEYS } from '../support/second-server.ts';

const METRICS_TOKEN = 'a token of the operator';
/** As they were before anything is cut out of them. */
const lines: string[] = [];
let avopay: Avopay;
let metricsPort: number;
let stopped: Promise<void> | undefined;
beforeAll(async () => {
  metricsPort = await freePort();
  const settings = { METRICS_PORT: String(metricsPort), METRICS_TOKEN, DRAIN_SECONDS: '1', ...SHARED_KEYS };
  avopay = await startAvopay(
    settings,
    makeLog('info', (line) => void lines.push(line)),
  );
});
afterAll(() => stopped ?? avopay.stop());

const metrics = (origin: string, headers: Record<string, string> = { authorization: `Bearer ${METRICS_TOKEN}` }) =>
  fetch(`${origin}/metrics`, { headers });
const figure = async (series: string) => {
  const text = await (await metrics(avopay.url)).text();
  return Number(
    text
      .split('\n')
      .find((line) => line.startsWith(`${series} `))
      ?.split(' ')
      .at(-1) ?? 0,
  );
};

test('figures are shown to whoever brings the token, at both ports, and to nobody else', async () => {
  for (const origin of [avopay.url, `http://127.0.0.1:${metricsPort}`]) {
    for (const authorization of ['', 'Bearer', `Bearer ${METRICS_TOKEN}x`, METRICS_TOKEN]) {
      const refused = await metrics(origin, authorization === '' ? {} : { authorization });
      expect([refused.status, refused.headers.get('www-authenticate')]).toEqual([401, 'Bearer']);
      expect(await refused.text()).not.toContain('avopay_');
    }
    const shown = await metrics(origin);
    expect([shown.status, shown.headers.get('content-type')]).toEqual([200, 'text/plain; version=0.0.4; charset=utf-8']);
    expect(await shown.text()).toContain('avopay_database_up 1\n');
  }
});

test('a payment, a sign-up, a sign-in and webhooks are counted, and no line of the log holds a secret of theirs', async () => {
  const wrong = 'correct horse battery stapler';
  const person = await verified(avopay, await signedUp(avopay));
  await signIn({ ...stranger(avopay), email: person.email, password: wrong });
  await signIn(person);
  await person.call('POST', '/api/v1/auth/password/reset', { email: person.email });
  const inbox = (await avopay.call('POST', '/sandbox/inbox', { body: {}, key: null })).body;
  const hook = (await avopay.call('POST', '/sandbox/webhook', { body: { url: inbox.url }, key: null })).body;
  const key = await keyAdmin(avopay).make({ kind: 'secret' });
  const order = { amount: 12, currency: 'EUR', metadata: { note: 'of-a-shopper' } };
  const made = await avopay.call('POST', '/api/v1/payments', { body: order, key: key.api_key });
  await avopay.call('POST', '/api/v1/payments', { body: { amount: -1, currency: 'EUR' } });
  const { lightning_invoice: invoice } = (await avopay.call('GET', `/api/v1/payments/${made.body.payment_id}`)).body;
  const paid = (await avopay.call('POST', '/sandbox/pay', { body: { invoice }, key: null })).body;
  await eventually(async () => (await figure('avopay_deliveries_total{outcome="delivered"}')) > 0);

  expect(await figure('avopay_requests_total{route="/api/v1/payments",method="POST",status="201"}')).toBe(1);
  expect(await figure('avopay_create_seconds_count{outcome="accepted"}')).toBe(1);
  expect(await figure('avopay_create_seconds_count{outcome="refused"}')).toBe(1);
  expect(await figure('avopay_claims_total{outcome="accepted"}')).toBe(1);
  expect(await figure('avopay_outbox_events')).toBeGreaterThanOrEqual(0);

  const wallet = (await avopay.call('GET', '/sandbox/wallet', { key: null })).body;
  const secrets: Record<string, unknown> = {
    ...{ demoKey: avopay.demo.secret_key, demoPassword: avopay.demo.password, key: key.api_key, wrong, password: person.password },
    ...{ cookie: person.cookie?.split('=')[1], hook: hook.secret, token: METRICS_TOKEN, ...SHARED_KEYS, invoice },
    ...{ preimage: paid.preimage, descriptor: wallet.descriptor ?? avopay.demo.descriptor, metadata: 'of-a-shopper' },
    ...{ email: person.email, reset: await tokenFor(avopay, person.email, 'reset_password') },
  };
  for (const [name, secret] of Object.entries(secrets)) {
    expect(String(secret).length, name).toBeGreaterThan(8);
    const telling = lines.filter((line) => line.includes(String(secret)));
    expect(telling, name).toEqual([]);
  }
  expect(lines.filter((line) => line.includes(made.body.payment_id)).length).toBeGreaterThan(3);
});

test('a server that stops says so first, answers what it has begun, and tells sockets to come back', async () => {
  const socket = new WebSocket(`${avopay.url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws');
  const closed = new Promise<number>((resolve) => {
    socket.onclose = ({ code }) => resolve(code);
  });
  await new Promise((resolve) => {
    socket.onopen = resolve;
  });
  const slow = halfSent();
  await slow.begun;
  const ready = async () => (await fetch(`${avopay.url}/readyz`)).status;
  expect(await ready()).toBe(200);
  stopped = avopay.stop();
  expect(await ready()).toBe(503);
  const still = await avopay.call('GET', '/api/v1/account');
  expect([still.status, still.headers.get('connection')]).toEqual([200, 'close']);
  expect(await closed).toBe(1001);
  await eventually(() =>
    ready().then(
      () => false,
      () => true,
    ),
  ); // nothing new is taken any more
  const reply = await slow.send();
  expect([reply.statusCode, reply.headers.connection]).toEqual([201, 'close']);
  await stopped;
});

/** A payment whose request is on its way for as long as the caller likes. */
function halfSent() {
  const body = JSON.stringify({ amount: 9, currency: 'EUR' });
  const headers = { authorization: `Bearer ${avopay.demo.secret_key}`, 'content-type': 'application/json', 'content-length': body.length };
  const asked = request(`${avopay.url}/api/v1/payments`, { method: 'POST', headers, agent: false });
  const answered = new Promise<IncomingMessage>((resolve, reject) => {
    asked.once('response', resolve);
    asked.once('error', reject);
  });
  asked.write(body.slice(0, 5));
  return {
    /** The server has read its head: it has taken others since. */
    begun: new Promise((resolve) => asked.once('socket', (socket) => socket.once('connect', resolve))).then(() =>
      eventually(async () => (await avopay.call('GET', '/api/v1/account')).status === 200),
    ),
    send: async () => {
      asked.end(body.slice(5));
      const reply = await answered;
      reply.resume();
      return reply;
    },
  };
}
