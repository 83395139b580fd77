import type { SandboxWorld } from '../support/sandbox-world.ts';
import { describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { sha256, toHex } from '../../src/lib/bytes.ts';
import { shareSandboxWorld } from '../support/sandbox-world.ts';
import { openSwap, payUntilLocked, until } from '../support/swap-client.ts';

let world: SandboxWorld;
shareSandboxWorld((opened) => {
  world = opened;
});

type Frame = { event?: string; error?: string; args?: unknown[]; channel?: string; timestamp?: string };
type Update = { id: string; status: string };

async function connect(): Promise<{ frames: Frame[]; send(message: unknown): void; close(): void; updates(): Update[] }> {
  const socket = new WebSocket(`${world.sandbox.providerUrl.replace('http', 'ws')}/ws`);
  const frames: Frame[] = [];
  socket.on('message', (text) => frames.push(JSON.parse(String(text)) as Frame)); // held to its shape by the assertions
  await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));
  return {
    frames,
    send: (message) => socket.send(typeof message === 'string' ? message : JSON.stringify(message)),
    close: () => socket.close(),
    updates: () => frames.filter(({ event }) => event === 'update').flatMap(({ args }) => args as Update[]), // as above
  };
}

const subscribe = (ids: readonly string[]) => ({ op: 'subscribe', channel: 'swap.update', args: ids });

describe('the socket', () => {
  test('confirms a subscription, pushes the status of known ids, and keeps silent about unknown ones', async () => {
    const swap = await openSwap(world);
    const client = await connect();
    client.send(subscribe([swap.created.id, 'nobody']));
    await until(async () => client.frames.length >= 2);
    const timestamp = expect.stringMatching(/^\d{13}$/);
    expect(client.frames).toEqual([
      { event: 'subscribe', channel: 'swap.update', args: [swap.created.id, 'nobody'], timestamp },
      { event: 'update', channel: 'swap.update', args: [{ id: swap.created.id, status: 'swap.created' }], timestamp },
    ]);
    client.close();
  });

  test('tells every step of a paid swap, in order, with the lockup', async () => {
    const swap = await openSwap(world);
    const client = await connect();
    client.send(subscribe([swap.created.id]));
    await payUntilLocked(world, swap);
    await world.control('POST', '/blocks', { count: 1 });
    await world.provider('POST', `/swap/reverse/${swap.created.id}/claim`, { preimage: toHex(swap.preimage) });
    await until(async () => client.updates().length >= 4);
    expect(client.updates()).toEqual([
      { id: swap.created.id, status: 'swap.created' },
      { id: swap.created.id, status: 'transaction.mempool', transaction: { id: expect.any(String), hex: expect.any(String), eta: 2 } },
      { id: swap.created.id, status: 'transaction.confirmed', transaction: { id: expect.any(String), hex: expect.any(String) } },
      { id: swap.created.id, status: 'invoice.settled' },
    ]);
    client.close();
  });

  test('answers pings, leaves out what was unsubscribed, and names its limit of a hundred', async () => {
    const [kept, left] = [await openSwap(world), await openSwap(world)];
    const client = await connect();
    client.send({ op: 'ping' });
    client.send('{"op');
    client.send(subscribe(Array.from({ length: 101 }, (_unused, index) => `id${index}`)));
    client.send(subscribe([kept.created.id, left.created.id]));
    client.send({ op: 'unsubscribe', channel: 'swap.update', args: [left.created.id] });
    await until(async () => client.frames.some(({ event }) => event === 'unsubscribe'));
    expect(client.frames.slice(0, 3)).toEqual([
      { event: 'pong' },
      { error: 'could not parse request' },
      { event: 'error', error: 'too many swap ids in swap.update subscribe request: max 100' },
    ]);
    expect(client.frames.find(({ event }) => event === 'unsubscribe')?.args).toEqual([kept.created.id]);
    await payUntilLocked(world, left);
    await payUntilLocked(world, kept);
    await until(async () => client.updates().some(({ status }) => status === 'transaction.mempool'));
    expect(client.updates().filter(({ status }) => status === 'transaction.mempool')).toEqual([
      expect.objectContaining({ id: kept.created.id }),
    ]);
    client.close();
  });

  test('is found at its own path only', async () => {
    const socket = new WebSocket(`${world.sandbox.providerUrl.replace('http', 'ws')}/other`);
    await expect(new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject))).rejects.toThrow('404');
  });
});

describe('a webhook', () => {
  type Call = { body: string };
  const inbox = async () => (await world.control<{ id: string; url: string }>('POST', '/inbox')).body;
  const calls = async (id: string) => {
    const { body } = await world.control<Call[]>('GET', `/inbox/${id}`);
    return body.map((call): unknown => JSON.parse(call.body));
  };

  test('is called for each status with nothing but id and status, hashed where that was asked for', async () => {
    const { id, url } = await inbox();
    const swap = await openSwap(world, { webhook: { url, hashSwapId: true } });
    await payUntilLocked(world, swap);
    await until(async () => (await calls(id)).length === 2);
    const hashed = toHex(sha256(swap.created.id));
    expect(await calls(id)).toEqual([
      { event: 'swap.update', data: { id: hashed, status: 'swap.created' } },
      { event: 'swap.update', data: { id: hashed, status: 'transaction.mempool' } },
    ]);
  });

  test('is only called for the statuses of its filter', async () => {
    const { id, url } = await inbox();
    const swap = await openSwap(world, { webhook: { url, status: ['transaction.mempool', 'transaction.claimed'] } });
    await payUntilLocked(world, swap);
    await until(async () => (await calls(id)).length === 1);
    expect(await calls(id)).toEqual([{ event: 'swap.update', data: { id: swap.created.id, status: 'transaction.mempool' } }]);
  });

  test('that fails is called again a minute later, with the status of that moment', async () => {
    const { id, url } = await inbox();
    await world.control('PUT', `/inbox/${id}`, [{ status: 500 }]);
    const swap = await openSwap(world, { webhook: { url } });
    await until(async () => (await calls(id)).length === 1);
    await world.control('POST', '/clock', { advance_s: 61 });
    await until(async () => (await calls(id)).length === 2);
    expect((await calls(id))[1]).toEqual({ event: 'swap.update', data: { id: swap.created.id, status: 'swap.created' } });
  });
});
