import type { Random } from '../lib/random.ts';
import type { Refusal } from '../lib/refusal.ts';
import type { Result } from '../lib/result.ts';
import type { ApplyDeps } from './apply-swap-event.ts';
import { recordAudit } from '../events/audit-store.ts';
import { ok, refuse } from '../lib/result.ts';
import { addMs } from '../lib/time.ts';
import { applySwapEvent, LEASE_MS } from './apply-swap-event.ts';
import { findSwap, releaseLease, takeLease } from './swap-store.ts';

export type ReleaseSwapDeps = ApplyDeps & { readonly random: Random };

const UNKNOWN: Refusal = { kind: 'not-found', code: 'swap_not_found', message: 'there is no swap of this id' };
const NOT_HELD: Refusal = { kind: 'conflict', code: 'swap_not_held', message: 'this swap is not held' };
const REVEALED: Refusal = {
  kind: 'conflict',
  code: 'swap_revealed',
  message: 'the preimage of this swap may have left: only the chain can end it, and it is looked at again by itself',
};
const BUSY: Refusal = { kind: 'conflict', code: 'swap_busy', message: 'a worker has this swap right now, try again in half a minute' };

/**
 * The operator lets a held swap be looked at once more, after mending what was wrong. Nothing is waved through: the next look finds the
 * lockup again and the signer judges the claim again; what it refuses is held again.
 */
export async function releaseSwap(deps: ReleaseSwapDeps, swapId: string): Promise<Result<{ was: string }, Refusal>> {
  const swap = await findSwap(deps, swapId);
  if (!swap) return refuse(UNKNOWN);
  if (swap.status !== 'held') return refuse(NOT_HELD);
  if (swap.revealedAt) return refuse(REVEALED);
  const at = deps.now();
  const lease = await takeLease(deps, swapId, { at, until: addMs(at, LEASE_MS) });
  if (!lease) return refuse(BUSY);
  const { accountId, reason } = swap;
  const entry = { accountId, actor: 'operator', action: 'swap.released', subjectId: swapId, facts: { reason }, at } as const;
  try {
    await applySwapEvent(deps, { lease, event: { kind: 'released' }, within: (tx) => recordAudit(tx, deps.random, entry) });
  } finally {
    await releaseLease(deps, lease, at); // due at once, whatever came of it
  }
  return ok({ was: reason });
}
