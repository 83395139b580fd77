import type { Cluster, Node } from '../support/cluster.ts';
import type { Json } from '../support/json.ts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { examine } from '../../doctor/examine.ts';
import { readItems } from '../../scripts/conformance-table.ts';
import { eventually } from '../support/avopay.ts';
import { booksOf } from '../support/books.ts';
import { follower, startCluster } from '../support/cluster.ts';
import { keyAdmin } from '../support/key-admin.ts';
import { redisMissing } from '../support/redis.ts';
import { playRolling } from '../support/rolling.ts';
import { watchPayment } from '../support/watched-payment.ts';
import { ensureWebBuilt } from '../support/web-build.ts';

/** `SCALE=full npm test test/journeys/several-processes.test.ts`: the doctor asks everything, and a takeover waits for the real clock. */
const FULL = process.env['SCALE'] === 'full';
/** `ROLL=120 npm test test/journeys/several-processes.test.ts`: seconds of rolling restarts under load. */
const ROLL_SECONDS = Number(process.env['ROLL'] ?? 4);
const ASKED = /^(?:B-[2-4]|P-[1389]|G-[12]|L-[13]|X-5)$/;
/** Above what is claimed unconfirmed: such a payment waits, detected, for a block. */
const LARGE_EUR = 300;
/** A swap's lease and a sweep, and the follower's lease: what a dead worker held is free, and due. */
const LEASES_S = 120;
const TAKEOVER_MS = 10_000;
/** The documented limit of `POST /api/v1/connect/descriptor`. */
const CONNECTS_PER_MINUTE = 30;

const missing = redisMissing();
describe.skipIf(missing !== null)('two api processes and two workers on one PostgreSQL and one Redis', { timeout: 900_000 }, () => {
  let cluster: Cluster;
  let apis: Cluster['apis'];
  beforeAll(async () => {
    if (FULL) await ensureWebBuilt();
    cluster = await startCluster({ RATE_LIMITS: 'on' });
    apis = cluster.apis;
  });
  afterAll(() => cluster?.stop());

  let addresses = 0;
  /** Nobody has called from it yet. */
  const newAddress = () => `198.51.${100 + (++addresses >> 8)}.${addresses & 255}`;
  const create = async (at: Pick<Node, 'call'>, amount = 9): Promise<string> => {
    const made = await at.call('POST', '/api/v1/payments', {
      body: { amount, currency: 'EUR' },
      headers: { 'x-from': newAddress(), 'x-forwarded-for': newAddress() },
    });
    expect(made.status, made.text).toBe(201);
    return made.body.payment_id;
  };
  const read = async (at: Pick<Node, 'call'>, id: string): Promise<Json> => (await at.call('GET', `/api/v1/payments/${id}`)).body;
  const pay = async (id: string) => cluster.sandbox('POST', '/pay', { invoice: (await read(cluster, id)).lightning_invoice });
  const isPaid = (id: string, at: Pick<Node, 'call'> = cluster) => eventually(async () => (await read(at, id)).status === 'paid');
  const as = () => ({ authorization: `Bearer ${cluster.demo.secret_key}` });
  const said = (watched: { states: Json[] }) => watched.states.map(({ paymentUpdated }) => paymentUpdated.status);

  test('what one has answered, the other knows at once; streams of both follow to the end', async () => {
    for (let round = 0; round < 6; round++) {
      const [here, there] = round % 2 ? [apis[0], apis[1]] : [apis[1], apis[0]];
      const id = await create(here);
      expect(await read(there, id)).toMatchObject({ payment_id: id, status: 'pending' });
      expect((await there.call('GET', '/api/v1/payments?limit=1')).body.data[0].payment_id).toBe(id);
    }
    const id = await create(apis[0]);
    const streams = await Promise.all(apis.map((node) => watchPayment(node.url, as(), id)));
    await pay(id);
    await eventually(async () => streams.every((stream) => said(stream).at(-1) === 'PAID'));
    for (const stream of streams) await stream.close();
    for (const node of apis) expect((await read(node, id)).status).toBe('paid');
  });

  test('A-6: a key revoked at one is refused by the other in its next answer, and streams end at both', async () => {
    const admin = keyAdmin({ ...cluster, url: cluster.proxy.url, call: apis[0].call });
    const key = await admin.make({ kind: 'secret' });
    const id = await create(apis[1]);
    const streams = await Promise.all(apis.map((node) => watchPayment(node.url, { authorization: `Bearer ${key.api_key}` }, id)));
    expect((await apis[1].call('GET', '/api/v1/account', { key: key.api_key })).status).toBe(200);
    await admin.call('DELETE', `/keys/${key.id}`);
    expect((await apis[1].call('GET', '/api/v1/account', { key: key.api_key })).status).toBe(401);
    expect(await Promise.all(streams.map(({ closed }) => closed))).toEqual([4401, 4401]);
    for (const stream of streams) await stream.close();
  });

  test('N-1: a session ended at one is over at the other, with its streams at both', async () => {
    const { email, password } = cluster.demo;
    const page = { origin: cluster.proxy.url.replace('127.0.0.1', 'localhost'), 'x-avopay-request': '1' };
    const signedIn = await apis[0].call('POST', '/api/v1/auth/login', { key: null, headers: page, body: { email, password } });
    const own = { ...page, cookie: signedIn.headers.getSetCookie()[0]?.split(';')[0] ?? '' };
    const session = async () => (await apis[1].call('GET', '/api/v1/auth/session', { key: null, headers: own })).status;
    const id = await create(apis[1]);
    const streams = await Promise.all(apis.map((node) => watchPayment(node.url, own, id)));
    expect(await session()).toBe(200);
    expect((await apis[0].call('POST', '/api/v1/auth/logout', { key: null, headers: own, body: {} })).status).toBe(200);
    expect(await session()).toBe(401);
    expect(await Promise.all(streams.map(({ closed }) => closed))).toEqual([4401, 4401]);
    for (const stream of streams) await stream.close();
  });

  /** How many of more calls than allowed, from one address, at both in turn, are let in. */
  const letIn = async () => {
    const headers = { 'x-forwarded-for': newAddress() };
    const ask = (_: unknown, n: number) => (apis[n % 2] ?? apis[0]).call('POST', '/api/v1/connect/descriptor', { body: {}, headers });
    const replies = await Promise.all(Array.from({ length: CONNECTS_PER_MINUTE + 8 }, ask));
    return replies.filter(({ status }) => status !== 429).length;
  };

  test('X-3: both count in the same windows', async () => {
    expect(await letIn()).toBe(CONNECTS_PER_MINUTE);
  });

  test('the documented API holds through a proxy that gives each request to the next of them', async () => {
    const only = readItems().flatMap(({ id }) => (FULL || ASKED.test(id) ? [id] : []));
    const rows = await examine({ url: cluster.proxy.url, only });
    expect(rows.filter(({ verdict }) => verdict === 'fails')).toEqual([]);
    expect(rows.filter(({ verdict }) => verdict === 'holds').length).toBeGreaterThanOrEqual(FULL ? 125 : 10);
  });

  test('X-3: while Redis is away payments are made and settle and signing in is closed; when it is back, streams catch up and both count together again', async () => {
    const id = await create(cluster);
    const streams = await Promise.all(apis.map((node) => watchPayment(node.url, as(), id)));
    await cluster.stopRedis();
    const other = await create(cluster);
    await Promise.all([pay(id), pay(other)]);
    await Promise.all([id, other].flatMap((one) => apis.map((node) => isPaid(one, node))));
    const page = { origin: cluster.proxy.url.replace('127.0.0.1', 'localhost'), 'x-avopay-request': '1', 'x-from': newAddress() };
    const { email, password } = cluster.demo;
    const login = await cluster.call('POST', '/api/v1/auth/login', { key: null, headers: page, body: { email, password } });
    expect(login).toMatchObject({ status: 503, body: { code: 'limits_unavailable' } });
    expect(streams.map((stream) => said(stream).at(-1))).not.toContain('PAID'); // nobody could tell them
    await cluster.startRedis();
    await eventually(async () => streams.every((stream) => said(stream).at(-1) === 'PAID'));
    for (const stream of streams) await stream.close();
    await eventually(async () => (await letIn()) === CONNECTS_PER_MINUTE);
  });

  test('who is killed in the middle of a settlement is replaced by another, and so is the worker that follows the chain', async () => {
    const id = await create(cluster, LARGE_EUR);
    await pay(id);
    const hasSeen = (node: Node) =>
      node
        .output()
        .split('\n')
        .some((line) => line.includes(id) && line.includes('"to":"lockup_seen"'));
    const seer = await eventually(async () => [...cluster.workers, ...apis].find(hasSeen)); // an api process, when it was told first
    await seer.kill();
    const alive = apis.find((node) => node !== seer) ?? apis[0];
    await cluster.sandbox('POST', '/blocks', { count: 2 });
    if (!FULL) await cluster.sandbox('POST', '/clock', { advance_s: LEASES_S });
    await isPaid(id, alive);
    await seer.start();
    await eventually(async () => cluster.proxy.ready().length === apis.length);

    const first = await follower(cluster);
    await first.node.kill();
    const died = performance.now();
    if (!FULL) await cluster.sandbox('POST', '/clock', { advance_s: LEASES_S });
    expect((await follower(cluster, first.fence)).node).not.toBe(first.node);
    if (FULL) expect(performance.now() - died).toBeLessThan(TAKEOVER_MS);
    const direct = await create(cluster);
    const { liquid_address: address, amount_sats } = await read(cluster, direct);
    await cluster.sandbox('POST', '/send', { address, amount_sats });
    await isPaid(direct);
    await first.node.start();
  });

  test(`rolling restarts of both api processes for ${ROLL_SECONDS} s under load fail no request and do nothing twice`, async () => {
    const played = await playRolling(cluster, { seconds: ROLL_SECONDS, newAddress });
    if (process.env['ROLL']) console.log(JSON.stringify(played.figures));
    expect(played.failures.slice(0, 5)).toEqual([]);
    expect(played.codes.filter((code) => code !== 0)).toEqual([]);
    expect(played.restarts).toBeGreaterThanOrEqual(2);
    expect(played.duplicated).toEqual([]);
    expect(played.watched).toBe('PAID');
    const books = await booksOf({ ...cluster, call: apis[0].call });
    expect(books.faults).toEqual([]);
  });

  test('figures are for the port of whoever watches: the port of the public has none, and made-up addresses make no series', async () => {
    expect((await fetch(`${apis[0].url}/metrics`)).status).toBe(404);
    await apis[0].call('GET', `/made-up/${newAddress()}`);
    const text = await (await fetch(`${apis[0].metricsUrl}/metrics`)).text();
    expect(text).toMatch(/avopay_requests_total\{route="none",method="GET",status="404"\} \d+/);
    expect(text).not.toContain('made-up');
    for (const node of [...apis, ...cluster.workers]) {
      const one = await (await fetch(`${node.metricsUrl}/metrics`)).text();
      expect(one).toContain('avopay_chain_followed 1\n');
      expect(one).toContain('avopay_database_up 1\n');
      expect((await fetch(`${node.metricsUrl}/readyz`)).status).toBe(200);
    }
  });

  test('no line that any of them has logged holds a secret', async () => {
    const id = await create(cluster); // each was started anew meanwhile
    await pay(id);
    await isPaid(id);
    const secrets = [cluster.demo.password, cluster.demo.secret_key];
    for (const node of [...apis, ...cluster.workers]) {
      const logged = node
        .output()
        .split('\n')
        .filter((line) => line.startsWith('{'));
      for (const secret of secrets) expect(logged.filter((line) => line.includes(secret))).toEqual([]);
    }
    expect([...apis, ...cluster.workers].some((node) => node.output().includes('swap advanced'))).toBe(true);
  });
});
