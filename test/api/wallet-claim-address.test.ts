import type { TestDatabase } from '../support/database.ts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { toHex } from '../../src/lib/bytes.ts';
import { sats } from '../../src/lib/money.ts';
import { connectWallet } from '../../src/wallets/connect-wallet.ts';
import { deriveAddress, deriveScript } from '../../src/wallets/derive-address.ts';
import { takeClaimAddress } from '../../src/wallets/take-claim-address.ts';
import { endWallet } from '../../src/wallets/wallet-store.ts';
import { freshDatabase } from '../support/database.ts';
import { AT, aquaDescriptor, input, parsed, swapId, walletsIn } from '../support/wallets.ts';

const { deps, account, connected, claimFor, chainOf } = walletsIn(() => db.database);

let db: TestDatabase;
beforeAll(async () => {
  db = await freshDatabase();
});
afterAll(() => db.close());

describe('the address of a claim', () => {
  test('is one of its own for each of fifty swaps at once, without a gap', async () => {
    const descriptor = aquaDescriptor();
    const accountId = await connected(descriptor, descriptor, 4);
    const addresses = await Promise.all(Array.from({ length: 50 }, () => claimFor(accountId, swapId())));
    const expected = Array.from({ length: 50 }, (_, offset) => toHex(deriveScript(parsed(descriptor), 5 + offset)));
    expect(addresses.map((address) => toHex(address.scriptPubKey)).sort()).toEqual(expected.sort());
    const rows = await db.database.client.address.findMany({ where: { chainId: parsed(descriptor).chainId }, orderBy: { index: 'asc' } });
    expect(rows.map((row) => row.index)).toEqual(Array.from({ length: 50 }, (_, offset) => 5 + offset));
    expect((await chainOf(descriptor)).nextIndex).toBe(55);
  });

  test('is the same for the same swap, asked again or ten times at once', async () => {
    const descriptor = aquaDescriptor();
    const accountId = await connected(descriptor);
    const swap = swapId();
    const answers = await Promise.all(Array.from({ length: 10 }, () => claimFor(accountId, swap)));
    answers.push(await claimFor(accountId, swap));
    const { blindingPublicKey, scriptPubKey } = deriveAddress(parsed(descriptor), 0);
    for (const answer of answers) expect(answer).toEqual({ addressId: answers[0]?.addressId, scriptPubKey, blindingPublicKey });
    expect((await chainOf(descriptor)).nextIndex).toBe(1);
    expect(await db.database.client.addressLease.findMany({ where: { swapId: swap } })).toMatchObject([
      { accountId, purpose: 'claim', paymentId: null, amountSats: 1_000n, leasedAt: AT, releasedAt: null },
    ]);
  });

  test('D-9: is of the claim descriptor when the two differ', async () => {
    const [direct, claim] = [aquaDescriptor(), aquaDescriptor()];
    const accountId = await connected(direct, claim);
    expect((await claimFor(accountId, swapId())).scriptPubKey).toEqual(deriveScript(parsed(claim), 0));
    expect((await chainOf(direct)).nextIndex).toBe(0);
  });

  test('stays what it was after the wallet changed', async () => {
    const [before, after] = [aquaDescriptor(), aquaDescriptor()];
    const accountId = await connected(before);
    const swap = swapId();
    const first = await claimFor(accountId, swap);
    await db.database.transact((tx) => endWallet(tx, accountId, AT));
    await connectWallet(deps(), input(accountId, after));
    expect(await claimFor(accountId, swap)).toEqual(first);
    expect((await claimFor(accountId, swapId())).scriptPubKey).toEqual(deriveScript(parsed(after), 0));
  });

  test('is not taken when the transaction around it fails', async () => {
    const descriptor = aquaDescriptor();
    const accountId = await connected(descriptor);
    const request = { accountId, swapId: swapId(), amountSats: sats(1_000n), at: AT };
    const failing = db.database.transact(async (tx) => {
      await takeClaimAddress(deps(), tx, request);
      throw new Error('the process dies here');
    });
    await expect(failing).rejects.toThrow('dies here');
    expect((await chainOf(descriptor)).nextIndex).toBe(0);
    expect((await claimFor(accountId, swapId())).scriptPubKey).toEqual(deriveScript(parsed(descriptor), 0));
  });

  test('is never that of another account', async () => {
    const accountId = await connected();
    const swap = swapId();
    await claimFor(accountId, swap);
    await expect(claimFor(await connected(), swap)).rejects.toThrow();
    await expect(claimFor(await account(), swapId())).rejects.toThrow('no wallet to claim to');
  });
});
