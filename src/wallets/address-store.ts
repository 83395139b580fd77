import type { Sats } from '../lib/money.ts';
import type { Tx } from '../lib/database.ts';
import { inTx } from '../lib/database.ts';

/** An address promised to one swap's claim. */
export type ClaimLease = Readonly<{
  leaseId: string;
  addressId: string;
  accountId: string;
  chainId: string;
  index: number;
  scriptPubKey: Uint8Array;
  swapId: string;
  amountSats: Sats;
  leasedAt: Date;
}>;

/** Where a swap's claim goes, if that was decided. The account stands in the `where`. */
export async function findClaimLease(
  tx: Tx,
  key: { accountId: string; swapId: string },
): Promise<Readonly<{ addressId: string; chainId: string; index: number }> | null> {
  const lease = await inTx(tx).addressLease.findFirst({
    where: { swapId: key.swapId, accountId: key.accountId },
    select: { address: { select: { id: true, chainId: true, index: true } } },
  });
  return lease && { addressId: lease.address.id, chainId: lease.address.chainId, index: lease.address.index };
}

export async function insertClaimLease(tx: Tx, lease: ClaimLease): Promise<void> {
  const db = inTx(tx);
  const { addressId, chainId, index, accountId, swapId, amountSats, leasedAt } = lease;
  const scriptPubKey = Uint8Array.from(lease.scriptPubKey);
  await db.address.create({ data: { id: addressId, chainId, index, scriptPubKey, everUsedAt: null } });
  await db.addressLease.create({
    data: { id: lease.leaseId, accountId, addressId, purpose: 'claim', paymentId: null, swapId, amountSats, leasedAt, releasedAt: null },
  });
}
