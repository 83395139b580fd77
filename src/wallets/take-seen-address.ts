import type { Tx } from '../lib/database.ts';
import type { Sats } from '../lib/money.ts';
import type { TakeClaimAddressDeps } from './take-claim-address.ts';
import { sameBytes } from '../lib/bytes.ts';
import { newId } from '../lib/ids.ts';
import { findClaimLease, insertClaimLease } from './address-store.ts';
import { deriveScript } from './derive-address.ts';
import { GAP_LIMIT } from './scan-chain.ts';
import { lockChain, skipIndexes } from './script-chain-store.ts';
import { openDescriptor } from './sealed-descriptor.ts';
import { readClaimChainId } from './wallet-store.ts';

export type SeenAddress = Readonly<{ accountId: string; swapId: string; amountSats: Sats; scripts: readonly Uint8Array[]; at: Date }>;

/** Records that are a day old may be this many addresses behind the chain, besides a wallet's own gap. */
const BEHIND_MAX = 1_000 + GAP_LIMIT;

/**
 * A claim on the chain pays one of these scripts: the address among them that is the merchant's becomes the swap's, as if it had been taken
 * for it, and is never given out again. False: none of them is.
 */
export async function takeSeenAddress(deps: TakeClaimAddressDeps, tx: Tx, seen: SeenAddress): Promise<boolean> {
  const { accountId, swapId, amountSats, at } = seen;
  if (await findClaimLease(tx, seen)) return true;
  const chainId = await readClaimChainId(tx, accountId);
  if (!chainId) return false;
  const chain = await lockChain(tx, { id: chainId, accountId });
  const descriptor = openDescriptor(deps, chain);
  for (let index = 0; index < chain.nextIndex + BEHIND_MAX; index++) {
    const scriptPubKey = deriveScript(descriptor, index);
    if (!seen.scripts.some((script) => sameBytes(script, scriptPubKey))) continue;
    const ids = { leaseId: newId(deps.random, 'lease'), addressId: newId(deps.random, 'address') };
    await skipIndexes(tx, chain.id, index + 1);
    await insertClaimLease(tx, { ...ids, accountId, chainId, index, scriptPubKey, swapId, amountSats, leasedAt: at });
    return true;
  }
  return false;
}
