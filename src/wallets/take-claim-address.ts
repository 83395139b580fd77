import type { Tx } from '../lib/database.ts';
import type { Sats } from '../lib/money.ts';
import type { Random } from '../lib/random.ts';
import type { Sealer } from '../lib/sealed.ts';
import type { NetworkName } from '../liquid/network.ts';
import { newId } from '../lib/ids.ts';
import { findClaimLease, insertClaimLease } from './address-store.ts';
import { deriveAddress } from './derive-address.ts';
import { lockChain, lockClaimChain, takeNextIndex } from './script-chain-store.ts';
import { openDescriptor } from './sealed-descriptor.ts';

export type TakeClaimAddressDeps = { readonly sealer: Sealer; readonly network: NetworkName; readonly random: Random };
export type ClaimAddressRequest = Readonly<{ accountId: string; swapId: string; amountSats: Sats; at: Date }>;
export type ClaimAddress = Readonly<{ addressId: string; scriptPubKey: Uint8Array; blindingPublicKey: Uint8Array }>;

/**
 * The merchant's address for one swap's claim, taken in the caller's transaction, which stores the claim too. A swap has one address for
 * ever: asked again, also at the same time, the answer is the stored one. Indices follow each other without a gap, because only swaps
 * that are being claimed take one.
 * @throws Error when the account has no wallet connected now. Then nothing may be claimed: the wallet may have been reset because its
 * keys are lost, and an unclaimed lockup goes back to the payer.
 */
export async function takeClaimAddress(deps: TakeClaimAddressDeps, tx: Tx, request: ClaimAddressRequest): Promise<ClaimAddress> {
  const { accountId } = request;
  const chain = await lockClaimChain(tx, accountId);
  // Looked at under the lock: another transaction may have taken this swap's address meanwhile.
  const stored = await findClaimLease(tx, request);
  if (stored) return addressOf(deps, stored.chainId === chain?.id ? chain : await lockChain(tx, { id: stored.chainId, accountId }), stored);
  if (!chain) throw new Error('the account has no wallet to claim to');
  return lease(deps, tx, { request, chain });
}

type Chain = Awaited<ReturnType<typeof lockChain>>;
type Stored = Readonly<{ addressId: string; index: number }>;

async function lease(
  deps: TakeClaimAddressDeps,
  tx: Tx,
  { request, chain }: { request: ClaimAddressRequest; chain: Chain },
): Promise<ClaimAddress> {
  const index = await takeNextIndex(tx, chain.id);
  const address = addressOf(deps, chain, { addressId: newId(deps.random, 'address'), index });
  const leaseId = newId(deps.random, 'lease');
  const { accountId, swapId, amountSats, at } = request;
  const { addressId, scriptPubKey } = address;
  await insertClaimLease(tx, { leaseId, addressId, accountId, chainId: chain.id, index, scriptPubKey, swapId, amountSats, leasedAt: at });
  return address;
}

function addressOf(deps: TakeClaimAddressDeps, chain: Chain, { addressId, index }: Stored): ClaimAddress {
  const { scriptPubKey, blindingPublicKey } = deriveAddress(openDescriptor(deps, chain), index);
  return { addressId, scriptPubKey, blindingPublicKey };
}
