import type { ProviderLie } from '../faults/fault-table.ts';
import type { SwapTree } from './swap-tree.ts';

/** Statuses of a reverse swap (Boltz API v2, "swap states"). */
export const SWAP_STATUSES = [
  'swap.created',
  'transaction.mempool',
  'transaction.confirmed',
  'invoice.settled',
  'invoice.expired',
  'swap.expired',
  'transaction.failed',
  'transaction.refunded',
] as const;
export type SwapStatus = (typeof SWAP_STATUSES)[number];

/** TABLE: nothing follows these but the confirmation of a refund. */
const FINAL: readonly SwapStatus[] = ['invoice.settled', 'swap.expired', 'transaction.failed', 'transaction.refunded'];

/** A claim may be signed in these. */
const CLAIMABLE: readonly SwapStatus[] = ['transaction.mempool', 'transaction.confirmed', 'invoice.settled'];

/** The payer's Lightning money as the provider's node sees it. A hold invoice keeps it `held` until the preimage is known. */
export type Htlc =
  | { readonly state: 'none' }
  /** Some parts are here; the rest must come before `partsDueMs` or all go back. */
  | { readonly state: 'partial'; readonly receivedMsat: string; readonly partsDueMs: number }
  | { readonly state: 'held' }
  | { readonly state: 'settled' }
  | { readonly state: 'cancelled' };

export type Swap = {
  readonly id: string;
  readonly createdMs: number;
  readonly status: SwapStatus;
  readonly preimageHash: string;
  readonly claimPublicKey: string;
  readonly refundPrivateKey: string;
  readonly refundPublicKey: string;
  readonly blindingKey: string;
  readonly timeoutBlockHeight: number;
  readonly tree: SwapTree;
  readonly lockupScript: string;
  readonly lockupAddress: string;
  readonly invoice: string;
  readonly paymentSecret: string;
  readonly invoiceExpiresMs: number;
  readonly invoiceSats: bigint;
  readonly onchainSats: bigint;
  /** The client named the on-chain amount: the answer then leaves it out. */
  readonly onchainGiven: boolean;
  readonly referralId: string | null;
  readonly metadata: string | null;
  readonly webhook: SwapWebhook | null;
  readonly htlc: Htlc;
  readonly preimage: string | null;
  readonly lockup: { readonly txid: string; readonly vout: number } | null;
  readonly refund: { readonly txid: string; readonly hex: string; readonly confirmed: boolean } | null;
  readonly failureReason: string | null;
  /** What this swap lies about, fixed at its creation; null: nothing. */
  readonly lie: ProviderLie | null;
  /** When the coins of a lockup that is a lie are taken back; null: never, or done. */
  readonly takeBackMs: number | null;
};

/** One webhook, fixed at creation; `status` null means every status. */
export type SwapWebhook = { readonly url: string; readonly hashSwapId: boolean; readonly status: readonly SwapStatus[] | null };

/** What `GET /swap/:id` and the socket show. */
export type SwapStatusView = {
  readonly status: SwapStatus;
  readonly transaction?: { readonly id: string; readonly hex?: string; readonly eta?: number; readonly confirmed?: boolean };
  readonly failureReason?: string;
};

export function isFinal(swap: Swap): boolean {
  return FINAL.includes(swap.status);
}

/** Nothing can change any more: neither status, nor the refund's confirmation, nor the coins of a lie. */
export function isSettledForGood(swap: Swap): boolean {
  return isFinal(swap) && swap.takeBackMs === null && (swap.refund === null || swap.refund.confirmed);
}

export function isClaimable(swap: Swap): boolean {
  return CLAIMABLE.includes(swap.status);
}

/** A refund is told twice: when it is sent and when it is in a block. */
export function isNews(swap: Swap, before: Swap | null): boolean {
  return before?.status !== swap.status || (before.refund?.confirmed ?? false) !== (swap.refund?.confirmed ?? false);
}

/** Minutes until a transaction in the mempool is expected in a block, as the provider's API says. */
const MEMPOOL_ETA = 2;

export function statusView(swap: Swap, transactionHex: (txid: string) => string | null): SwapStatusView {
  return {
    status: swap.status,
    ...transactionView(swap, transactionHex),
    ...(swap.failureReason === null ? {} : { failureReason: swap.failureReason }),
  };
}

function transactionView(swap: Swap, transactionHex: (txid: string) => string | null): Pick<SwapStatusView, 'transaction'> {
  if (swap.status === 'transaction.refunded' && swap.refund) {
    return { transaction: { id: swap.refund.txid, hex: swap.refund.hex, confirmed: swap.refund.confirmed } };
  }
  if (!swap.lockup || (swap.status !== 'transaction.mempool' && swap.status !== 'transaction.confirmed')) return {};
  const hex = transactionHex(swap.lockup.txid);
  return {
    transaction: {
      id: swap.lockup.txid,
      ...(hex === null ? {} : { hex }),
      ...(swap.status === 'transaction.mempool' ? { eta: MEMPOOL_ETA } : {}),
    },
  };
}
