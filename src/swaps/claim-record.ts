import type { Database, Tx } from '../lib/database.ts';
import type { Sats } from '../lib/money.ts';
import type { Sealer } from '../lib/sealed.ts';
import type { Clock } from '../lib/time.ts';
import type { ChainSource } from '../liquid/chain-source.ts';
import type { SwapTerms } from '../liquid/swap-tree.ts';
import type { ClaimOnRecord } from './signer.ts';
import type { Swap, SwapOffer } from './swap.ts';
import { fromHex } from '../lib/bytes.ts';
import { readContents } from './read-chain.ts';

/** Where a swap's claim pays: leased once, the same for ever. */
export type ClaimAddress = Readonly<{ addressId: string; scriptPubKey: Uint8Array; blindingPublicKey: Uint8Array }>;
export type ClaimAddressRequest = Readonly<{ accountId: string; swapId: string; amountSats: Sats; at: Date }>;

/** Matches no output: the signer refuses every claim to it. */
const NO_DESTINATION = new Uint8Array();

export type RecordDeps = {
  readonly database: Database;
  readonly sealer: Sealer;
  readonly chains: readonly ChainSource[];
  readonly now: Clock;
  readonly takeClaimAddress: (tx: Tx, request: ClaimAddressRequest) => Promise<ClaimAddress>;
};

export type ReadClaimDeps = {
  readonly chains: readonly Pick<ChainSource, 'transactionContents'>[];
  readonly findSwap: (swapId: string) => Promise<Swap | null>;
  /** The script of the address that is leased for the swap's claim; null: none is, or it is not the merchant's. */
  readonly destinationOf: (swap: Swap) => Promise<Uint8Array | null>;
};

/**
 * For the signer: the claim as the database holds it, beside the lockup output from the chain (proved by its recorded txid) and the
 * destination from the address lease. Null: no claim is stored. @throws Error when no source can show the lockup now.
 */
export async function readClaimOnRecord(deps: ReadClaimDeps, swapId: string): Promise<ClaimOnRecord | null> {
  const swap = await deps.findSwap(swapId);
  if (!swap || !('claim' in swap) || !swap.claim || swap.status === 'refunded' || swap.status === 'held') return null;
  const { offer, lockup, claim } = swap;
  const transaction = await readContents(deps.chains, lockup.txid);
  const lockupOutput = transaction?.outputs[lockup.vout];
  if (!lockupOutput) throw new Error(`no chain source shows the lockup of ${swapId}`);
  const destinationScript = await deps.destinationOf(swap);
  return {
    key: swap.key,
    terms: termsOf(swap, offer),
    lockup,
    lockupOutput,
    destinationScript: destinationScript ?? NO_DESTINATION,
    claim: { hex: claim.hex, txid: claim.txid, signed: swap.status !== 'lockup_ok' },
    revealedAt: 'revealedAt' in swap ? swap.revealedAt : null,
  };
}

/** Repeat-safe: a swap that has its address gets the same again. */
export function takeAddress(deps: Pick<RecordDeps, 'takeClaimAddress' | 'now'>, tx: Tx, swap: Swap): Promise<ClaimAddress> {
  if (!('lockup' in swap) || !swap.lockup) throw new Error(`swap ${swap.id} has no lockup to claim`);
  const { accountId, id: swapId, lockup } = swap;
  return deps.takeClaimAddress(tx, { accountId, swapId, amountSats: lockup.sats, at: deps.now() });
}

export function termsOf(swap: Pick<Swap, 'preimageHash' | 'claimPublicKey'>, offer: SwapOffer): SwapTerms {
  const { refundPublicKey, timeoutBlockHeight } = offer.answer.reveal();
  const { preimageHash, claimPublicKey } = swap;
  return { preimageHash, claimPublicKey, refundPublicKey: fromHex(refundPublicKey), timeoutBlockHeight };
}
