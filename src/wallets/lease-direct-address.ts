import type { Tx } from '../lib/database.ts';
import type { Sats } from '../lib/money.ts';
import type { Random } from '../lib/random.ts';
import type { Sealer } from '../lib/sealed.ts';
import type { NetworkName } from '../liquid/network.ts';
import type { AddressVerdict } from './address-checks.ts';
import type { StoredAddress } from './direct-lease-store.ts';
import type { ScriptChain } from './script-chain-store.ts';
import { newId } from '../lib/ids.ts';
import { nextFresh, recycledBefore } from './address-gap.ts';
import { deriveScript } from './derive-address.ts';
import { findDirectLease, findRecyclables, insertAddress, insertDirectLease, markAddressUsed } from './direct-lease-store.ts';
import { lockDirectChain, takeNextIndex } from './script-chain-store.ts';
import { openDescriptor } from './sealed-descriptor.ts';

export type LeaseDirectAddressDeps = {
  readonly sealer: Sealer;
  readonly network: NetworkName;
  readonly random: Random;
  /** Whether everything on the chain has been looked through up to a moment ago. */
  readonly isFollowed: (tx: Tx, at: Date) => Promise<boolean>;
};
export type DirectAddressRequest = Readonly<{
  accountId: string;
  paymentId: string;
  amountSats: Sats;
  at: Date;
  /** The payment begins with this very commit: it has no address yet. Absent: it may have one. */
  isNew?: boolean;
  /** What the chain said of an address before this transaction began. */
  verdict: (chainId: string, index: number) => AddressVerdict;
  /** False: no address had rested when the chain was asked, a moment ago. One that has since is for the next payment. Absent: not looked. */
  hasRested?: boolean;
  /** Asked under the chain's lock, before an address is taken. False: none for this payment. */
  mayTake?: (tx: Tx) => Promise<boolean>;
}>;

/** Rested addresses that turn out used in one look: the rest is found out by the next payments. */
const RESTED_MAX = 5;

/**
 * The address on which a payment may be paid with L-BTC, taken in the commit that inserts the payment. One that an ended payment left
 * unused comes first, the longest free one; else the next index, while no more than 15 lie unused ahead. One that the chain has seen is
 * passed over for ever. One of which no source could say is taken only while the chain is followed, so that a payment to it is seen.
 * Null: none is free. Asked again for the same payment, the answer is the stored one.
 * @throws Error when the account has no wallet connected.
 */
export async function leaseDirectAddress(
  deps: LeaseDirectAddressDeps,
  tx: Tx,
  request: DirectAddressRequest,
): Promise<StoredAddress | null> {
  const { accountId, paymentId, amountSats, at } = request;
  const chain = await lockDirectChain(tx, accountId);
  if (!chain) throw new Error('the account has no wallet to be paid to');
  const chainId = chain.id;
  const known = request.isNew ? null : await findDirectLease(tx, { accountId, paymentId });
  if (known) return known;
  if (request.mayTake && !(await request.mayTake(tx))) return null;
  const address = (await takeRested(tx, request, chainId)) ?? (await takeFresh(deps, tx, { chain, request }));
  if (!address) return null;
  const isCertain = request.verdict(chainId, address.index) === 'free';
  if (!isCertain && !(await deps.isFollowed(tx, at))) return null;
  if (address.addressId === null) address.addressId = await keepFresh(deps, tx, { chain, index: address.index });
  const { addressId, index } = address;
  const leaseId = newId(deps.random, 'lease');
  await insertDirectLease(tx, { leaseId, addressId, accountId, paymentId, amountSats, leasedAt: at });
  return { addressId, chainId, index };
}

/** An address about to be leased; a fresh one has no row yet. */
type Candidate = { addressId: string | null; readonly index: number };

async function takeRested(tx: Tx, { at, verdict, hasRested }: DirectAddressRequest, chainId: string): Promise<Candidate | null> {
  if (hasRested === false) return null;
  for (const { addressId, index } of await findRecyclables(tx, { chainId, before: recycledBefore(at), limit: RESTED_MAX })) {
    if (verdict(chainId, index) !== 'used') return { addressId, index };
    await markAddressUsed(tx, addressId, at);
  }
  return null;
}

type Fresh = { readonly chain: ScriptChain; readonly request: DirectAddressRequest };

/** Indices that the wallet's own app has used are taken out of the count on the way. */
async function takeFresh(deps: LeaseDirectAddressDeps, tx: Tx, { chain, request }: Fresh): Promise<Candidate | null> {
  const { passed, index } = nextFresh(chain, (next) => request.verdict(chain.id, next));
  for (const used of passed) await markAddressUsed(tx, await keepFresh(deps, tx, { chain, index: used }), request.at);
  return index === null ? null : { addressId: null, index };
}

/** Takes the next index, which must be this one: the chain is locked. */
async function keepFresh(deps: LeaseDirectAddressDeps, tx: Tx, { chain, index }: { chain: ScriptChain; index: number }): Promise<string> {
  if ((await takeNextIndex(tx, chain.id)) !== index) throw new Error('an index was taken from a locked chain');
  const addressId = newId(deps.random, 'address');
  await insertAddress(tx, { addressId, chainId: chain.id, index, scriptPubKey: deriveScript(openDescriptor(deps, chain), index) });
  return addressId;
}
