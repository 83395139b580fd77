import type { ProviderDeps } from './provider-deps.ts';
import type { Swap } from './swap.ts';
import { SECOND_MS } from '../../src/lib/time.ts';
import { followSwap } from './follow-swap.ts';

/** One part of a Lightning payment as it reaches the provider's node. */
export type PaymentPart = {
  readonly paymentHash: string;
  readonly paymentSecret: string;
  readonly amountMsat: bigint;
  /** What all parts bring together. */
  readonly totalMsat: bigint;
};

/** The node keeps the part (or has the whole payment now), or sends it back at once. */
export type PartAnswer = { readonly kept: true } | { readonly kept: false; readonly reason: string };

/** How long a set of parts may stay incomplete. BOLT 4 says at least 60 s; short here, so that a payer without its second part learns soon. */
const PARTS_WAIT_MS = 3 * SECOND_MS;

/** Takes a part of a payment. With the last one the payment is held, and the lockup follows. Paying twice, late, or with a wrong secret bounces. */
export async function receivePart(deps: ProviderDeps, part: PaymentPart): Promise<PartAnswer> {
  const known = deps.book.byPreimageHash(part.paymentHash);
  if (!known) return bounced('incorrect payment details');
  const answer = await deps.inTurn(known.id, async () => {
    const swap = deps.book.byId(known.id) ?? known;
    const refusal = refusalOf(swap, part, deps.now());
    if (refusal !== null) return bounced(refusal);
    await deps.book.save({ ...swap, htlc: withPart(swap, part, deps.now()) });
    return { kept: true } as const;
  });
  void followSwap(deps, known.id);
  return answer;
}

function refusalOf(swap: Swap, part: PaymentPart, at: Date): string | null {
  if (part.paymentSecret !== swap.paymentSecret) return 'incorrect payment details';
  if (swap.htlc.state === 'held' || swap.htlc.state === 'settled') return 'invoice is already paid';
  if (swap.status !== 'swap.created') return 'invoice is no longer open';
  if (swap.htlc.state === 'none' && at.getTime() >= swap.invoiceExpiresMs) return 'invoice expired';
  if (part.totalMsat < swap.invoiceSats * 1_000n || part.amountMsat <= 0n) return 'incorrect payment details';
  return null;
}

function withPart(swap: Swap, part: PaymentPart, at: Date): Swap['htlc'] {
  const before = swap.htlc.state === 'partial' ? BigInt(swap.htlc.receivedMsat) : 0n;
  const received = before + part.amountMsat;
  if (received >= part.totalMsat) return { state: 'held' };
  const partsDueMs = swap.htlc.state === 'partial' ? swap.htlc.partsDueMs : at.getTime() + PARTS_WAIT_MS;
  return { state: 'partial', receivedMsat: received.toString(), partsDueMs };
}

function bounced(reason: string): PartAnswer {
  return { kept: false, reason };
}
