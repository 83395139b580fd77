import type { SandboxWorld } from '../support/sandbox-world.ts';
import { afterEach, describe, expect, test } from 'vitest';
import { sha256, toHex } from '../../src/lib/bytes.ts';
import { buildSwapTree } from '../../src/liquid/swap-tree.ts';
import { shareSandboxWorld } from '../support/sandbox-world.ts';
import { openSwap, payUntilLocked, readLockup } from '../support/swap-client.ts';

let world: SandboxWorld;
shareSandboxWorld((opened) => {
  world = opened;
});
afterEach(async () => void (await world.control('DELETE', '/faults')));

const set = (faults: object) => world.control('POST', '/faults', faults);
const chainAnswers = async (path: string, init?: RequestInit) => {
  const response = await fetch(`${world.sandbox.chainUrl}${path}`, init);
  return { status: response.status, text: await response.text() };
};

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
