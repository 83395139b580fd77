import type { Tx } from '../lib/database.ts';
import type { Result } from '../lib/result.ts';
import type { LiquidNetwork } from '../liquid/network.ts';
import type { LiquidTransaction } from '../liquid/transaction.ts';
import type { ApplyDeps } from './apply-swap-event.ts';
import type { SwapLockup } from './swap.ts';
import { sats } from '../lib/money.ts';
import { ok, refuse } from '../lib/result.ts';
import { Secret } from '../lib/secret.ts';
import { addMs } from '../lib/time.ts';
import { applySwapEvent, LEASE_MS } from './apply-swap-event.ts';
import { explicitSats } from './claim-rules.ts';
import { findSwap, releaseLease, takeLease } from './swap-store.ts';

/** The scripts that a claim on the chain pays. */
export type SeenClaim = Readonly<{ accountId: string; swapId: string; amountSats: bigint; scripts: readonly Uint8Array[]; at: Date }>;

export type AdoptDeps = ApplyDeps & {
  readonly network: LiquidNetwork;
  /** Writes down that the swap was claimed to this address of the merchant's wallet. False: none of the scripts is the merchant's. */
  readonly takeSeenAddress: (tx: Tx, seen: SeenClaim) => Promise<boolean>;
};

/**
 * Our claim is on the chain, and our records are older than it: they are brought up to it, step by step along the table, each in its
 * commit. Repeat-safe: a step that is on record says nothing new. Refuses with the reason, and then nothing was paid by it.
 */
export async function adoptClaim(
  deps: AdoptDeps,
  swapId: string,
  { lockup, spender }: { lockup: SwapLockup; spender: LiquidTransaction },
): Promise<Result<null, string>> {
  const at = deps.now();
  const lease = await takeLease(deps, swapId, { at, until: addMs(at, LEASE_MS) });
  if (!lease) return refuse('busy');
  const fees = spender.outputs.filter(({ script }) => script.length === 0).map((output) => explicitSats(deps.network, output) ?? 0n);
  const claim = { hex: new Secret(spender.hex), txid: spender.txid, feeSats: sats(fees.reduce((sum, fee) => sum + fee, 0n)) };
  const scripts = spender.outputs.map(({ script }) => script).filter((script) => script.length > 0);
  try {
    const swap = await findSwap(deps, swapId);
    if (!swap) throw new Error(`swap ${swapId} does not exist`);
    const seen = { accountId: swap.accountId, swapId, amountSats: lockup.sats, scripts, at };
    const isTheirs = await deps.database.transact((tx) => deps.takeSeenAddress(tx, seen));
    if (!isTheirs) return refuse('claimed_elsewhere');
    await applySwapEvent(deps, { lease, event: { kind: 'lockup_found', lockup } });
    await applySwapEvent(deps, { lease, event: { kind: 'lockup_accepted' } });
    await applySwapEvent(deps, { lease, event: { kind: 'claim_built', claim } });
    await applySwapEvent(deps, { lease, event: { kind: 'claim_signed', claim } });
    await applySwapEvent(deps, { lease, event: { kind: 'preimage_released', at } });
    await applySwapEvent(deps, { lease, event: { kind: 'claim_accepted', at } });
    return ok(null);
  } finally {
    await releaseLease(deps, lease, at);
  }
}
