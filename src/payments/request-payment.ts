import type { PaymentId } from '../lib/ids.ts';
import type { Refusal } from '../lib/refusal.ts';
import type { Result } from '../lib/result.ts';
import type { PaymentOrder } from './create-payment.ts';
import type { NewPayment, Payment, PaymentSource } from './payment.ts';
import type { PaymentInput } from './payment-input.ts';
import type { PublishableBounds } from './publishable-limits.ts';
import type { AlsoInCommit, OnceDeps, OnceKey } from './run-once.ts';
import { ok } from '../lib/result.ts';
import { parsePaymentInput } from './payment-input.ts';
import { checkBounds } from './publishable-limits.ts';
import { runOnce } from './run-once.ts';

export type OrderPaymentDeps = OnceDeps & {
  readonly newPaymentId: () => PaymentId;
  readonly create: (order: PaymentOrder, alsoInCommit: AlsoInCommit) => Promise<Result<NewPayment, Refusal>>;
  readonly find: (id: PaymentId) => Promise<Payment | null>;
};
export type RequestPaymentDeps = OrderPaymentDeps & { readonly allowHttp: boolean };

export type PaymentAsker = {
  readonly accountId: string;
  readonly mode: 'live' | 'test';
  readonly source: PaymentSource;
  readonly apiKeyId: string | null;
  readonly requestId: string;
  /** What a publishable key may ask for; absent for everybody else. */
  readonly bounds?: PublishableBounds;
};

export type PaymentSession = { readonly payment: Pick<Payment, 'id' | 'expiresAt'>; readonly replayed: boolean };

const ROUTE = 'createPayment';

/** `POST /payments`, whoever asks: input is judged, then the same Idempotency-Key with the same body always answers the same payment. */
export async function requestPayment(
  deps: RequestPaymentDeps,
  { bounds, ...asker }: PaymentAsker,
  input: PaymentInput & { readonly idempotencyKey: string | null },
): Promise<Result<PaymentSession, Refusal>> {
  const draft = parsePaymentInput(input, { allowHttp: deps.allowHttp });
  if (!draft.ok) return draft;
  const allowed = bounds ? checkBounds(draft.value, bounds) : ok(undefined);
  if (!allowed.ok) return allowed;
  const { fiat, redirectUrl, metadataText } = draft.value;
  const body = JSON.stringify([fiat.minor.toString(), fiat.currency, redirectUrl, metadataText]);
  const key = { scope: scopeOf(asker), route: ROUTE, text: input.idempotencyKey, body };
  return orderPayment(deps, { ...asker, linkId: null, visitorHash: null, draft: draft.value }, key);
}

/**
 * Whose keys these are. A publishable key stands in every visitor's browser: what is asked with it must not take, or read, the keys that
 * the merchant's own server uses. Test and live are kept apart likewise.
 */
function scopeOf({ accountId, source, mode }: Pick<PaymentAsker, 'accountId' | 'source' | 'mode'>): string {
  return [accountId, ...(source === 'secret' ? [] : [source]), ...(mode === 'live' ? [] : [mode])].join(' ');
}

/** The one way to a payment, from a request or from a link: created once per key, or read back. */
export async function orderPayment(
  deps: OrderPaymentDeps,
  request: Omit<PaymentOrder, 'paymentId' | 'isFresh'>,
  key: OnceKey,
): Promise<Result<PaymentSession, Refusal>> {
  const done = await runOnce<PaymentId, PaymentSession['payment']>(deps, key, {
    newId: deps.newPaymentId,
    run: (paymentId, alsoInCommit, isFresh) => deps.create({ ...request, paymentId, isFresh }, alsoInCommit),
    find: deps.find,
  });
  return done.ok ? ok({ payment: done.value.value, replayed: done.value.replayed }) : done;
}
