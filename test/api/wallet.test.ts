import type { NewEvent } from '../../src/events/event.ts';
import type { Tx } from '../../src/lib/database.ts';
import type { TestDatabase } from '../support/database.ts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ChainSourceFault } from '../../src/liquid/chain-source.ts';
import { connectWallet } from '../../src/wallets/connect-wallet.ts';
import { deriveAddress } from '../../src/wallets/derive-address.ts';
import { endWallet, hasWallet } from '../../src/wallets/wallet-store.ts';
import { freshDatabase } from '../support/database.ts';
import { AT, aquaDescriptor, input, parsed, swapId, walletsIn, withOtherBlinding } from '../support/wallets.ts';

const LATER = new Date('2026-11-23T11:30:00.456Z');
const { deps, account, connected, claimFor, chainOf } = walletsIn(() => db.database);

let db: TestDatabase;
beforeAll(async () => {
  db = await freshDatabase();
});
afterAll(() => db.close());

describe('connecting a wallet', () => {
  test('answers what the merchant can compare, and keeps the descriptor sealed', async () => {
    const accountId = await account();
    const descriptor = aquaDescriptor();
    expect(await hasWallet(deps(), accountId)).toBe(false);
    const result = await connectWallet(deps(), input(accountId, descriptor));
    expect(result).toMatchObject({ ok: true, value: { connectedAt: AT, firstAddress: deriveAddress(parsed(descriptor), 0).confidential } });
    expect(await hasWallet(deps(), accountId)).toBe(true);
    const chain = await chainOf(descriptor);
    expect(Buffer.from(chain.descriptorSealed).toString('latin1')).not.toContain('slip77');
    expect(chain).toMatchObject({ accountId, nextIndex: 0, lastUsedIndex: -1, scannedAt: AT });
  });

  test('is said once in the event log', async () => {
    const events: NewEvent[] = [];
    const accountId = await account();
    const spoken = { ...deps(), recordEvent: async (_tx: Tx, event: NewEvent) => events.push(event) };
    const descriptor = aquaDescriptor();
    await connectWallet(spoken, input(accountId, descriptor));
    await connectWallet(spoken, input(accountId, descriptor));
    expect(events).toMatchObject([{ accountId, type: 'wallet.connected', subjectVersion: 1, webhookBody: null, at: AT }]);
    expect(JSON.stringify(events)).not.toContain('slip77');
  });

  test('D-2: a second time is refused with the documented words, also with the same descriptor', async () => {
    const descriptor = aquaDescriptor();
    const accountId = await connected(descriptor);
    const refusal = { ok: false, error: { kind: 'conflict', message: 'Wallet already connected — contact support to reset' } };
    expect(await connectWallet(deps(), input(accountId, descriptor))).toMatchObject(refusal);
    expect(await connectWallet(deps(), input(accountId, aquaDescriptor()))).toMatchObject(refusal);
  });

  test('twenty times at once connects one wallet and refuses nineteen', async () => {
    const accountId = await account();
    const descriptors = Array.from({ length: 20 }, () => aquaDescriptor());
    const results = await Promise.all(descriptors.map((descriptor) => connectWallet(deps(), input(accountId, descriptor))));
    expect(results.filter((result) => result.ok)).toHaveLength(1);
    const refusals = results.filter((result) => !result.ok).map((result) => !result.ok && result.error.code);
    expect(new Set(refusals)).toEqual(new Set(['wallet_already_connected']));
    expect(await db.database.client.wallet.count({ where: { accountId } })).toBe(1);
    expect(await db.database.client.scriptChain.count({ where: { accountId } })).toBe(1);
  });

  test('D-6: of another account is refused, however the descriptor is spelled, and also in a race', async () => {
    const descriptor = aquaDescriptor();
    await connected(descriptor);
    const other = withOtherBlinding(descriptor.replace('/0/*', '/<0;1>/*'));
    const refusal = { ok: false, error: { kind: 'conflict', message: 'This wallet is already connected to another account' } };
    expect(await connectWallet(deps(), input(await account(), other))).toMatchObject(refusal);

    const contested = aquaDescriptor();
    const accounts = await Promise.all(Array.from({ length: 8 }, account));
    const results = await Promise.all(accounts.map((accountId) => connectWallet(deps(), input(accountId, contested))));
    expect(results.filter((result) => result.ok)).toHaveLength(1);
    expect(results.filter((result) => !result.ok)).toMatchObject(Array(7).fill(refusal));
    expect(await db.database.client.wallet.count({ where: { accountId: { in: accounts } } })).toBe(1);
  });

  test('with two chains crosswise in two accounts at once ends without a deadlock', async () => {
    const [one, two] = [aquaDescriptor(), aquaDescriptor()];
    const [left, right] = [await account(), await account()];
    const results = await Promise.all([connectWallet(deps(), input(left, one, two)), connectWallet(deps(), input(right, two, one))]);
    expect(results.filter((result) => result.ok)).toHaveLength(1);
  });

  test('D-5: stores the same descriptor for both uses as one chain, and two descriptors as two', async () => {
    const same = await connected();
    const [one, two] = [aquaDescriptor(), aquaDescriptor()];
    const apart = await connected(one, two);
    expect(await db.database.client.scriptChain.count({ where: { accountId: same } })).toBe(1);
    const wallet = await db.database.client.wallet.findFirstOrThrow({ where: { accountId: apart } });
    expect([wallet.directChainId, wallet.claimChainId]).toEqual([parsed(one).chainId, parsed(two).chainId]);
  });

  test('says which of the two descriptors is wrong, and refuses two blinding keys for one chain', async () => {
    const accountId = await account();
    const good = aquaDescriptor();
    const wrong = good.replace('/0/*', '/1/*');
    const error = { code: 'descriptor_path' };
    expect(await connectWallet(deps(), input(accountId, wrong, good))).toMatchObject({ error: { ...error, field: 'lbtcDescriptor' } });
    expect(await connectWallet(deps(), input(accountId, good, wrong))).toMatchObject({ error: { ...error, field: 'btclnDescriptor' } });
    const blinded = withOtherBlinding(good);
    expect(await connectWallet(deps(), input(accountId, good, blinded))).toMatchObject({ error: { code: 'descriptor_blinding' } });
    expect(await hasWallet(deps(), accountId)).toBe(false);
  });

  test('waits while the chain cannot be read', async () => {
    const accountId = await account();
    const blind = deps({ usedUpTo: () => Promise.reject(new ChainSourceFault('all', 'away')) });
    expect(await connectWallet(blind, input(accountId, aquaDescriptor()))).toMatchObject({ ok: false, error: { kind: 'unavailable' } });
    expect(await hasWallet(deps(), accountId)).toBe(false);
    const broken = deps({ usedUpTo: () => Promise.reject(new TypeError('a bug')) });
    await expect(connectWallet(broken, input(accountId, aquaDescriptor()))).rejects.toThrow('a bug');
  });

  test('leaves nothing behind when its event cannot be written', async () => {
    const accountId = await account();
    const descriptor = aquaDescriptor();
    const dying = { ...deps(), recordEvent: () => Promise.reject(new Error('the process dies here')) };
    await expect(connectWallet(dying, input(accountId, descriptor))).rejects.toThrow('dies here');
    expect(await hasWallet(deps(), accountId)).toBe(false);
    expect(await connectWallet(deps(), input(accountId, descriptor))).toMatchObject({ ok: true });
  });
});

describe('a wallet that was reset', () => {
  async function reset(accountId: string) {
    expect(await db.database.transact((tx) => endWallet(tx, accountId, LATER))).toBe(true);
  }

  test('goes on counting where it stood when it comes back', async () => {
    const descriptor = aquaDescriptor();
    const accountId = await connected(descriptor);
    await claimFor(accountId, swapId());
    await claimFor(accountId, swapId());
    await reset(accountId);
    expect(await hasWallet(deps(), accountId)).toBe(false);
    expect(await connectWallet(deps({ now: () => LATER }), input(accountId, descriptor))).toMatchObject({ ok: true });
    expect(await chainOf(descriptor)).toMatchObject({ nextIndex: 2, scannedAt: LATER });
    await reset(accountId);
    await connectWallet(deps({ usedUpTo: async () => 40 }), input(accountId, descriptor));
    expect(await chainOf(descriptor)).toMatchObject({ nextIndex: 41, lastUsedIndex: 40 });
  });

  test('is not claimed to', async () => {
    const accountId = await connected();
    await reset(accountId);
    await expect(claimFor(accountId, swapId())).rejects.toThrow('no wallet to claim to');
  });

  test('still belongs to its account', async () => {
    const descriptor = aquaDescriptor();
    await reset(await connected(descriptor));
    const result = await connectWallet(deps(), input(await account(), descriptor));
    expect(result).toMatchObject({ ok: false, error: { code: 'wallet_of_other_account' } });
  });

  test('does not come back with another blinding key', async () => {
    const descriptor = aquaDescriptor();
    const accountId = await connected(descriptor);
    await reset(accountId);
    const other = withOtherBlinding(descriptor);
    expect(await connectWallet(deps(), input(accountId, other))).toMatchObject({
      ok: false,
      error: { code: 'wallet_blinding_key_differs' },
    });
  });
});
