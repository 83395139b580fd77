import type { Facts } from '../../src/swaps/decide-next.ts';
import type { ChainView } from '../../src/swaps/read-chain.ts';
import type { SwapState } from '../../src/swaps/swap.ts';
import type { SeenOutput } from '../../src/swaps/verify-lockup.ts';
import { sats } from '../../src/lib/money.ts';
import { liquidNetwork } from '../../src/liquid/network.ts';
import { decideNext } from '../../src/swaps/decide-next.ts';
import { AT, LOCKUP, OFFER, swapIn } from './swap-fixtures.ts';

export const { lbtcAsset } = liquidNetwork('regtest');
export const POLICY = { lbtcAsset, zeroConfMaxSats: sats(300_000n) };
const blank = new Uint8Array(32);
/** What a lockup holds when it is opened. */
export const holding = (valueSats: bigint, assetId = lbtcAsset) => ({
  assetId,
  valueSats,
  assetBlinder: blank,
  valueBlinder: blank,
  confidential: true,
});
export const GOOD_OUTPUT: SeenOutput = {
  txid: LOCKUP.txid,
  hex: '',
  vout: 0,
  script: OFFER.lockupScript,
  unblinded: holding(250_000n),
  height: null,
  signalsReplacement: false,
};
export const POINT = `${LOCKUP.txid}:0`;

/** A chain with one good lockup in the mempool. */
export const view = (change: Partial<ChainView> = {}): ChainView => ({
  tipHeight: 1_000,
  outputs: [GOOD_OUTPUT],
  spends: new Map(),
  heights: new Map([[LOCKUP.txid, null]]),
  ...change,
});
export const EMPTY = view({ outputs: [], heights: new Map() });
export const facts = (change: Partial<Facts> = {}): Facts => ({
  at: AT,
  chain: view(),
  provider: 'swap.created',
  announcedDead: false,
  broadcastTried: false,
  broadcastTaken: false,
  ...change,
});
/** So many seconds after the invoice's end. */
export const fromEnd = (seconds: number) => new Date(OFFER.invoiceExpiresAt.getTime() + seconds * 1_000);
/** What is done with a swap of this state. */
export const decide = (state: SwapState, change: Partial<Facts> = {}, policy = POLICY) => decideNext(policy, swapIn(state), facts(change));
export const apply = (event: object) => ({ do: 'apply', event });
