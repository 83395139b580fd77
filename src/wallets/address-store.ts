import type { Address as AddressRow, AddressLease as LeaseRow } from '../../prisma/generated/client.ts';
import type { Sats } from '../lib/money.ts';
import type { Tx } from '../lib/database.ts';
import { askIn } from '../lib/database.ts';
import { firstOf, insertInto, statement } from '../lib/row-statements.ts';

type Wide<Row extends { scriptPubKey: Uint8Array }> = Omit<Row, 'scriptPubKey'> & { scriptPubKey: Uint8Array };
export const insertAddressRow = insertInto<Wide<AddressRow>>('Address');
export const insertLeaseRow = insertInto<LeaseRow>('AddressLease');

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
  return firstOf(askIn(tx), claimLease(key.swapId, key.accountId));
}

const claimLease = statement<{ addressId: string; chainId: string; index: number }>(`
  SELECT a."id" AS "addressId", a."chainId", a."index" FROM "AddressLease" l JOIN "Address" a ON a."id" = l."addressId"
  WHERE l."swapId" = $1 AND l."accountId" = $2`);

export async function insertClaimLease(tx: Tx, lease: ClaimLease): Promise<void> {
  const { addressId, chainId, index, scriptPubKey, leaseId, accountId, swapId, amountSats, leasedAt } = lease;
  await askIn(tx)(insertClaim(addressId, chainId, index, Buffer.from(scriptPubKey), leaseId, accountId, swapId, amountSats, leasedAt));
}

/** The address and who it is promised to: what one refers to is looked for when the whole statement is done. */
const insertClaim = statement(`
  WITH address AS (INSERT INTO "Address" ("id", "chainId", "index", "scriptPubKey") VALUES ($1, $2, $3, $4))
  INSERT INTO "AddressLease" ("id", "accountId", "addressId", "swapId", "amountSats", "leasedAt", "purpose")
  VALUES ($5, $6, $1, $7, $8, $9, 'claim')`);
