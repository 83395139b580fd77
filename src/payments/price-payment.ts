import type { Sats } from '../lib/money.ts';
import type { Refusal } from '../lib/refusal.ts';
import type { Result } from '../lib/result.ts';
import type { Rate } from '../rates/rate.ts';
import type { ScriptChain } from '../wallets/script-chain-store.ts';
import type { Charger, CreatePaymentDeps, PaymentOrder } from './create-payment.ts';
import type { LightningOffer } from './payment.ts';
import { satsForFiatCeil } from '../lib/money.ts';
import { ok, refuse } from '../lib/result.ts';
import { LIGHTNING_NOT_CONFIGURED, PROVIDER_UNAVAILABLE } from '../swaps/lightning.ts';
import { fitsLimits, PAYMENT_SATS_MIN, tooSmall } from './amount-limits.ts';

export type PriceDeps = Pick<CreatePaymentDeps, 'now' | 'mayCharge' | 'findChain' | 'currentRate' | 'lightning'>;
/** Why an invoice is not offered, and what to say when an address cannot be offered either. */
export type NoLightning = { readonly why: Exclude<LightningOffer, 'offered'>; readonly refusal: Refusal };
export type Priced = {
  readonly rate: Rate;
  readonly amountSats: Sats;
  readonly charger: Charger;
  readonly offer: 'offered' | NoLightning;
  /** Null: a test payment, which is paid nowhere. */
  readonly chain: ScriptChain | null;
};

const WALLET_NOT_CONNECTED: Refusal = {
  kind: 'invalid',
  code: 'wallet_not_connected',
  message: 'Wallet not connected — connect your AQUA wallet first',
};

/** Too many unpaid payments are open on a server that takes L-BTC alone. The documented words for "not now, ask again". */
const NO_ADDRESS_FREE: Refusal = { ...PROVIDER_UNAVAILABLE, code: 'no_address_free' };

/** A test payment is priced like any other, so that a shop's amounts are tried out too. */
export async function priceTest(deps: PriceDeps, { draft }: PaymentOrder): Promise<Result<Priced, Refusal>> {
  const rate = await deps.currentRate(draft.fiat.currency);
  if (!rate.ok) return rate;
  const amountSats = satsForFiatCeil(draft.fiat.minor, rate.value.minorPerBtcE4);
  if (amountSats < PAYMENT_SATS_MIN) return refuse(tooSmall(PAYMENT_SATS_MIN));
  return ok({ rate: rate.value, amountSats, charger: NOBODY, offer: { why: 'none_configured', refusal: NO_ADDRESS_FREE }, chain: null });
}

const NOBODY: Charger = { merchantName: '', whenLightningIsDown: 'refuse', grossUp: false, isTrial: false };

export async function pricePayment(deps: PriceDeps, order: PaymentOrder): Promise<Result<Priced, Refusal>> {
  const asked = [deps.mayCharge(order, deps.now()), deps.findChain(order.accountId)] as const; // side by side: both are one message
  const [allowed, chain] = await Promise.all(asked);
  if (!allowed.ok) return allowed;
  if (!chain) return refuse(WALLET_NOT_CONNECTED);
  const rate = await deps.currentRate(order.draft.fiat.currency);
  if (!rate.ok) return rate;
  const amountSats = satsForFiatCeil(order.draft.fiat.minor, rate.value.minorPerBtcE4);
  if (amountSats < PAYMENT_SATS_MIN) return refuse(tooSmall(PAYMENT_SATS_MIN));
  const offer = await offerOf(deps, amountSats, allowed.value);
  return offer.ok ? ok({ rate: rate.value, charger: allowed.value, chain, ...offer.value }) : offer;
}

/**
 * Whether Lightning can carry the amount now; where it cannot and the account takes L-BTC alone, why not. `amountSats` is what the payer then
 * pays: more than asked where the payer bears the fees of Lightning (conformance P-23), on either method.
 */
async function offerOf(
  deps: PriceDeps,
  askedSats: Sats,
  { whenLightningIsDown, grossUp }: Charger,
): Promise<Result<Pick<Priced, 'amountSats' | 'offer'>, Refusal>> {
  const isLiquidEnough = whenLightningIsDown === 'liquid_only';
  const terms = await deps.lightning.terms();
  if (!terms.ok) {
    const isChosen = terms.error.code === LIGHTNING_NOT_CONFIGURED.code;
    if (!isChosen && !isLiquidEnough) return terms;
    const why = isChosen
      ? ({ why: 'none_configured', refusal: NO_ADDRESS_FREE } as const)
      : ({ why: 'provider_down', refusal: terms.error } as const);
    return ok({ amountSats: askedSats, offer: why });
  }
  const amountSats = grossUp ? terms.value.payerSats(askedSats) : askedSats;
  const fits = fitsLimits(amountSats, terms.value);
  if (fits.ok) return ok({ amountSats, offer: 'offered' });
  return isLiquidEnough ? ok({ amountSats: askedSats, offer: { why: 'out_of_limits', refusal: fits.error } }) : fits;
}
