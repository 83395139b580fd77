import type { SandboxWorld } from '../support/sandbox-world.ts';
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import { readyLiquid } from '../../src/liquid/zkp.ts';
import { shareSandboxWorld } from '../support/sandbox-world.ts';
import { differences, openSwap, payUntilLocked, readLockup, readStatus, until } from '../support/swap-client.ts';

let world: SandboxWorld;
beforeAll(async () => void (await readyLiquid())); // the client rebuilds trees
shareSandboxWorld((opened) => {
  world = opened;
});
afterEach(async () => void (await world.control('DELETE', '/faults')));

const set = (faults: object) => world.control('POST', '/faults', faults);

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
