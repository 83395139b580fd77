import type { NewEvent } from '../../src/events/event.ts';
import type { Database, Tx } from '../../src/lib/database.ts';
import type { ClaimAddress } from '../../src/wallets/take-claim-address.ts';
import type { ConnectWalletDeps, ConnectWalletInput } from '../../src/wallets/connect-wallet.ts';
import type { Descriptor } from '../../src/wallets/descriptor.ts';
import { HDKey } from '@scure/bip32';
import { toHex } from '../../src/lib/bytes.ts';
import { inTx } from '../../src/lib/database.ts';
import { newId } from '../../src/lib/ids.ts';
import { sats } from '../../src/lib/money.ts';
import { systemRandom } from '../../src/lib/random.ts';
import { makeSealer } from '../../src/lib/sealed.ts';
import { Secret } from '../../src/lib/secret.ts';
import { connectWallet } from '../../src/wallets/connect-wallet.ts';
import { parseDescriptor } from '../../src/wallets/descriptor.ts';
import { takeClaimAddress } from '../../src/wallets/take-claim-address.ts';

export const AT = new Date('2026-11-22T10:00:00.123Z');
const network = 'regtest';
const sealer = makeSealer(new Secret(new Uint8Array(32).fill(7)), systemRandom);

/** A wallet of its own for every call: AQUA's descriptor with a fresh seed, on regtest. */
export function aquaDescriptor(): string {
  const seed = systemRandom(64);
  const key = HDKey.fromMasterSeed(seed, { public: 0x043587cf, private: 0x04358394 }).derive("m/49'/1'/0'");
  return `ct(slip77(${toHex(systemRandom(32))}),elsh(wpkh(${key.publicExtendedKey}/0/*)))`;
}
/** The same addresses, blinded with another key. */
export function withOtherBlinding(descriptor: string): string {
  return descriptor.replace(/slip77\(.{64}/, `slip77(${'22'.repeat(32)}`);
}
export function parsed(text: string): Descriptor {
  const result = parseDescriptor(text, network);
  if (!result.ok) throw new Error(result.error.code);
  return result.value;
}
export const swapId = (): string => newId(systemRandom, 'swap');

export function input(accountId: string, descriptor: string, claim = descriptor): ConnectWalletInput {
  return { accountId, lbtcDescriptor: descriptor, btclnDescriptor: claim, via: 'api' };
}

/** Accounts and wallets in a test's database. */
export function walletsIn(database: () => Database) {
  const deps = (change: { usedUpTo?: () => Promise<number>; now?: () => Date } = {}): ConnectWalletDeps => {
    return { database: database(), network, sealer, random: systemRandom, now: () => AT, usedUpTo: async () => -1, recordEvent, ...change };
  };
  async function account(): Promise<string> {
    const id: string = newId(systemRandom, 'account');
    await database().client.account.create({
      data: { id, name: 'Shop', status: 'active', isOperator: false, settings: {}, trialUsed: 0, eventSeq: 0n, version: 1, createdAt: AT },
    });
    return id;
  }
  async function connected(descriptor = aquaDescriptor(), claim = descriptor, used = -1): Promise<string> {
    const accountId = await account();
    const result = await connectWallet(deps({ usedUpTo: async () => used }), input(accountId, descriptor, claim));
    if (!result.ok) throw new Error(result.error.code);
    return accountId;
  }
  function claimFor(accountId: string, swap: string): Promise<ClaimAddress> {
    const request = { accountId, swapId: swap, amountSats: sats(1_000n), at: AT };
    return database().transact((tx) => takeClaimAddress(deps(), tx, request));
  }
  const chainOf = (descriptor: string) => database().client.scriptChain.findUniqueOrThrow({ where: { id: parsed(descriptor).chainId } });
  return { deps, account, connected, claimFor, chainOf };
}

/** Locks the account as the event log does. */
async function recordEvent(tx: Tx, event: NewEvent): Promise<void> {
  await inTx(tx).account.update({ where: { id: event.accountId }, data: { eventSeq: { increment: 1 } } });
}
