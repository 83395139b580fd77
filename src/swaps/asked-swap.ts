import type { LiquidNetwork } from '../liquid/network.ts';
import type { LightningRequest, OpenedInvoice } from './lightning.ts';
import type { ProviderTerms } from './provider-terms.ts';
import type { Swap, SwapOffer } from './swap.ts';
import type { AskedSwap } from './verify-swap.ts';
import { toHex } from '../lib/bytes.ts';
import { addMs, SECOND_MS } from '../lib/time.ts';
import { INVOICE_EXTRA_SECONDS } from './reserve-swap.ts';
import { expectedFeesSats } from './swap-fees.ts';

type Around = Readonly<{ network: LiquidNetwork; request: LightningRequest; terms: ProviderTerms; tipHeight: number; at: Date }>;

/** An invoice that lives this much longer than asked is not the one that was asked for. */
const EXPIRY_SLACK_MS = 120_000;

/** What an answer to this swap's request is held to. */
export function askedSwap(swap: Swap, around: Around): AskedSwap {
  const { network, request, terms, tipHeight, at } = around;
  const asked = addMs(swap.createdAt, swap.request.invoiceExpiry * SECOND_MS);
  const early = addMs(asked, -INVOICE_EXTRA_SECONDS * SECOND_MS);
  return {
    network,
    claimPublicKey: swap.claimPublicKey,
    preimageHash: swap.preimageHash,
    invoiceSats: swap.invoiceSats,
    pair: terms.pair,
    tipHeight,
    at,
    invoiceEnds: {
      earliest: earlierOf(request.expiresAt, early),
      latest: addMs(at, swap.request.invoiceExpiry * SECOND_MS + EXPIRY_SLACK_MS),
    },
  };
}

function earlierOf(a: Date, b: Date): Date {
  return a.getTime() < b.getTime() ? a : b;
}

export function openedOf(swap: Swap, offer: SwapOffer): OpenedInvoice {
  const { invoice, invoiceExpiresAt, onchainSats } = offer;
  const feesSats = expectedFeesSats(swap.invoiceSats, onchainSats);
  return { swapId: swap.id, invoice, invoiceExpiresAt, paymentHash: toHex(swap.preimageHash), feesSats };
}
