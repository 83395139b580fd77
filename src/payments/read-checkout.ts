import type { Account } from '../accounts/account.ts';
import type { PaymentId } from '../lib/ids.ts';
import type { Sats } from '../lib/money.ts';
import type { Clock } from '../lib/time.ts';
import type { Payment } from './payment.ts';
import { sats } from '../lib/money.ts';
import { returnUrl } from './redirect.ts';

/** What a payer may see of a payment: nothing else of the account, never its metadata. */
export type Checkout = {
  readonly payment: Payment;
  readonly merchant: Pick<Account, 'name' | 'brandColour' | 'logoHash'>;
  /** Web pages that may show the checkout page in a frame. */
  readonly frameOrigins: readonly string[];
  /** Title of the payment link that it came from, as it is now; null without one. */
  readonly title: string | null;
  readonly serverTime: Date;
  /** Null once the payment can no longer be paid this way. */
  readonly lightning: { readonly invoice: string; readonly expiresAt: Date } | null;
  /** Null when it can not, or no longer, be paid with L-BTC. `amountSats`: what is still missing. */
  readonly liquid: { readonly address: string; readonly amountSats: Sats } | null;
  /** Whether the payment was given an L-BTC address at all. */
  readonly hasAddress: boolean;
  /** Where the payer goes once paid; null before. */
  readonly redirectUrl: string | null;
  /** Where the payer may go back to without having paid. */
  readonly backUrl: string | null;
};

export type ReadCheckoutDeps = {
  readonly now: Clock;
  readonly findPayment: (id: PaymentId) => Promise<Payment | null>;
  readonly findAccount: (id: string) => Promise<Account | null>;
  readonly findAddresses: (paymentIds: readonly string[]) => Promise<ReadonlyMap<string, string>>;
  readonly findLinkTitle: (linkId: string) => Promise<string | null>;
  readonly findInvoices: (paymentIds: readonly string[]) => Promise<ReadonlyMap<string, { invoice: string; expiresAt: Date }>>;
};

export async function readCheckout(deps: ReadCheckoutDeps, id: PaymentId): Promise<Checkout | null> {
  const payment = await deps.findPayment(id);
  const account = payment && (await deps.findAccount(payment.accountId));
  if (!payment || !account) return null;
  const serverTime = deps.now();
  const payable = payment.status === 'pending' && serverTime < payment.expiresAt;
  const invoice = payable ? (await deps.findInvoices([payment.id])).get(payment.id) : undefined;
  const address = (await deps.findAddresses([payment.id])).get(payment.id);
  const { redirectUrl, linkId } = payment;
  return {
    payment,
    merchant: { name: account.name, brandColour: account.brandColour, logoHash: account.logoHash },
    frameOrigins: account.settings.frameOrigins,
    title: linkId === null ? null : await deps.findLinkTitle(linkId),
    serverTime,
    lightning: invoice ?? null,
    liquid: payable && address !== undefined ? { address, amountSats: missingSats(payment) } : null,
    hasAddress: address !== undefined,
    redirectUrl: redirectUrl !== null && payment.status === 'paid' ? returnUrl(redirectUrl, payment.id, 'paid') : null,
    backUrl: redirectUrl !== null && payment.status === 'expired' ? returnUrl(redirectUrl, payment.id, 'expired') : null,
  };
}

/** What an unpaid payment still lacks. Never zero: a payment that lacks nothing is paid. */
export function missingSats({ amountSats, receivedSats }: Payment): Sats {
  return receivedSats < amountSats ? sats(amountSats - receivedSats) : amountSats;
}
