import type { LinkId } from '../lib/ids.ts';
import type { Currency, Fiat } from '../lib/money.ts';
import type { Refusal } from '../lib/refusal.ts';

export const LINK_STATUSES = ['active', 'inactive'] as const;
export type LinkStatus = (typeof LINK_STATUSES)[number];

/** A reusable address at which anybody may start a payment. Price and currency never change; the rest may. */
export type PaymentLink = {
  readonly id: LinkId;
  readonly accountId: string;
  readonly mode: 'live' | 'test';
  readonly title: string;
  readonly description: string | null;
  /** The link's own currency; what an open link is paid in unless the payer says otherwise. */
  readonly currency: Currency;
  /** The price in whole minor units; null where the payer chooses the amount. */
  readonly fiatMinor: bigint | null;
  readonly redirectUrl: string | null;
  readonly status: LinkStatus;
  readonly version: number;
  readonly createdAt: Date;
};

export const LINK_INACTIVE: Refusal = { kind: 'gone', code: 'payment_link_inactive', message: 'Payment link is inactive' };

/** The price of a fixed link; null for an open one. */
export function priceOf(link: Pick<PaymentLink, 'fiatMinor' | 'currency'>): Fiat | null {
  return link.fiatMinor === null ? null : { minor: link.fiatMinor, currency: link.currency };
}

export function linkUrl(publicUrl: string, id: LinkId): string {
  return `${publicUrl}/pay/${id}`;
}

/** The documented button, ready to paste into any page: its colours and words stay exactly as published. */
export function embedHtml(url: string): string {
  const style =
    'display:inline-block;background:#E65C00;color:#fff; padding:10px 22px;border-radius:8px;text-decoration:none; font-family:sans-serif;font-weight:600;';
  return `<a href="${url}" style="${style}"> Pay with Bitcoin </a>`;
}
