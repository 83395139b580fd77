import type { SandboxWorld } from '../support/sandbox-world.ts';
import type { ClientSwap } from '../support/swap-client.ts';
import { secp256k1 } from '@noble/curves/secp256k1.js';
import { createServer } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { sha256, toHex } from '../../src/lib/bytes.ts';
import { systemRandom } from '../../src/lib/random.ts';
import { FAULTS } from '../../sandbox/faults/fault-table.ts';
import { makeSandboxFolder, openSandboxWorld } from '../support/sandbox-world.ts';
import {
  broadcast,
  createBody,
  openSwap,
  payUntilLocked,
  prepareClaim,
  readStatus,
  signAlone,
  signTogether,
  until,
} from '../support/swap-client.ts';

let world: SandboxWorld;
let remove: () => Promise<void>;
let folder: string;
beforeAll(async () => {
  const made = await makeSandboxFolder();
  ({ remove, folder } = made);
  world = await openSandboxWorld(folder);
});
afterAll(async () => {
  await world.stop();
  await remove();
});
afterEach(async () => void (await world.control('DELETE', '/faults')));

const blindingPublicKey = secp256k1.getPublicKey(systemRandom(32), true);
const DESTINATION = { scriptPubKey: Uint8Array.of(0, 20, ...systemRandom(20)), blindingPublicKey };

const set = (faults: object) => world.control('POST', '/faults', faults);
const create = (changes = {}) => world.provider('POST', '/swap/reverse', createBody(changes));

describe('the fault routes', () => {
  test('answer what is in force, keep what is not mentioned, and forget all of it when cleared', async () => {
    expect((await world.control('GET', '/faults')).body).toEqual({});
    expect((await set({ chain: 'lagging' })).body).toEqual({ chain: 'lagging' });
    expect((await set({ rates: 'zero' })).body).toEqual({ chain: 'lagging', rates: 'zero' });
    expect((await set({ chain: 'up' })).body).toEqual({ rates: 'zero' });
    expect((await world.control('DELETE', '/faults')).body).toEqual({});
    expect((await world.control('GET', '/faults')).body).toEqual({});
  });

  test.each([
    [{ weather: 'bad' }],
    [{ chain: 'sideways' }],
    [{ rates: 'zero', chain: 'sideways' }],
    [{ chain: null }],
    [{ toString: 'x' }],
  ])('refuse %j whole, with a list of what there is', async (body) => {
    const refused = await set(body);
    expect(refused.status).toBe(400);
    for (const [name, values] of Object.entries(FAULTS)) expect(refused.body['error']).toContain(`${name}: ${values.join('|')}`);
    expect((await world.control('GET', '/faults')).body).toEqual({});
  });

  test('faults are still in force after a restart', async () => {
    await set({ provider: 'connection_refused', chain: 'down' });
    await world.stop();
    world = await openSandboxWorld(folder);
    expect((await world.control('GET', '/faults')).body).toEqual({ provider: 'connection_refused', chain: 'down' });
    await expect(create()).rejects.toThrow();
    await world.control('DELETE', '/faults');
    expect((await create()).status).toBe(201);
  });
});

describe('a provider in trouble', () => {
  test.each([
    ['refuse_create', 400, 'reverse swaps are suspended'],
    ['insufficient_liquidity', 400, 'insufficient liquidity'],
    ['no_pairs', 404, 'could not find pair with id: L-BTC/BTC'],
    ['http_500', 500, 'internal error'],
  ])('%s answers a creation with %i', async (provider, status, error) => {
    await set({ provider });
    expect(await create()).toEqual({ status, body: { error } });
  });

  test('that refuses connections is not there at all: no answer, no socket, and the port is free', async () => {
    const before = new WebSocket(`${world.sandbox.providerUrl.replace('http', 'ws')}/ws`);
    await new Promise((resolve) => before.once('open', resolve));
    const broken = new Promise((resolve) => before.once('close', resolve));
    await set({ provider: 'connection_refused' });
    await broken;
    const error = await fetch(world.sandbox.providerUrl).catch(({ cause }: Error) => cause);
    expect(error).toMatchObject({ code: 'ECONNREFUSED' });
    const other = createServer().listen(Number(new URL(world.sandbox.providerUrl).port), '127.0.0.1');
    await new Promise((resolve) => other.once('listening', resolve));
    const back = world.control('DELETE', '/faults');
    await new Promise((resolve) => other.close(resolve));
    await back;
    expect((await create()).status).toBe(201);
  });

  test('that hangs does what it is asked, and never says so', async () => {
    await set({ provider: 'hang' });
    const body = createBody();
    const signal = AbortSignal.timeout(300);
    const init = { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body), signal };
    await expect(fetch(`${world.sandbox.providerUrl}/swap/reverse`, init)).rejects.toThrow(/timeout/i);
    await world.control('DELETE', '/faults');
    const restored = await world.provider<unknown[]>('POST', '/swap/restore', { publicKey: body['claimPublicKey'] });
    expect(restored.body).toHaveLength(1);
    expect((await world.provider('POST', '/swap/reverse', body)).status).toBe(409);
  });
});

describe('a provider whose signer is in trouble', () => {
  const shopperSees = async (swap: ClientSwap) => (await world.control('GET', `/pay/${toHex(sha256(swap.preimage))}`)).body['status'];
  const locked = async () => {
    const swap = await openSwap(world);
    await payUntilLocked(world, swap);
    return { swap, claim: await prepareClaim(world, swap, DESTINATION) };
  };

  test('refuses to sign and settles nothing; the claim by the script path goes through and settles', async () => {
    const { swap, claim } = await locked();
    await set({ provider: 'signer_off' });
    await expect(signTogether(world, swap, claim)).rejects.toThrow('cooperative claims are disabled');
    expect(await shopperSees(swap)).toBe('held');
    expect((await broadcast(world, signAlone(swap, claim))).status).toBe(201);
    await until(async () => (await shopperSees(swap)) === 'settled');
  });

  test('signs something else, which is noticed, and settles', async () => {
    const { swap, claim } = await locked();
    await set({ provider: 'cosign_wrong' });
    await expect(signTogether(world, swap, claim)).rejects.toThrow(/partial|signature/i);
    await until(async () => (await shopperSees(swap)) === 'settled');
  });

  test('signs but cannot settle, and settles when it can', async () => {
    const { swap, claim } = await locked();
    await set({ provider: 'settle_fails' });
    expect((await broadcast(world, await signTogether(world, swap, claim))).status).toBe(201);
    await world.control('POST', '/blocks', { count: 2 });
    expect(await shopperSees(swap)).toBe('held');
    await world.control('DELETE', '/faults');
    await until(async () => (await shopperSees(swap)) === 'settled');
    expect((await readStatus(world, swap)).status).toBe('invoice.settled');
  });
});

test.each([
  ['up', 1],
  ['webhook_lost', 0],
  ['webhook_twice', 2],
])('a provider that is %s calls a swap’s webhook %i times for one status', async (provider, times) => {
  const { url, id } = (await world.control<{ url: string; id: string }>('POST', '/inbox')).body;
  await set({ provider });
  const swap = await openSwap(world, { webhook: { url, status: ['transaction.mempool'] } });
  await payUntilLocked(world, swap);
  await new Promise((resolve) => setTimeout(resolve, 300)); // calls are made beside everything else
  const { body } = await world.control<{ body: string }[]>('GET', `/inbox/${id}`);
  expect(body.map(({ body: text }) => JSON.parse(text).data)).toEqual(
    Array(times).fill({ id: swap.created.id, status: 'transaction.mempool' }),
  );
});

type Frame = { event?: string; args?: { id: string; status: string }[] };
async function connect() {
  const socket = new WebSocket(`${world.sandbox.providerUrl.replace('http', 'ws')}/ws`);
  const frames: Frame[] = [];
  socket.on('message', (text) => frames.push(JSON.parse(String(text))));
  await new Promise((resolve) => socket.once('open', resolve));
  const closed = new Promise((resolve) => socket.once('close', resolve));
  const subscribe = (id: string) => socket.send(JSON.stringify({ op: 'subscribe', channel: 'swap.update', args: [id] }));
  const told = () => frames.filter(({ event }) => event === 'update').flatMap(({ args = [] }) => args.map(({ status }) => status));
  return { socket, frames, closed, subscribe, told };
}

describe('the provider’s socket in trouble', () => {
  test('half open it stays connected and says nothing, not even to a ping', async () => {
    const client = await connect();
    await set({ provider: 'ws_silent' });
    const swap = await openSwap(world);
    client.subscribe(swap.created.id);
    client.socket.send('{"op":"ping"}');
    await payUntilLocked(world, swap);
    expect(client.frames).toEqual([]);
    expect(client.socket.readyState).toBe(WebSocket.OPEN);
    await world.control('DELETE', '/faults');
    await until(async () => client.told().includes('transaction.mempool'));
    client.socket.close();
  });

  test('it breaks every connection, old and new', async () => {
    const client = await connect();
    await set({ provider: 'ws_drop' });
    await client.closed;
    const again = await connect();
    await again.closed;
    expect(again.frames).toEqual([]);
  });

  test('it tells updates twice, and an old one behind them', async () => {
    const swap = await openSwap(world);
    const client = await connect();
    client.subscribe(swap.created.id);
    await until(async () => client.told().length === 1);
    await set({ provider: 'ws_mixed' });
    await payUntilLocked(world, swap);
    await until(async () => client.told().length >= 4);
    expect(client.told()).toEqual(['swap.created', 'transaction.mempool', 'transaction.mempool', 'swap.created']);
    client.socket.close();
  });
});
