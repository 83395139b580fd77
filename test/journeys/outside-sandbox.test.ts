import type { Listening } from '../../sandbox/provider/listen.ts';
import type { OwnSandbox } from '../../sandbox/start-sandbox.ts';
import type { Avopay, LogLine } from '../support/avopay.ts';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { serveControl } from '../../sandbox/link/serve-control.ts';
import { startSandbox } from '../../sandbox/start-sandbox.ts';
import { freePort } from '../../scripts/spawn-server.ts';
import { readConfig } from '../../src/config.ts';
import { makeLog } from '../../src/lib/log.ts';
import { start } from '../../src/start.ts';
import { callJson, eventually, keptLog, startAvopay } from '../support/avopay.ts';
import { booksOf } from '../support/books.ts';
import { startBeside, SHARED_KEYS } from '../support/second-server.ts';

/** The far side, which the servers know by nothing but its address. */
type Far = { readonly sandbox: OwnSandbox; readonly control: Listening };

const log = makeLog('silent');
const lines: LogLine[] = [];
let folder: string;
let port: number;
let far: Far;
let first: Avopay;
let second: Pick<Avopay, 'url' | 'call' | 'stop'>;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'avopay-far-'));
  port = await freePort();
  far = await openFar();
  const settings = { SANDBOX_URL: far.control.url };
  first = await startAvopay({ ...SHARED_KEYS, ...settings }, keptLog(lines));
  second = await startBeside(first, { ...settings, NETWORK: 'sandbox' });
});
afterAll(async () => {
  await second.stop();
  await first.stop();
  await closeFar(far);
  await rm(folder, { recursive: true, force: true });
});

async function openFar(): Promise<Far> {
  const sandbox = await startSandbox({ folder, baseClock: () => new Date(), network: 'regtest' });
  return { sandbox, control: await serveControl(sandbox, { host: '127.0.0.1', port, log }) };
}
async function closeFar({ sandbox, control }: Far): Promise<void> {
  await control.close();
  await sandbox.close();
}

const play = async (server: Pick<Avopay, 'call'>, method: string, path: string, body?: unknown) =>
  (await server.call(method, `/sandbox${path}`, { key: null, ...(body === undefined ? {} : { body }) })).body;
const create = async (server: Pick<Avopay, 'call'>) => {
  const made = await server.call('POST', '/api/v1/payments', { body: { amount: 20, currency: 'EUR' } });
  return (await server.call('GET', `/api/v1/payments/${made.body.payment_id}`)).body;
};
const statusOf = async (server: Pick<Avopay, 'call'>, id: string) => (await server.call('GET', `/api/v1/payments/${id}`)).body.status;

describe('a sandbox of another process', () => {
  test('knows one demo account for all servers of a database, and pays both ways', async () => {
    expect((await play(second, 'GET', '')).demo).toEqual((await play(first, 'GET', '')).demo);
    const [lightning, liquid] = [await create(first), await create(second)];
    await play(first, 'POST', '/pay', { invoice: lightning.lightning_invoice });
    await play(second, 'POST', '/send', { address: liquid.liquid_address, amount_sats: liquid.amount_sats });
    await eventually(async () => (await statusOf(second, lightning.payment_id)) === 'paid');
    await eventually(async () => (await statusOf(first, liquid.payment_id)) === 'paid');
    expect(await booksOf(first)).toMatchObject({ balanced: true, paidPayments: 2, faults: [] });
  });

  test('moves the clock of every server at once, whichever was called, and what falls due has run when it answers', async () => {
    for (const [mover, other] of [[first, second] as const, [second, first] as const]) {
      const open = await create(other);
      const before = Date.parse((await play(other, 'GET', '')).now);
      await play(mover, 'POST', '/clock', { advance_s: 700 });
      expect(await statusOf(other, open.payment_id)).toBe('expired');
      const fresh = await create(other);
      expect(Date.parse(fresh.expires_at)).toBeGreaterThanOrEqual(before + 700_000 + 600_000);
    }
  });

  test('makes accounts and webhooks in the product that was called, and its names lead where its faults say', async () => {
    const shop = await play(second, 'POST', '/accounts', { plan: 'trial' });
    expect(await second.call('POST', '/api/v1/payments', { body: { amount: 9, currency: 'EUR' }, key: shop.secret_key })).toMatchObject({
      status: 201,
    });
    const inbox = await play(second, 'POST', '/inbox', {});
    const url = inbox.url.replace('127.0.0.1', 'shop.sandbox.test');
    await play(second, 'POST', '/webhook', { account_id: shop.account_id, url });
    const { payment_id: id } = (
      await second.call('POST', '/api/v1/payments', { body: { amount: 9, currency: 'EUR' }, key: shop.secret_key })
    ).body;
    const { lightning_invoice: invoice } = (await second.call('GET', `/api/v1/payments/${id}`, { key: shop.secret_key })).body;
    await play(second, 'POST', '/pay', { invoice });
    await eventually(async () => (await play(first, 'GET', `/inbox/${inbox.id}`)).some((call: { body: string }) => call.body.includes(id)));
    const refused = await first.call('POST', '/sandbox/webhook', { body: { url: 'no address' }, key: null });
    expect(refused).toMatchObject({ status: 400, body: { error: expect.any(String) } });
  });

  test('answers a control call as it would itself: unknown ones 404, forms 415, and a page of another origin is kept out', async () => {
    expect(await first.call('POST', '/sandbox/nothing', { key: null, body: {} })).toMatchObject({ status: 404 });
    const form = { key: null, body: 'a=1', headers: { 'content-type': 'application/x-www-form-urlencoded' } };
    expect(await first.call('POST', '/sandbox/clock', form)).toMatchObject({ status: 415 });
    const page = { key: null, headers: { origin: 'https://shop.example' } };
    expect(await first.call('GET', '/sandbox', page)).toMatchObject({ status: 403 });
    const link = new WebSocket(`${far.control.url.replace('http', 'ws')}/sandbox/link`, { origin: 'https://shop.example' });
    await expect(new Promise((_resolve, reject) => link.on('error', reject))).rejects.toThrow('403');
  });

  test('that goes away is said so, loses nothing, and is found again with the same world', async () => {
    const [paidLater, held] = [await create(first), await create(first)];
    const before = await play(first, 'GET', '');
    await closeFar(far);
    const away = await eventually(async () => {
      const reply = await first.call('GET', '/sandbox', { key: null });
      return reply.status === 503 && reply;
    });
    expect(away.body.error).toMatch(/away/);
    expect(await first.call('POST', '/api/v1/payments', { body: { amount: 20, currency: 'EUR' } })).toMatchObject({
      status: 503,
      body: { error: expect.stringMatching(/please retry$/) },
    });
    expect(await statusOf(second, held.payment_id)).toBe('pending');
    expect(lines.filter(({ sentence }) => sentence.startsWith('the sandbox is away'))).toHaveLength(1);
    far = await openFar();
    const after = await eventually(async () => (await play(first, 'GET', ''))?.demo && play(first, 'GET', ''));
    expect(after).toMatchObject({ demo: before.demo, provider_url: before.provider_url });
    expect(Date.parse(after.now)).toBeGreaterThanOrEqual(Date.parse(before.now));
    await play(first, 'POST', '/pay', { invoice: paidLater.lightning_invoice });
    await eventually(async () => (await statusOf(first, paidLater.payment_id)) === 'paid');
    expect(await booksOf(first)).toMatchObject({ balanced: true, faults: [] });
  });

  test('that was started after AvoPay is waited for, and a start that waits can be stopped', async () => {
    const settings = { PORT: String(await freePort()), DATA_DIR: folder, DATABASE_URL: first.connectionString, ...SHARED_KEYS };
    const nowhere = readConfig({ ...settings, SANDBOX_URL: `http://127.0.0.1:${await freePort()}` });
    if (!nowhere.ok) throw new Error(nowhere.error.join('; '));
    const stopping = new AbortController();
    const said: LogLine[] = [];
    const starting = start(nowhere.value, keptLog(said), { stopping: stopping.signal });
    starting.catch(() => undefined); // looked at below
    await eventually(async () => said.some(({ sentence }) => sentence.startsWith('the sandbox is away')));
    stopping.abort(new Error('stopped'));
    await expect(starting).rejects.toThrow('stopped');
  });

  test('another database there has its own demo account, and both go on being paid', async () => {
    const stranger = await startAvopay({ SANDBOX_URL: far.control.url });
    try {
      expect(stranger.demo.account_id).not.toBe(first.demo.account_id);
      expect((await play(first, 'GET', '')).demo.account_id).toBe(first.demo.account_id);
      const open = await create(stranger);
      await play(stranger, 'POST', '/pay', { invoice: open.lightning_invoice });
      await eventually(async () => (await statusOf(stranger, open.payment_id)) === 'paid');
    } finally {
      await stranger.stop();
    }
    const moved = await callJson(`${far.control.url}/sandbox/clock`, { method: 'POST', body: { advance_s: 5 }, key: null, headers: {} });
    expect(moved.status).toBe(200); // without the one that has left
  });
});
