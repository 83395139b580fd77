import type { Database, Tx } from '../lib/database.ts';
import type { Sealer } from '../lib/sealed.ts';

import type { Swap, SwapIn } from './swap.ts';
import { inTx } from '../lib/database.ts';
import { rowFromSwap, swapFromRow } from './swap-row-store.ts';

type Deps = { readonly database: Database; readonly sealer: Sealer };

/** Statuses that a look can still bring further. */
const UNFINISHED = ['reserved', 'requested', 'verified', 'lockup_seen', 'lockup_ok', 'claim_stored', 'revealed', 'claim_accepted', 'held'];

/** The swap of this payment hash, if our records have it. */
export async function findByPreimageHash(deps: Deps, preimageHash: Uint8Array): Promise<Swap | null> {
  const row = await deps.database.client.swap.findUnique({ where: { preimageHash: Uint8Array.from(preimageHash) } });
  return row && swapFromRow(deps.sealer, row);
}

/** Every swap on record that is not over, the one whose time ends first in front. */
export async function unfinishedSwaps(deps: Deps): Promise<readonly Swap[]> {
  const where = { status: { in: UNFINISHED } };
  const rows = await deps.database.client.swap.findMany({ where, orderBy: [{ timeoutHeight: 'asc' }, { id: 'asc' }] });
  return rows.map((row) => swapFromRow(deps.sealer, row));
}

/** Puts a swap that our records had lost back in its place: nobody's lease, due at once. False: it is there already. */
export async function insertRebuiltSwap(deps: Pick<Deps, 'sealer'>, tx: Tx, swap: SwapIn<'verified'>, dueAt: Date): Promise<boolean> {
  const row = { ...rowFromSwap(deps.sealer, swap), fence: 0n, leaseUntil: null, nextLookAt: dueAt };
  const { count } = await inTx(tx).swap.createMany({ data: [row], skipDuplicates: true });
  return count === 1;
}
