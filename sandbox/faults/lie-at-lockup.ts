import type { ProviderDeps } from '../provider/provider-deps.ts';
import type { Swap } from '../provider/swap.ts';
import type { WalletOutput } from '../chain/chain.ts';
import type { ProviderLie } from './fault-table.ts';
import { fromHex } from '../../src/lib/bytes.ts';
import { MINUTE_MS, SECOND_MS } from '../../src/lib/time.ts';
import { publicKeyOf } from '../provider/swap-tree.ts';

/** Long enough for any client to see the lockup and to act on it. */
const TAKEN_BACK_AFTER_MS = 20 * SECOND_MS;
/** But before the next block, where that leaves a client time at all. */
const BEFORE_BLOCK_MS = 5 * SECOND_MS;
const LEAST_MS = 2 * SECOND_MS;

/** TABLE: what each lie changes of the output that really locks the coins. */
const LIES: { readonly [Lie in ProviderLie]?: (deps: ProviderDeps, honest: WalletOutput) => Partial<WalletOutput> } = {
  lockup_value: (_deps, { amountSats }) => ({ amountSats: amountSats - 1n }),
  lockup_asset: () => ({ asset: 'OTHER' }),
  lockup_script: ({ wallet }) => ({ script: wallet.script, blindingPublicKey: wallet.blindingPublicKey }),
  rbf_lockup: () => ({ rbf: true }),
};
const TAKEN_BACK: readonly (ProviderLie | null)[] = ['rbf_lockup', 'double_spend_lockup'];
/** What is locked cannot come back by the refund leaf: it is not there, not L-BTC, or not under this tree. */
const WITHOUT_REFUND: readonly (ProviderLie | null)[] = [
  ...TAKEN_BACK,
  'lockup_asset',
  'lockup_script',
  'leaf_version',
  'extra_leaf',
  'refund_key_parity',
  'address',
];

/** Locks what the swap promises, or what its lie makes of it. @throws Error when the coins do not suffice */
export async function payLockup(deps: ProviderDeps, swap: Swap): Promise<{ readonly txid: string; readonly vout: number }> {
  const blindingPublicKey = publicKeyOf(fromHex(swap.blindingKey));
  const honest = { script: fromHex(swap.lockupScript), blindingPublicKey, amountSats: swap.onchainSats };
  const lie = swap.lie === null ? undefined : LIES[swap.lie];
  const { txid, vout } = await deps.wallet.pay({ ...honest, ...lie?.(deps, honest) });
  return { txid, vout };
}

/** When the lockup of this swap is to be taken back; null for all but two lies. */
export function takeBackDueMs({ now, chain }: ProviderDeps, { lie }: Swap): number | null {
  if (!TAKEN_BACK.includes(lie)) return null;
  const nowMs = now().getTime();
  const blockMs = (chain.block(chain.height())?.time.getTime() ?? nowMs) + MINUTE_MS;
  return nowMs + Math.max(LEAST_MS, Math.min(TAKEN_BACK_AFTER_MS, blockMs - BEFORE_BLOCK_MS - nowMs));
}

export function hasNoRefund({ lie }: Swap): boolean {
  return WITHOUT_REFUND.includes(lie);
}

/**
 * Takes the coins of a lockup back while it is in no block: by replacement; or, where it is final, as a miner's friend does, whose conflicting
 * spend is mined. Once it is in a block the lie has failed, and the swap goes on as an honest one.
 */
export async function takeBackLockup(deps: ProviderDeps, swap: Swap): Promise<Swap> {
  const known = swap.lockup && deps.chain.transaction(swap.lockup.txid);
  if (!swap.lockup || !known) return { ...swap, takeBackMs: null };
  if (known.height !== null) return { ...swap, takeBackMs: null, lie: null };
  if (swap.lie === 'double_spend_lockup') await deps.chain.drop(swap.lockup.txid);
  await deps.wallet.takeBack(known.hex);
  return { ...swap, takeBackMs: null };
}
