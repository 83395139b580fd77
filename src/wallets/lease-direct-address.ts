import type { Tx } from '../lib/database.ts';
import type { Sats } from '../lib/money.ts';
import type { Random } from '../lib/random.ts';
import type { Sealer } from '../lib/sealed.ts';
import type { NetworkName } from '../liquid/network.ts';
import type { StoredAddress } from './direct-lease-store.ts';
import type { ScriptChain } from './script-chain-store.ts';
import { newId } from '../lib/ids.ts';
import { addMs, HOUR_MS } from '../lib/time.ts';
import { deriveScript } from './derive-address.ts';
import { findDirectLease, findRecyclable, insertAddress, insertDirectLease } from './direct-lease-store.ts';
import { lockChain, takeNextIndex } from './script-chain-store.ts';
import { openDescriptor } from './sealed-descriptor.ts';
import { readDirectChainId } from './wallet-store.ts';

export type LeaseDirectAddressDeps = { readonly sealer: Sealer; readonly network: NetworkName; readonly random: Random };
export type DirectAddressRequest = Readonly<{
  accountId: string;
  paymentId: string;
  amountSats: Sats;
  at: Date;
  /** Asked under the chain's lock, before an address is taken. False: none for this payment. */
  mayTake?: (tx: Tx) => Promise<boolean>;
}>;

/** Wallets look 20 addresses past the last used one; claims take theirs from the same counter, so five are left to them (conformance D-8). */
export const UNUSED_AHEAD_MAX = 15;
/** DIRECT_ADDRESS_REST: so long an address rests after its payment ended, before another payer is shown it (conformance D-8). */
export const RECYCLED_AFTER_MS = HOUR_MS;

/**
 * The address on which a payment may be paid with L-BTC, taken in the commit that inserts the payment. One that an ended payment left
 * unused comes first, the longest free one; else the next index, while no more than 15 lie unused ahead. Null: none is free. Asked again
 * for the same payment, the answer is the stored one.
 * @throws Error when the account has no wallet connected.
 */
export async function leaseDirectAddress(
  deps: LeaseDirectAddressDeps,
  tx: Tx,
  request: DirectAddressRequest,
): Promise<StoredAddress | null> {
  const { accountId, paymentId, amountSats, at } = request;
  const chainId = await readDirectChainId(tx, accountId);
  if (!chainId) throw new Error('the account has no wallet to be paid to');
  const chain = await lockChain(tx, { id: chainId, accountId });
  const known = await findDirectLease(tx, { accountId, paymentId });
  if (known) return known;
  if (request.mayTake && !(await request.mayTake(tx))) return null;
  const address = (await findRecyclable(tx, chainId, addMs(at, -RECYCLED_AFTER_MS))) ?? (await takeFresh(deps, tx, chain));
  if (!address) return null;
  const leaseId = newId(deps.random, 'lease');
  await insertDirectLease(tx, { leaseId, addressId: address.addressId, accountId, paymentId, amountSats, leasedAt: at });
  return address;
}

async function takeFresh(deps: LeaseDirectAddressDeps, tx: Tx, chain: ScriptChain): Promise<StoredAddress | null> {
  if (chain.nextIndex - chain.lastUsedIndex - 1 >= UNUSED_AHEAD_MAX) return null;
  const index = await takeNextIndex(tx, chain.id);
  const address = { addressId: newId(deps.random, 'address'), chainId: chain.id, index };
  await insertAddress(tx, { ...address, scriptPubKey: deriveScript(openDescriptor(deps, chain), index) });
  return address;
}
