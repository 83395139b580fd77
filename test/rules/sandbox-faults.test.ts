import type { SandboxWorld } from '../support/sandbox-world.ts';
import type { ClientSwap } from '../support/swap-client.ts';
import { secp256k1 } from '@noble/curves/secp256k1.js';
import { createServer } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { sha256, toHex } from '../../src/lib/bytes.ts';
import { systemRandom } from '../../src/lib/random.ts';
import { buildSwapTree } from '../../src/liquid/swap-tree.ts';
import { FAULTS } from '../../sandbox/faults/fault-table.ts';
import { makeSandboxFolder, openSandboxWorld } from '../support/sandbox-world.ts';
import {
  broadcast,
  createBody,
  differences,
  openSwap,
  payUntilLocked,
  prepareClaim,
  readLockup,
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
const chainAnswers = async (path: string, init?: RequestInit) => {
  const response = await fetch(`${world.sandbox.chainUrl}${path}`, init);
  return { status: response.status, text: await response.text() };
};

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

/** TABLE: what a careful client finds wrong with each lie of a creation, by rebuilding everything from its own values. */
const FOUND: { readonly [lie: string]: readonly string[] } = {
  amount: ['invoice amount'],
  payment_hash: ['payment hash'],
  payment_secret: ['payment secret'],
  two_payment_hashes: [],
  tree_keys: ['claim leaf', 'address'],
  leaf_version: ['leaf versions', 'address'],
  extra_leaf: ['leaves', 'address'],
  refund_key_parity: ['address'],
  timeout: [],
  blinding_key: ['address'],
  address: ['address'],
  onchain_amount: [],
};

describe('a lying provider', () => {
  test.each(Object.entries(FOUND))('that lies about the %s lies about nothing else', async (provider_lies, found) => {
    await set({ provider_lies });
    expect(differences(await openSwap(world), 10_000n)).toEqual(found);
  });

  test('offers one sat less, or a timeout of half an hour, in an otherwise honest swap', async () => {
    const honest = (await openSwap(world)).created;
    await set({ provider_lies: 'onchain_amount' });
    expect((await openSwap(world)).created.onchainAmount).toBe((honest.onchainAmount ?? 0) - 1);
    await set({ provider_lies: 'timeout' });
    expect((await openSwap(world)).created.timeoutBlockHeight).toBe(honest.timeoutBlockHeight - 1_410);
  });

  test('names two payment hashes in one signed invoice, and the shopper pays it not', async () => {
    await set({ provider_lies: 'two_payment_hashes' });
    const { created } = await openSwap(world);
    expect((await world.control('POST', '/pay', { invoice: created.invoice })).status).toBe(400);
  });

  test('locks one sat less than it promised, in a real output', async () => {
    await set({ provider_lies: 'lockup_value' });
    const swap = await openSwap(world);
    await payUntilLocked(world, swap);
    expect((await readLockup(world, swap)).valueSats).toBe(BigInt((swap.created.onchainAmount ?? 0) - 1));
  });

  test.each(['lockup_value', 'lockup_asset', 'lockup_script', 'rbf_lockup', 'double_spend_lockup'])(
    'that lies by %s keeps the lie when the fault ends, and gives the payer the money back after the timeout',
    async (provider_lies) => {
      await set({ provider_lies });
      const swap = await openSwap(world);
      await world.control('DELETE', '/faults');
      await world.control('POST', '/blocks', { count: 1 });
      await payUntilLocked(world, swap);
      const { payment_hash } = (await world.control('POST', '/pay', { invoice: swap.created.invoice })).body;
      expect((await world.control('GET', `/pay/${payment_hash}`)).body).toEqual({ status: 'held' });
      await world.control('POST', '/clock', { advance_s: 1_500 * 60 });
      await until(async () => (await world.control('GET', `/pay/${payment_hash}`)).body['status'] === 'refunded');
      expect((await readStatus(world, swap)).status).toMatch(/^(?:swap\.expired|transaction\.refunded)$/);
    },
  );
});

describe('a chain source in trouble', () => {
  test('that is down answers 503 to everything', async () => {
    await set({ chain: 'down' });
    expect(await chainAnswers('/blocks/tip/height')).toMatchObject({ status: 503 });
  });

  test('that lags is two blocks behind and has no mempool', async () => {
    const height = Number((await chainAnswers('/blocks/tip/height')).text);
    await set({ chain: 'lagging' });
    const swap = await openSwap(world);
    await payUntilLocked(world, swap);
    const { txid } = await readLockup(world, swap);
    const history = `/scripthash/${toHex(sha256(buildSwapTree(swap.terms).scriptPubKey))}/txs`;
    expect((await chainAnswers(history)).text).toBe('[]');
    expect((await chainAnswers('/blocks/tip/height')).text).toBe(String(height - 2));
    expect((await chainAnswers('/mempool/txids')).text).toBe('[]');
    for (const status of [404, 404, 200]) {
      await world.control('POST', '/blocks', { count: 1 });
      expect((await chainAnswers(`/tx/${txid}/hex`)).status).toBe(status);
    }
    expect((await chainAnswers(history)).text).toContain(txid);
  });

  test('that rejects broadcasts still answers reads', async () => {
    await set({ chain: 'rejects_broadcast' });
    expect((await chainAnswers('/tx', { method: 'POST', body: '00' })).text).toContain('min relay fee not met');
    expect((await chainAnswers('/blocks/tip/height')).status).toBe(200);
  });
});

describe('price sources in trouble', () => {
  const gecko = async () => {
    const response = await fetch(
      `${world.sandbox.ratesUrls.coingecko}/simple/price?ids=bitcoin&vs_currencies=eur&include_last_updated_at=true`,
    );
    return { status: response.status, text: await response.text() };
  };
  const cap = async () => {
    const response = await fetch(`${world.sandbox.ratesUrls.coincap}/rates`);
    return { status: response.status, bitcoin: response.ok ? (await response.json()).data[0].rateUsd : null };
  };
  test.each([
    ['first_down', 503, '', 200, '86603.0000000000000000'],
    ['all_down', 503, '', 503, null],
    ['nan', 200, '"eur":NaN', 200, 'NaN'],
    ['zero', 200, '"eur":0,', 200, '0.0000000000000000'],
    ['times_100', 200, '"eur":8018800,', 200, '8660300.0000000000000000'],
  ])('told to be %s answer in their own shapes with it', async (rates, geckoStatus, geckoText, capStatus, bitcoin) => {
    await set({ rates });
    const told = await gecko();
    expect(told.status).toBe(geckoStatus);
    expect(told.text).toContain(geckoText);
    expect(await cap()).toEqual({ status: capStatus, bitcoin });
  });

  test('stale prices carry a stamp of an hour ago', async () => {
    const before = JSON.parse((await gecko()).text).bitcoin.last_updated_at;
    await set({ rates: 'stale' });
    expect(before - JSON.parse((await gecko()).text).bitcoin.last_updated_at).toBeGreaterThan(3_500);
  });
});

describe('the sandbox’s own names', () => {
  test.each([
    ['ok', ['127.0.0.1']],
    ['fails', []],
    ['loopback', ['127.0.0.1', '::1']],
    ['private', ['10.0.0.5', 'fd00::5']],
  ])('stand for what webhook_dns=%s says, and no other name does', async (webhook_dns, addresses) => {
    await set({ webhook_dns });
    expect(await world.sandbox.lookUp('shop.sandbox.test')).toEqual(addresses);
    expect(world.sandbox.lookUp('shop.example')).toBeNull();
    expect(world.sandbox.lookUp('sandbox.test.example')).toBeNull();
  });
});
