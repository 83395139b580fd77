import type { Account } from '../accounts/account.ts';
import type { LinkId } from '../lib/ids.ts';
import type { Currency, Fiat, Sats } from '../lib/money.ts';
import type { Refusal } from '../lib/refusal.ts';
import type { Result } from '../lib/result.ts';
import type { Rate } from '../rates/rate.ts';
import type { LightningBackend } from '../swaps/lightning.ts';
import type { PaymentLink } from './link.ts';
import { ok } from '../lib/result.ts';
import { PAYMENT_SATS_MIN } from '../payments/amount-limits.ts';
import { parseCurrency, parseFiat } from '../payments/payment-input.ts';
import { priceOf } from './link.ts';
import { leastFiat, satsAt } from './link-price.ts';

/** What everybody may see of a link: nothing else of the account. */
export type PublicLink = { readonly link: PaymentLink; readonly merchant: Pick<Account, 'name' | 'brandColour' | 'logoHash'> };

export type ReadPublicLinkDeps = {
  readonly findLink: (id: LinkId) => Promise<PaymentLink | null>;
  readonly findAccount: (id: string) => Promise<Account | null>;
};

/** Null when there is no such link, or its account takes no money any more. */
export async function readPublicLink(deps: ReadPublicLinkDeps, id: LinkId): Promise<PublicLink | null> {
  const link = await deps.findLink(id);
  const account = link && (await deps.findAccount(link.accountId));
  if (!link || account?.status !== 'active') return null;
  return { link, merchant: { name: account.name, brandColour: account.brandColour, logoHash: account.logoHash } };
}

export type PriceDeps = {
  readonly currentRate: (currency: Currency) => Promise<Result<Rate, Refusal>>;
  readonly lightning: Pick<LightningBackend, 'terms'>;
};

/** What an amount costs in sats at today's price; a payment may be a little dearer or cheaper a minute later. */
export async function previewSats(deps: PriceDeps, input: { amount: unknown; currency: unknown }): Promise<Result<Sats, Refusal>> {
  const currency = parseCurrency(input.currency);
  if (!currency.ok) return currency;
  const fiat = parseFiat(input.amount, currency.value);
  if (!fiat.ok) return fiat;
  const rate = await deps.currentRate(currency.value);
  return rate.ok ? ok(satsAt(rate.value, fiat.value)) : rate;
}

/** The smallest amount that can be paid at today's price; null while there is no price. */
export async function readLeastFiat(deps: PriceDeps, currency: Currency): Promise<Fiat | null> {
  const [rate, terms] = await Promise.all([deps.currentRate(currency), deps.lightning.terms()]);
  if (!rate.ok) return null;
  const provider = terms.ok ? terms.value.minimumSats : 0n;
  return leastFiat(rate.value, provider > PAYMENT_SATS_MIN ? provider : PAYMENT_SATS_MIN);
}

/** Whether a fixed price has fallen below the least that can be paid, as bitcoin rose. False for open links, and while there is no price. */
export async function isBelowMinimum(deps: PriceDeps, link: PaymentLink): Promise<boolean> {
  const price = priceOf(link);
  const least = price && (await readLeastFiat(deps, link.currency));
  return least !== null && price !== null && price.minor < least.minor;
}
