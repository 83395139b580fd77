import type { LiquidNetwork } from '../liquid/network.ts';
import type { SwapTerms } from '../liquid/swap-tree.ts';
import type { LiquidTransaction } from '../liquid/transaction.ts';
import type { ChainView } from './read-chain.ts';
import type { SwapLockup, SwapOffer } from './swap.ts';
import { Transaction } from 'liquidjs-lib/src/transaction.js';
import { sameBytes } from '../lib/bytes.ts';
import { sats } from '../lib/money.ts';
import { buildSwapTree } from '../liquid/swap-tree.ts';
import { outpoint } from './choose-lockup.ts';

/** What our own chain sources say has become of a swap's lockup. */
export type LockupFate =
  | Readonly<{ fate: 'none' }>
  | Readonly<{ fate: 'locked'; lockup: SwapLockup }>
  | Readonly<{ fate: 'spent'; lockup: SwapLockup; txid: string }>;

/** The first output of the promised asset and value; one that is still there before one that is gone. */
export function lockupFate(network: LiquidNetwork, offer: SwapOffer, chain: ChainView): LockupFate {
  const good = chain.outputs.flatMap(({ txid, vout, height, unblinded }) => {
    if (unblinded?.assetId !== network.lbtcAsset || unblinded.valueSats < offer.onchainSats) return [];
    const lockup: SwapLockup = { txid, vout, height, sats: sats(unblinded.valueSats) };
    return [{ lockup, spend: chain.spends.get(outpoint(lockup)) }];
  });
  const best = good.find(({ spend }) => !spend) ?? good[0];
  if (!best) return { fate: 'none' };
  return best.spend ? { fate: 'spent', lockup: best.lockup, txid: best.spend.txid } : { fate: 'locked', lockup: best.lockup };
}

/** Whether the provider took its lockup back: its way is the refund leaf, and every other way needs our key. */
export function isRefund(terms: SwapTerms, lockup: SwapLockup, spender: LiquidTransaction): boolean {
  const at = spender.inputs.findIndex((input) => input.txid === lockup.txid && input.vout === lockup.vout);
  const witness = Transaction.fromHex(spender.hex).ins[at]?.witness ?? [];
  const { refundLeaf } = buildSwapTree(terms);
  return witness.some((item) => sameBytes(Uint8Array.from(item), refundLeaf));
}
