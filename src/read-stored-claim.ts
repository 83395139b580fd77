import type { Swap as SwapRow } from '../prisma/generated/client.ts';
import type { Sealer } from './lib/sealed.ts';
import type { ChainSource } from './liquid/chain-source.ts';
import type { NetworkName } from './liquid/network.ts';
import type { ClaimOnRecord } from './swaps/signer.ts';
import type { Swap } from './swaps/swap.ts';
import pg from 'pg';
import { sameBytes } from './lib/bytes.ts';
import { readClaimOnRecord } from './swaps/claim-record.ts';
import { swapFromRow } from './swaps/swap-row-store.ts';
import { deriveScript } from './wallets/derive-address.ts';
import { openDescriptor } from './wallets/sealed-descriptor.ts';

/** Claims are few at a time and each reads for a millisecond. */
const CONNECTIONS = 4;
/** A database that does not answer within this is away: the ask fails, and the swap is looked at again. */
const READ_TIMEOUT_MS = 5_000;
const INT8 = 20;

export type StoredClaims = {
  readonly read: (swapId: string) => Promise<ClaimOnRecord | null>;
  readonly close: () => Promise<void>;
};

export type StoredClaimDeps = {
  readonly connectionString: string;
  readonly sealer: Sealer;
  readonly network: NetworkName;
  readonly chains: readonly ChainSource[];
};

/** The signer's own eyes: it reads rows over connections of its own, in transactions that the database lets write nothing. */
export function openStoredClaims(deps: StoredClaimDeps): StoredClaims {
  const { connectionString, chains } = deps;
  const timeouts = { connectionTimeoutMillis: READ_TIMEOUT_MS, query_timeout: READ_TIMEOUT_MS };
  const pool = new pg.Pool({ connectionString, max: CONNECTIONS, types: { getTypeParser }, ...timeouts });
  pool.on('error', () => {}); // an idle connection was cut: the next read makes another
  pool.on('connect', (client) => client.on('error', () => {})); // one in use was cut: its query fails, which is where it is handled
  const read = (swapId: string) => readRows(pool, deps, swapId);
  return {
    read: async (swapId) => {
      const rows = await read(swapId);
      if (!rows) return null;
      return readClaimOnRecord({ chains, findSwap: async () => rows.swap, destinationOf: async () => rows.destination }, swapId);
    },
    close: () => pool.end(),
  };
}

type Rows = Readonly<{ swap: Swap; destination: Uint8Array | null }>;

/** Swap and address as they stood at one moment. */
async function readRows(pool: pg.Pool, deps: StoredClaimDeps, swapId: string): Promise<Rows | null> {
  const client = await pool.connect();
  let fault: Error | undefined;
  try {
    await client.query('BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY');
    const swaps = await client.query<SwapRow>('SELECT * FROM "Swap" WHERE "id" = $1', [swapId]);
    const [row] = swaps.rows;
    const leases = row && (await client.query<LeaseRow>(LEASED, [swapId, row.accountId]));
    await client.query('COMMIT');
    return row ? { swap: swapFromRow(deps.sealer, row), destination: destinationOf(deps, leases?.rows[0]) } : null;
  } catch (error) {
    fault = error instanceof Error ? error : new Error(String(error));
    throw error;
  } finally {
    client.release(fault); // a connection on which something broke is not used again
  }
}

type LeaseRow = Readonly<{ index: number; scriptPubKey: Uint8Array; id: string; descriptorSealed: Uint8Array }>;

/** The account stands in the `where` twice: the lease and the wallet's chain must both be of the one who is paid. */
const LEASED = `SELECT a."index", a."scriptPubKey", c."id", c."descriptorSealed"
  FROM "AddressLease" l JOIN "Address" a ON a."id" = l."addressId" JOIN "ScriptChain" c ON c."id" = a."chainId"
  WHERE l."swapId" = $1 AND l."purpose" = 'claim' AND l."accountId" = $2 AND c."accountId" = $2`;

/** Derived here from the merchant's sealed descriptor. Null: nothing is leased, or the row names another script than that. */
function destinationOf(deps: StoredClaimDeps, lease: LeaseRow | undefined): Uint8Array | null {
  if (!lease) return null;
  const derived = deriveScript(openDescriptor(deps, lease), lease.index);
  return sameBytes(derived, new Uint8Array(lease.scriptPubKey)) ? derived : null;
}

/** As the stores' client reads rows: 64-bit numbers are bigint, the rest is what `pg` makes of it. */
function getTypeParser(oid: number, format?: 'text' | 'binary') {
  if (oid === INT8 && format !== 'binary') return BigInt;
  return pg.types.getTypeParser(oid, format);
}
