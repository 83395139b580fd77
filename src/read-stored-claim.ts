import type { Swap as SwapRow } from '../prisma/generated/client.ts';
import type { Sealer } from './lib/sealed.ts';
import type { ChainSource } from './liquid/chain-source.ts';
import type { NetworkName } from './liquid/network.ts';
import type { ClaimOnRecord } from './swaps/signer.ts';
import type { Swap } from './swaps/swap.ts';
import pg from 'pg';
import { sameBytes, toHex } from './lib/bytes.ts';
import { rememberContents } from './liquid/remember-contents.ts';
import { readClaimOnRecord } from './swaps/claim-record.ts';
import { swapFromRow } from './swaps/swap-row-store.ts';
import { deriveScript } from './wallets/derive-address.ts';
import { openDescriptor } from './wallets/sealed-descriptor.ts';

/** Claims are few at a time and each reads for a millisecond. */
const CONNECTIONS = 4;
/** A database that does not answer within this is away: the ask fails, and the swap is looked at again. */
const READ_TIMEOUT_MS = 5_000;
const INT8 = 20;
/** Derived scripts that are remembered between the two asks of a claim, 0.3 ms of curve work each. */
const SCRIPTS_MAX = 200;

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

/** The signer's own eyes: it reads rows over connections of its own, through which the database lets nothing be written. */
export function openStoredClaims(deps: StoredClaimDeps): StoredClaims {
  const { connectionString } = deps;
  const timeouts = { connectionTimeoutMillis: READ_TIMEOUT_MS, query_timeout: READ_TIMEOUT_MS };
  const pool = new pg.Pool({ connectionString, max: CONNECTIONS, types: { getTypeParser }, verify: letNothingBeWritten, ...timeouts });
  pool.on('error', () => {}); // an idle connection was cut: the next read makes another
  pool.on('connect', (client) => client.on('error', () => {})); // one in use was cut: its query fails, which is where it is handled
  // A txid covers all that is signed of a lockup (script, asset, value): what was proved by it for the first signature holds for the second.
  const chains = rememberContents(deps.chains);
  const reading = { pool, sealer: deps.sealer, scriptOf: deriveScripts(deps) };
  return {
    read: async (swapId) => {
      const rows = await readRows(reading, swapId);
      if (!rows) return null;
      return readClaimOnRecord({ chains, findSwap: async () => rows.swap, destinationOf: async () => rows.destination }, swapId);
    },
    close: () => pool.end(),
  };
}

/** Before a connection is first used: one on which this cannot be had is not used at all. */
function letNothingBeWritten(client: pg.PoolClient, done: (fault?: Error) => void): void {
  client.query('SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY').then(() => done(), done);
}

type Reading = Readonly<{ pool: pg.Pool; sealer: Sealer; scriptOf: ScriptOf }>;
type Rows = Readonly<{ swap: Swap; destination: Uint8Array | null }>;

/** Swap and address as they stood at one moment: one statement sees one snapshot. */
async function readRows({ pool, sealer, scriptOf }: Reading, swapId: string): Promise<Rows | null> {
  const { rows } = await pool.query<Row>({ ...STORED, values: [swapId] }); // a connection on which it breaks is not used again
  const [row] = rows;
  return row ? { swap: swapFromRow(sealer, row), destination: destinationOf(scriptOf, leaseOf(row)) } : null;
}

type LeaseRow = Readonly<{ index: number; scriptPubKey: Uint8Array; id: string; descriptorSealed: Uint8Array }>;

type Row = SwapRow & Readonly<{ [Name in keyof LeaseRow as `lease_${Name}`]: LeaseRow[Name] | null }>;

/** The account stands in the `where` twice: the lease and the wallet's chain must both be of the one who is paid. */
const STORED = {
  name: 'stored_claim',
  text: `SELECT s.*, leased.* FROM "Swap" s LEFT JOIN LATERAL (
    SELECT a."index" AS "lease_index", a."scriptPubKey" AS "lease_scriptPubKey",
      c."id" AS "lease_id", c."descriptorSealed" AS "lease_descriptorSealed"
    FROM "AddressLease" l JOIN "Address" a ON a."id" = l."addressId" JOIN "ScriptChain" c ON c."id" = a."chainId"
    WHERE l."swapId" = s."id" AND l."purpose" = 'claim' AND l."accountId" = s."accountId" AND c."accountId" = s."accountId"
  ) leased ON true WHERE s."id" = $1`,
};

function leaseOf(row: Row): LeaseRow | null {
  const { lease_id: id, lease_index: index, lease_scriptPubKey: scriptPubKey, lease_descriptorSealed: descriptorSealed } = row;
  if (id === null || index === null || scriptPubKey === null || descriptorSealed === null) return null;
  return { id, index, scriptPubKey, descriptorSealed };
}

type ScriptOf = (lease: LeaseRow) => Uint8Array;

/** Null: nothing is leased, or the row names another script than that of the merchant's descriptor. */
function destinationOf(scriptOf: ScriptOf, lease: LeaseRow | null): Uint8Array | null {
  if (!lease) return null;
  const derived = scriptOf(lease);
  return sameBytes(derived, new Uint8Array(lease.scriptPubKey)) ? derived : null;
}

/** Derived here from the merchant's sealed descriptor; of a descriptor or an index that differs in anything, anew. */
function deriveScripts(deps: Pick<StoredClaimDeps, 'sealer' | 'network'>): ScriptOf {
  const known = new Map<string, Uint8Array>();
  return (lease) => {
    const name = `${lease.id} ${lease.index} ${toHex(lease.descriptorSealed)}`;
    const script = known.get(name) ?? deriveScript(openDescriptor(deps, lease), lease.index);
    if (known.size >= SCRIPTS_MAX) known.clear();
    known.set(name, script);
    return script;
  };
}

/** As the stores' client reads rows: 64-bit numbers are bigint, the rest is what `pg` makes of it. */
function getTypeParser(oid: number, format?: 'text' | 'binary') {
  if (oid === INT8 && format !== 'binary') return BigInt;
  return pg.types.getTypeParser(oid, format);
}
