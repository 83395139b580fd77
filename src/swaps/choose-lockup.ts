import type { Sats } from '../lib/money.ts';
import type { ChainView } from './read-chain.ts';
import type { SwapLockup, SwapOffer } from './swap.ts';
import type { LockupVerdict, SeenOutput } from './verify-lockup.ts';
import { sats } from '../lib/money.ts';
import { verifyLockup } from './verify-lockup.ts';

/** The operator's rules for lockups. */
export type Policy = Readonly<{ lbtcAsset: string; zeroConfMaxSats: Sats }>;

/** The output to claim: one that may be claimed now, else one that only waits for its block. */
export function bestLockup(policy: Policy, offer: SwapOffer, chain: ChainView): SwapLockup | null {
  const judged = chain.outputs
    .filter((output) => !chain.spends.has(outpoint(output)))
    .map((output) => ({ output, verdict: judge(policy, offer, chain, output).verdict }));
  const best = judged.find(({ verdict }) => verdict === 'claimable') ?? judged.find(({ verdict }) => verdict === 'wait');
  if (!best?.output.unblinded) return null;
  const { txid, vout, height, unblinded } = best.output;
  return { txid, vout, height, sats: sats(unblinded.valueSats) };
}

export function judge(policy: Policy, offer: SwapOffer, chain: ChainView, output: SeenOutput): LockupVerdict {
  const { lockupScript, onchainSats: promisedSats, timeoutHeight } = offer;
  return verifyLockup({ lockupScript, promisedSats, timeoutHeight, ...policy }, output, chain.tipHeight);
}

export function isRefused(verdict: LockupVerdict): verdict is Extract<LockupVerdict, { verdict: 'refused' }> {
  return verdict.verdict === 'refused';
}

/** 1 = in the newest block. */
export function depth(chain: Pick<ChainView, 'tipHeight'>, height: number): number {
  return chain.tipHeight - height + 1;
}

export function outpoint({ txid, vout }: { readonly txid: string; readonly vout: number }): string {
  return `${txid}:${vout}`;
}
