import type { PaymentId } from '../lib/ids.ts';
import type { Fiat, Sats } from '../lib/money.ts';

export const PAYMENT_STATUSES = ['pending', 'detected', 'paid', 'expired'] as const;
export type PaymentStatus = (typeof PAYMENT_STATUSES)[number];
export const PAYMENT_METHODS = ['lightning', 'liquid'] as const;
export type PaymentMethod = (typeof PAYMENT_METHODS)[number];
export const PAYMENT_SOURCES = ['secret', 'publishable', 'link', 'dashboard'] as const;
export type PaymentSource = (typeof PAYMENT_SOURCES)[number];
export const PAYMENT_EXCEPTIONS = ['underpaid', 'overpaid', 'paid_twice', 'payout_lost', 'dropped'] as const;
export type PaymentException = (typeof PAYMENT_EXCEPTIONS)[number];
/** How deep the merchant's money rests in the chain: a second axis that never changes the status. */
export const SETTLEMENTS = ['unconfirmed', 'confirmed', 'dropped'] as const;
export type Settlement = (typeof SETTLEMENTS)[number];
export const LIGHTNING_OFFERS = ['offered', 'none_configured', 'provider_down', 'out_of_limits'] as const;
export type LightningOffer = (typeof LIGHTNING_OFFERS)[number];

export type PaymentCommon = {
  readonly id: PaymentId;
  readonly accountId: string;
  readonly mode: 'live' | 'test';
  readonly version: number;
  readonly source: PaymentSource;
  readonly linkId: string | null;
  readonly fiat: Fiat;
  /** What the payer pays, on either method. */
  readonly amountSats: Sats;
  readonly quoteId: string;
  readonly redirectUrl: string | null;
  /** Compact JSON object as the merchant sent it (≤ 2048 bytes): digits and odd keys survive. */
  readonly metadataText: string;
  readonly lightning: LightningOffer;
  readonly createdAt: Date;
  readonly expiresAt: Date;
  readonly receivedSats: Sats;
  readonly late: boolean;
  readonly exception: PaymentException | null;
};

/** A payment is what a merchant asks for. A status carries its facts: a paid one has a txid, a pending one has no such property to misread. */
export type Payment = PaymentCommon &
  (
    | { readonly status: 'pending' }
    | { readonly status: 'detected'; readonly method: PaymentMethod; readonly txid: string; readonly detectedAt: Date }
    | {
        readonly status: 'paid';
        readonly method: PaymentMethod;
        readonly txid: string;
        readonly paidAt: Date;
        readonly feesSats: Sats;
        readonly settlement: Settlement;
      }
    | { readonly status: 'expired'; readonly reason: string }
  );

export type NewPayment = Omit<PaymentCommon, 'version' | 'receivedSats' | 'late' | 'exception'> & {
  readonly apiKeyId: string | null;
  /** The browser that opened it from a payment link, hashed; null for everything else. */
  readonly visitorHash: Uint8Array<ArrayBuffer> | null;
};
