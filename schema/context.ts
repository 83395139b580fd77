import type { PrismaClient } from '../prisma/generated/client.ts';
import type { Account } from '../src/accounts/account.ts';
import type { KeyHolder } from '../src/accounts/account-store.ts';
import type { EventRow } from '../src/events/event-store.ts';
import type { PaymentId } from '../src/lib/ids.ts';
import type { Limiter, Verdict } from '../src/limits/limiter.ts';
import type { LimitName } from '../src/limits/limits.ts';
import type { LiquidNetwork } from '../src/liquid/network.ts';
import type { Refusal } from '../src/lib/refusal.ts';
import type { Result } from '../src/lib/result.ts';
import type { Clock } from '../src/lib/time.ts';
import type { Checkout } from '../src/payments/read-checkout.ts';
import type { Payment } from '../src/payments/payment.ts';
import type { PaymentInput } from '../src/payments/payment-input.ts';
import type { PaymentPage } from '../src/payments/payment-store.ts';
import type { PaymentAsker, PaymentSession } from '../src/payments/request-payment.ts';
import type { Rate } from '../src/rates/rate.ts';
import type { Bus } from '../subscriptions/pubsub.ts';
import type { Audience } from './key-audience.ts';
import type { KeyUseCases } from './key-use-cases.ts';
import type { LinkUseCases } from './link-use-cases.ts';
import type { LinkTotals } from '../src/links/link-payments-store.ts';
import type { PaymentLink } from '../src/links/link.ts';
import DataLoader from 'dataloader';
import { LIMITS } from '../src/limits/limits.ts';
import { INVALID_KEY } from '../src/accounts/authenticate.ts';
import { whyNotKey } from './key-audience.ts';

/** What the API can do: use cases bound to their dependencies in `app.ts`. Resolvers call these and nothing deeper. */
export type UseCases = {
  readonly now: Clock;
  readonly newRequestId: () => string;
  readonly publicUrl: string;
  readonly network: LiquidNetwork;
  readonly prisma: PrismaClient;
  readonly bus: Bus;
  readonly limiter: Limiter;
  readonly authenticate: (authorization: string | null, origin: string | null) => Promise<Result<KeyHolder, Refusal>>;
  readonly requestPayment: (
    asker: PaymentAsker,
    input: PaymentInput & { readonly idempotencyKey: string | null },
  ) => Promise<Result<PaymentSession, Refusal>>;
  readonly findAccountPayment: (accountId: string, id: PaymentId) => Promise<Payment | null>;
  readonly listPayments: (page: PaymentPage) => Promise<readonly Payment[]>;
  readonly readCheckout: (id: PaymentId) => Promise<Checkout | null>;
  readonly readSubjectEvents: (accountId: string, subjectId: string) => Promise<readonly EventRow[]>;
  readonly findAccount: (id: string) => Promise<Account | null>;
  readonly findQuotes: (ids: readonly string[]) => Promise<ReadonlyMap<string, Rate>>;
  readonly links: LinkUseCases;
  readonly keys: KeyUseCases;
  readonly findInvoices: (paymentIds: readonly string[]) => Promise<ReadonlyMap<string, { invoice: string; expiresAt: Date }>>;
  /** The confidential L-BTC address of each payment that was given one. */
  readonly findAddresses: (paymentIds: readonly string[]) => Promise<ReadonlyMap<string, string>>;
};

/** One request, or one operation on a socket. */
export type RequestContext = {
  readonly requestId: string;
  readonly app: UseCases;
  /** Who asks, as limits count it (`clientAddress`). Null: our own pages, or a request that was counted before it became an operation. */
  readonly address: string | null;
  /** Who calls, asked at most once per request. */
  readonly caller: () => Promise<Result<KeyHolder, Refusal>>;
  /** The same once it has been asked, for code that cannot wait. */
  readonly knownCaller: () => Result<KeyHolder, Refusal> | null;
  /** Asked afresh: whether who called may still call. */
  readonly stillHolds: () => Promise<boolean>;
  /** The web page that calls, as its browser says; null for programs. */
  readonly origin: string | null;
  /** Batches reads of one tick; holds only what never changes, so subscriptions may keep it. */
  readonly loaders: {
    readonly quote: DataLoader<string, Rate | null>;
    readonly invoice: DataLoader<string, { invoice: string; expiresAt: Date } | null>;
    readonly address: DataLoader<string, string | null>;
    /** These two change: they batch, and remember nothing. */
    readonly link: DataLoader<string, PaymentLink | null>;
    readonly linkTotals: DataLoader<string, LinkTotals | null>;
  };
  readonly idempotencyKey: string | null;
  /** What the transport has to add to its answer. */
  readonly answer: {
    idempotentReplayed: boolean;
    /** A stream was ended, since its key holds no more. */
    isKeyLost?: boolean;
  };
};

/** What a transport tells of one request. */
export type Asked = {
  readonly authorization: string | null;
  readonly idempotencyKey: string | null;
  readonly address: string | null;
  /** The header of that name. */
  readonly origin?: string | null;
};

export function makeContext(app: UseCases, request: Asked): RequestContext {
  let asked: Promise<Result<KeyHolder, Refusal>> | undefined;
  let known: Result<KeyHolder, Refusal> | null = null;
  const origin = request.origin ?? null;
  const authenticate = () => app.authenticate(request.authorization, origin);
  const ask = async () => {
    known = await authenticate();
    return known;
  };
  return {
    requestId: app.newRequestId(),
    app,
    address: request.address,
    caller: () => {
      asked ??= ask();
      return asked;
    },
    knownCaller: () => known,
    stillHolds: async () => (await authenticate()).ok,
    origin,
    loaders: {
      quote: batched(app.findQuotes),
      invoice: batched(app.findInvoices),
      address: batched(app.findAddresses),
      link: batched(app.links.findMany, FORGETFUL),
      linkTotals: batched(app.links.totals, FORGETFUL),
    },
    idempotencyKey: request.idempotencyKey,
    answer: { idempotentReplayed: false },
  };
}

const FORGETFUL = { cache: false };

function batched<T>(
  find: (ids: readonly string[]) => Promise<ReadonlyMap<string, T>>,
  options: { readonly cache?: boolean } = {},
): DataLoader<string, T | null> {
  return new DataLoader(async (ids: readonly string[]) => {
    const found = await find(ids);
    return ids.map((id) => found.get(id) ?? null);
  }, options);
}

/** Why this caller may not ask, or null when they may. */
export async function refusalFor(context: RequestContext, audience: Audience): Promise<Refusal | null> {
  if (audience === 'public') return null;
  const caller = await context.caller();
  return caller.ok ? whyNotKey(caller.value, audience, context.origin) : INVALID_KEY;
}

/**
 * Spends one use of a limit, before anything about the caller is said (conformance B-10); null when nothing is counted.
 * A key that does not hold is counted by its address: guessing gains nothing.
 */
export async function spend(context: RequestContext, name: LimitName): Promise<Verdict | null> {
  const { address, app } = context;
  if (address === null) return null;
  const { per } = LIMITS[name];
  if (per === 'ip' && name !== 'payment_creation') return app.limiter.take(name, address);
  if (per === 'email') throw new Error(`${name} is counted by what the request says: its use case spends it`);
  // Whether an account has a limit of its own takes a look into the database; a flood is not worth one each.
  if (per === 'ip' && (await app.limiter.isHammering(address))) return app.limiter.take(name, address);
  const caller = await context.caller();
  if (!caller.ok) return app.limiter.take(name, address);
  const { kind, createPerMinute, accountId, keyId } = caller.value;
  if (per !== 'ip') return app.limiter.take(name, per === 'key' ? keyId : accountId);
  if (kind === 'publishable') return spendPublishable(app.limiter, { address, keyId });
  if (createPerMinute === null) return app.limiter.take(name, address);
  return app.limiter.take('payment_creation_account', accountId, createPerMinute);
}

/** Publishable keys are public: what strangers do with one, from however many addresses, must not use up what the merchant's server may do. */
async function spendPublishable(limiter: Limiter, { address, keyId }: { address: string; keyId: string }): Promise<Verdict | null> {
  const byAddress = await limiter.take('payment_creation', address);
  if (byAddress?.refusal) return byAddress;
  const byKey = await limiter.take('payment_creation_publishable', keyId);
  return byKey?.refusal ? byKey : byAddress;
}
