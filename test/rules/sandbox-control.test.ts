import type { SandboxWorld } from '../support/sandbox-world.ts';
import { secp256k1 } from '@noble/curves/secp256k1.js';
import { request } from 'node:http';
import { describe, expect, test } from 'vitest';
import { lastBeforeGap, longestGap } from '../../sandbox/merchant-wallet/scan-wallet.ts';
import { readDescriptor } from '../../sandbox/merchant-wallet/wallet-descriptor.ts';
import { makeInvoice } from '../../sandbox/provider/bolt11-invoice.ts';
import { startSandbox } from '../../sandbox/start-sandbox.ts';
import { sha256, toHex } from '../../src/lib/bytes.ts';
import { confidentialAddress, unconfidentialAddress } from '../../src/liquid/address.ts';
import { makeSandboxFolder, openSandboxWorld, shareSandboxWorld } from '../support/sandbox-world.ts';
import { openSwap, payUntilLocked, readStatus, REGTEST, until } from '../support/swap-client.ts';

let world: SandboxWorld;
shareSandboxWorld((opened) => {
  world = opened;
});

type Account = { account_id: string; descriptor: string };

function addressesOf({ descriptor }: Account, index: number): { confidential: string; explicit: string } {
  const wallet = readDescriptor(descriptor);
  if (!wallet) throw new Error('the descriptor cannot be read');
  const script = wallet.scriptAt(index);
  const blindingPublicKey = secp256k1.getPublicKey(wallet.blindingKeyOf(script), true);
  return { confidential: confidentialAddress(REGTEST, script, blindingPublicKey), explicit: unconfidentialAddress(REGTEST, script) };
}

const newAccount = async (body: object = {}) => (await world.control<Account>('POST', '/accounts', body)).body;
const send = (body: object) => world.control<{ txid: string; error: string }>('POST', '/send', body);
const walletOf = async ({ account_id }: Account) => (await world.control('GET', `/wallet?account_id=${account_id}`)).body;

describe('the merchant’s wallet', () => {
  test('counts blinded and open payments in L-BTC, and nothing else', async () => {
    const account = await newAccount();
    await send({ address: addressesOf(account, 0).confidential, amount_sats: 1_000 });
    await send({ address: addressesOf(account, 1).explicit, amount_sats: 200 });
    await send({ address: addressesOf(account, 2).confidential, amount_sats: 30, confidential: false });
    await send({ address: addressesOf(account, 3).confidential, amount_sats: 1_000, asset: 'OTHER' });
    expect(await walletOf(account)).toMatchObject({ balance_sats: 1_230, invisible_sats: 0, last_used_index: 3, longest_unused_run: 0 });
  });

  test('does not see money behind twenty unused addresses, which is told as invisible', async () => {
    const account = await newAccount();
    const { txid } = (await send({ address: addressesOf(account, 19).confidential, amount_sats: 500 })).body;
    await send({ address: addressesOf(account, 40).confidential, amount_sats: 77 });
    const wallet = await walletOf(account);
    expect(wallet).toMatchObject({ balance_sats: 500, invisible_sats: 77, last_used_index: 19, longest_unused_run: 20 });
    expect(wallet['utxos']).toEqual([expect.objectContaining({ txid, value_sats: 500, index: 19, confirmed: false })]);
  });

  test('of an account without a connected one is made all the same, and empty', async () => {
    const account = await newAccount({ wallet: 'none', plan: 'trial' });
    expect(world.hostCalls).not.toContain(`wallet ${account.account_id}`);
    expect(world.hostCalls).toContain('account Sandbox shop trial');
    expect(await walletOf(account)).toEqual({
      balance_sats: 0,
      invisible_sats: 0,
      utxos: [],
      last_used_index: null,
      longest_unused_run: 0,
    });
  });

  test.each([
    [[], null, 0],
    [[0, 20], 20, 19],
    [[0, 21], 0, 20],
    [[20], null, 20],
    [[19, 39, 60], 39, 20],
  ])('of used indexes %j sees the last at %j, and the longest unused run is %i', (used, last, gap) => {
    expect(lastBeforeGap(used)).toBe(last);
    expect(longestGap(used)).toBe(gap);
  });
});

describe('the shopper', () => {
  const pay = (invoice: string, behaviour?: string) => world.control('POST', '/pay', { invoice, ...(behaviour ? { behaviour } : {}) });
  const status = async (hash: Uint8Array) => (await world.control('GET', `/pay/${toHex(hash)}`)).body['status'];

  test('pays in two parts, which are held only together', async () => {
    const swap = await openSwap(world);
    void pay(swap.created.invoice, 'in_parts');
    await until(async () => (await readStatus(world, swap)).status === 'transaction.mempool');
    expect(await status(swap.terms.preimageHash)).toBe('held');
  });

  test('fails without a lockup when the second part never comes, and may pay again', async () => {
    const swap = await openSwap(world);
    const reply = await pay(swap.created.invoice, 'one_part_only');
    expect(reply.body).toMatchObject({ status: 'failed' });
    expect(await readStatus(world, swap)).toEqual({ status: 'swap.created' });
    await payUntilLocked(world, swap);
    expect(await status(swap.terms.preimageHash)).toBe('held');
  });

  test('pays later by the sandbox’s clock, and fails when the invoice has expired by then', async () => {
    const [soon, late] = [await openSwap(world, { invoiceExpiry: 120 }), await openSwap(world, { invoiceExpiry: 120 })];
    expect((await pay(soon.created.invoice, 'pay_after_s:100')).body).toMatchObject({ status: 'held' });
    await pay(late.created.invoice, 'pay_after_s:121');
    expect((await readStatus(world, soon)).status).toBe('swap.created');
    await world.control('POST', '/clock', { advance_s: 300 });
    expect((await readStatus(world, soon)).status).toBe('transaction.confirmed');
    expect(await status(soon.terms.preimageHash)).toBe('held');
    expect(await readStatus(world, late)).toEqual({ status: 'invoice.expired' });
    expect(await status(late.terms.preimageHash)).toBe('failed');
  });

  test.each([
    ['/pay', { invoice: 'lnbc1nonsense' }, 'invoice must be'],
    ['/pay', {}, 'invoice must be a text'],
    ['/send', { address: 'nowhere', amount_sats: 5 }, 'address must be'],
    ['/clock', { advance_s: -1 }, 'advance_s must be a whole number'],
    ['/blocks', { count: 0 }, 'count must be a whole number'],
    ['/accounts', { plan: 'daily' }, 'plan must be one of'],
    ['/webhook', { url: 'ftp' }, 'the URL is not one'],
  ])('POST %s %j is refused in a plain sentence', async (path, body, error) => {
    const reply = await world.control('POST', path, body);
    expect(reply.status).toBe(400);
    expect(reply.body['error']).toContain(error);
  });
});

describe('the control routes', () => {
  test('refuse other origins, proxied callers, and bodies that are no JSON', async () => {
    const call = async (headers: { [name: string]: string }, body?: string) => {
      const url = new URL(`${world.controlUrl}/inbox`);
      return new Promise<number>((resolve, reject) => {
        const asked = request(url, { method: 'POST', headers }, (response) => resolve(response.resume().statusCode ?? 0));
        asked.on('error', reject).end(body);
      });
    };
    expect(await call({ origin: 'https://elsewhere.test' })).toBe(403);
    expect(await call({ origin: new URL(world.controlUrl).origin })).toBe(201);
    expect(await call({ 'x-forwarded-for': '203.0.113.7' })).toBe(403);
    expect(await call({ 'content-type': 'text/plain' }, '{}')).toBe(415);
    expect(await call({ 'content-type': 'application/json' }, '{')).toBe(400);
  });

  test('move the clock once and for all, and let the product do what is due', async () => {
    const before = world.sandbox.clock().getTime();
    const dueBefore = world.hostCalls.filter((call) => call === 'due').length;
    const { body } = await world.control<{ now: string }>('POST', '/clock', { advance_s: 3_600 });
    expect(Date.parse(body.now) - before).toBeGreaterThanOrEqual(3_600_000);
    expect(world.sandbox.clock().getTime() - before).toBeLessThan(3_660_000);
    expect(world.hostCalls.filter((call) => call === 'due').length).toBeGreaterThan(dueBefore);
  });

  test('move the clock without the product where nobody is to be waited for', async () => {
    const before = world.sandbox.clock().getTime();
    const dueBefore = world.hostCalls.filter((call) => call === 'due').length;
    await world.control('POST', '/clock', { advance_s: 30, wait: false });
    expect(world.sandbox.clock().getTime() - before).toBeGreaterThanOrEqual(30_000);
    expect(world.hostCalls.filter((call) => call === 'due').length).toBe(dueBefore);
  });

  test('give webhook receivers that keep what arrived, raw, and answer as they are told', async () => {
    const { body: inbox } = await world.control<{ id: string; url: string }>('POST', '/inbox');
    await world.control('PUT', `/inbox/${inbox.id}`, [{ status: 500 }, { status: 302, location: 'http://127.0.0.1:1/' }]);
    const post = () =>
      fetch(`${inbox.url}/deep?x=1`, { method: 'POST', body: '{"a" : 1}', headers: { 'X-Test': 'yes' }, redirect: 'manual' });
    const replies = [await post(), await post(), await post()];
    expect(replies.map((reply) => reply.status)).toEqual([500, 302, 200]);
    expect(replies[1]?.headers.get('location')).toBe('http://127.0.0.1:1/');
    const { body } = await world.control<object[]>('GET', `/inbox/${inbox.id}`);
    expect(body).toHaveLength(3);
    expect(body[0]).toMatchObject({ method: 'POST', path: `/${inbox.id}/deep?x=1`, body: '{"a" : 1}', headers: { 'x-test': 'yes' } });
  });
});

test('both rate sources agree on all nine currencies', async () => {
  const currencies = ['EUR', 'USD', 'GBP', 'CAD', 'AUD', 'JPY', 'CHF', 'DKK', 'BRL'];
  const read = async (url: string): Promise<unknown> => (await fetch(url)).json();
  const { coingecko, coincap } = world.sandbox.ratesUrls;
  const simple = await read(`${coingecko}/simple/price?ids=bitcoin&vs_currencies=${currencies.join(',').toLowerCase()}`);
  const asset = (await read(`${coincap}/assets/bitcoin`)) as { data: { priceUsd: string } }; // the next lines fail on another shape
  const rates = (await read(`${coincap}/rates`)) as { data: { symbol: string; rateUsd: string }[] };
  const perUnit = new Map(rates.data.map(({ symbol, rateUsd }) => [symbol, Number(rateUsd)]));
  const quotients = currencies.map((symbol) => [
    symbol.toLowerCase(),
    Math.round(Number(asset.data.priceUsd) / (perUnit.get(symbol) ?? 0)),
  ]);
  expect(simple).toEqual({ bitcoin: Object.fromEntries(quotients) });
  expect(simple).toMatchObject({ bitcoin: { eur: 80_188 } });
});

const STRANGERS_HASH = 'ab'.repeat(32);

/** A good invoice of a node that nobody here knows. */
function strangersInvoice(): string {
  const terms = {
    amountSats: 1_000n,
    description: 'elsewhere',
    descriptionHash: null,
    expirySeconds: 600,
    createdAtSeconds: 1_800_000_000,
  };
  return makeInvoice({ ...terms, paymentHash: STRANGERS_HASH, paymentSecret: '11'.repeat(32) }, sha256('a stranger'));
}

describe('a restart', () => {
  test('finds the same world: keys, addresses, clock, height, swaps, balances, calls', async () => {
    const { folder, remove: clean } = await makeSandboxFolder();
    let again = await openSandboxWorld(folder);
    const held = await openSwap(again);
    const open = await openSwap(again);
    await payUntilLocked(again, held);
    expect((await again.control('POST', '/pay', { invoice: strangersInvoice() })).body).toMatchObject({ status: 'failed' });
    const demo = again.sandbox.demo();
    await again.control('POST', '/send', { address: addressesOf(demo, 0).confidential, amount_sats: 4_321 });
    const { body: inbox } = await again.control<{ id: string; url: string }>('POST', '/inbox');
    await fetch(inbox.url, { method: 'POST', body: 'kept' });
    const { body: moved } = await again.control<{ now: string }>('POST', '/clock', { advance_s: 300 });
    const before = (await again.control<{ height: number; provider_url: string }>('GET', '')).body;
    await again.stop();
    again = await openSandboxWorld(folder);
    const after = (await again.control<{ height: number; provider_url: string; now: string }>('GET', '')).body;
    expect(again.hostCalls).toEqual([]);
    expect(again.sandbox.demo()).toEqual(demo);
    expect(after.provider_url).toBe(before.provider_url);
    expect(after.height).toBeGreaterThanOrEqual(before.height);
    expect(Date.parse(after.now)).toBeGreaterThanOrEqual(Date.parse(moved.now));
    expect((await readStatus(again, held)).status).toBe('transaction.confirmed');
    expect((await readStatus(again, open)).status).toBe('swap.created');
    expect((await again.control('GET', `/pay/${toHex(held.terms.preimageHash)}`)).body).toEqual({ status: 'held' });
    expect((await again.control('GET', `/pay/${STRANGERS_HASH}`)).body).toMatchObject({ status: 'failed' });
    expect((await again.control('GET', '/wallet')).body).toMatchObject({ balance_sats: 4_321 });
    expect((await again.control<object[]>('GET', `/inbox/${inbox.id}`)).body).toEqual([expect.objectContaining({ body: 'kept' })]);
    await payUntilLocked(again, open);
    await again.stop();
    await clean();
  });
});

test('the sandbox refuses every network but regtest', async () => {
  const options = { folder: '/nonexistent', baseClock: () => new Date() };
  await expect(startSandbox({ ...options, network: 'liquid' as 'regtest' })).rejects.toThrow('regtest only'); // as a setting would bring it
});
