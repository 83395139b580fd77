import type { Database, Tx } from '../lib/database.ts';
import type { PaymentId } from '../lib/ids.ts';
import type { Refusal } from '../lib/refusal.ts';
import type { Result } from '../lib/result.ts';
import type { Sealer } from '../lib/sealed.ts';
import type { Clock } from '../lib/time.ts';
import type { PaymentOrder } from './create-payment.ts';
import type { IdempotencyKey } from './idempotency.ts';
import type { NewPayment, Payment, PaymentSource } from './payment.ts';
import type { PaymentInput } from './payment-input.ts';
import { sha256 } from '../lib/bytes.ts';
import { ok, refuse } from '../lib/result.ts';
import { endLease, finishKey, IDEMPOTENCY_KEY_CHARS_MAX, releaseKey, reserveKey } from './idempotency.ts';
import { parsePaymentInput } from './payment-input.ts';

export type RequestPaymentDeps = {
  readonly now: Clock;
  readonly newPaymentId: () => PaymentId;
  readonly hash: Sealer['hash'];
  readonly database: Database;
  readonly create: (order: PaymentOrder, alsoInCommit: (tx: Tx) => Promise<void>) => Promise<Result<NewPayment, Refusal>>;
  readonly find: (id: PaymentId) => Promise<Payment | null>;
  readonly allowHttp: boolean;
};

export type PaymentAsker = {
  readonly accountId: string;
  readonly mode: 'live' | 'test';
  readonly source: PaymentSource;
  readonly apiKeyId: string | null;
  readonly requestId: string;
};

export type PaymentSession = { readonly payment: Pick<Payment, 'id' | 'expiresAt'>; readonly replayed: boolean };

const ROUTE = 'createPayment';

/** `POST /payments`, whoever asks: input is judged, then the same Idempotency-Key with the same body always answers the same payment. */
export async function requestPayment(
  deps: RequestPaymentDeps,
  asker: PaymentAsker,
  input: PaymentInput & { readonly idempotencyKey: string | null },
): Promise<Result<PaymentSession, Refusal>> {
  const draft = parsePaymentInput(input, { allowHttp: deps.allowHttp });
  if (!draft.ok) return draft;
  const order = (paymentId: PaymentId): PaymentOrder => ({ ...asker, paymentId, linkId: null, draft: draft.value });
  if (input.idempotencyKey === null) {
    const created = await deps.create(order(deps.newPaymentId()), async () => {});
    return created.ok ? ok({ payment: created.value, replayed: false }) : created;
  }
  if (input.idempotencyKey.length === 0 || input.idempotencyKey.length > IDEMPOTENCY_KEY_CHARS_MAX) {
    return refuse({ kind: 'invalid', code: 'invalid_idempotency_key', message: 'Idempotency-Key must have 1 to 255 characters' });
  }
  const { fiat, redirectUrl, metadataText } = draft.value;
  const body = JSON.stringify([fiat.minor.toString(), fiat.currency, redirectUrl, metadataText]);
  const keyHash = deps.hash('idempotency-key', input.idempotencyKey);
  return runOnce(deps, { scope: scopeOf(asker), route: ROUTE, keyHash, bodyHash: new Uint8Array(sha256(body)) }, order);
}

/**
 * Whose keys these are. A publishable key stands in every visitor's browser: what is asked with it must not take, or read, the keys that
 * the merchant's own server uses. Test and live are kept apart likewise.
 */
function scopeOf({ accountId, source, mode }: PaymentAsker): string {
  return [accountId, ...(source === 'secret' ? [] : [source]), ...(mode === 'live' ? [] : [mode])].join(' ');
}

async function runOnce(
  deps: RequestPaymentDeps,
  key: IdempotencyKey,
  order: (id: PaymentId) => PaymentOrder,
): Promise<Result<PaymentSession, Refusal>> {
  const reserved = await reserveKey(deps.database, key, deps.newPaymentId(), deps.now());
  if (!reserved.ok) return reserved;
  const paymentId = reserved.value.resultId as PaymentId; // reserved from newPaymentId above, now or at the first try
  if (reserved.value.kind === 'replay') {
    const payment = await deps.find(paymentId);
    if (!payment) throw new Error(`idempotency record without its payment ${paymentId}`);
    return ok({ payment, replayed: true });
  }
  const { fence } = reserved.value;
  try {
    const created = await deps.create(order(paymentId), (tx) => finishKey(tx, key, fence));
    if (created.ok) return ok({ payment: created.value, replayed: false });
    if (created.error.kind === 'unavailable') await endLease(deps.database, key, fence);
    else await releaseKey(deps.database, key, fence);
    return created;
  } catch (fault) {
    // What was reached is unknown: the reservation stays, so that a retry resumes this very payment.
    await endLease(deps.database, key, fence);
    throw fault;
  }
}
