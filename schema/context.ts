import type { PrismaClient } from '../prisma/generated/client.ts';
import type { Account } from '../src/accounts/account.ts';
import type { Caller } from '../src/accounts/caller.ts';
import type { Audience } from './audience.ts';
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
import type { PaymentPage } from '../src/payments/payment-list-store.ts';
import type { SeenPayment } from '../src/payments/read-payment.ts';
import type { PaymentAsker, PaymentSession } from '../src/payments/request-payment.ts';
import type { Rate } from '../src/rates/rate.ts';
import type { Bus } from '../subscriptions/pubsub.ts';
import type { HookUseCases } from './hook-use-cases.ts';
import type { ExportUseCases } from './export-use-cases.ts';
import type { KeyUseCases } from './key-use-cases.ts';
import type { LinkUseCases } from './link-use-cases.ts';
import type { LogoUseCases } from './logo-use-cases.ts';
import type { WalletUseCases } from './wallet-use-cases.ts';
import type { PlanUseCases } from './plan-use-cases.ts';
import type { PeopleUseCases } from './people-use-cases.ts';
import { LIMITS } from '../src/limits/limits.ts';
import { whyNot } from './audience.ts';
import { Loaders } from './loaders.ts';

/** What the API can do: use cases bound to their dependencies in `app.ts`. Resolvers call these and nothing deeper. */
export type UseCases = {
  readonly now: Clock;
  readonly newRequestId: () => string;
  readonly publicUrl: string;
  /** Shows a transaction under `/tx/…`; null: none is known. */
  readonly explorerUrl: string | null;
  readonly network: LiquidNetwork;
  readonly prisma: PrismaClient;
  readonly bus: Bus;
  readonly limiter: Limiter;
  /** A header wins over a cookie. */
  readonly authenticate: (
    authorization: string | null,
    web: { readonly session: string | null; readonly origin: string | null },
  ) => Promise<Result<Caller, Refusal>>;
  readonly requestPayment: (
    asker: PaymentAsker,
    input: PaymentInput & { readonly idempotencyKey: string | null },
  ) => Promise<Result<PaymentSession, Refusal>>;
  readonly findAccountPayment: (accountId: string, id: PaymentId) => Promise<SeenPayment | null>;
  readonly listPayments: (page: PaymentPage) => Promise<readonly Payment[]>;
  readonly readCheckout: (id: PaymentId) => Promise<Checkout | null>;
  readonly findAccount: (id: string) => Promise<Account | null>;
  readonly findQuotes: (ids: readonly string[]) => Promise<ReadonlyMap<string, Rate>>;
  readonly links: LinkUseCases;
  readonly logos: LogoUseCases;
  readonly wallets: WalletUseCases;
  readonly plans: PlanUseCases;
  readonly people: PeopleUseCases;
  readonly hooks: HookUseCases;
  readonly keys: KeyUseCases;
  readonly exports: ExportUseCases;
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
  readonly caller: () => Promise<Result<Caller, Refusal>>;
  /** The same once it has been asked, for code that cannot wait. */
  readonly knownCaller: () => Result<Caller, Refusal> | null;
  /** Asked afresh: whether who called may still call. */
  readonly stillHolds: () => Promise<boolean>;
  /** The web page that calls, as its browser says; null for programs. */
  readonly origin: string | null;
  /** Batches reads of one tick. */
  readonly loaders: Loaders;
  readonly idempotencyKey: string | null;
  readonly web: Web;
  /** What the transport has to add to its answer. */
  readonly answer: Answer;
};

/** What a browser tells of itself. Programs tell nothing of it. */
export type Web = {
  /** The value of the session's cookie. */
  readonly session: string | null;
  /** Whether the request shows that a page of ours has sent it: a page of another site can send the cookie, but not this (conformance N-2). */
  readonly isOurs: boolean;
  /** Whether the answer can set a cookie. */
  readonly keepsCookies: boolean;
  readonly ip: string;
  readonly userAgent: string;
};

/** Filled while an operation runs, read by its transport. */
export type Answer = {
  idempotentReplayed: boolean;
  /** What to do with the session's cookie: a value to set, null to clear it; undefined leaves it. */
  session?: { readonly token: string; readonly expiresAt: Date } | null;
  /** A stream was ended, since its key holds no more. */
  isKeyLost?: boolean;
};

/** What a transport tells of one request. */
export type Asked = {
  readonly authorization: string | null;
  readonly idempotencyKey: string | null;
  readonly address: string | null;
  /** Absent: no browser, or one of our own pages. */
  readonly web?: Web;
  /** The header of that name. */
  readonly origin?: string | null;
  /** Absent: the transport has nothing to add. */
  readonly answer?: Answer;
};

export const NO_BROWSER: Web = { session: null, isOurs: false, keepsCookies: false, ip: '', userAgent: '' };

export function makeContext(app: UseCases, request: Asked): RequestContext {
  let asked: Promise<Result<Caller, Refusal>> | undefined;
  let known: Result<Caller, Refusal> | null = null;
  const web = request.web ?? NO_BROWSER;
  const origin = request.origin ?? null;
  const authenticate = () => app.authenticate(request.authorization, { session: web.session, origin });
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
    loaders: new Loaders(app),
    idempotencyKey: request.idempotencyKey,
    web,
    answer: request.answer ?? { idempotentReplayed: false },
  };
}

/** Why this caller may not ask, or null when they may. */
export async function refusalFor(context: RequestContext, audience: Audience): Promise<Refusal | null> {
  return audience === 'public' ? null : whyNot(await context.caller(), audience, { now: context.app.now, origin: context.origin });
}

/** A cookie is sent along by any page that makes a browser ask; what changes something must also show that one of ours did (conformance N-2). */
export const FORGED: Refusal = {
  kind: 'forbidden',
  code: 'not_from_our_pages',
  message: 'Send this from a page of AvoPay: it needs the header X-AvoPay-Request: 1 and an allowed Origin',
};

/** For what changes something and is not public: refuses a session whose request another site may have sent. */
export async function forgeryOf(context: RequestContext): Promise<Refusal | null> {
  if (context.web.isOurs) return null;
  const caller = await context.caller();
  return caller.ok && caller.value.kind === 'session' ? FORGED : null;
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
  const holder = caller.value;
  if (per !== 'ip') return app.limiter.take(name, per === 'key' ? counted(holder) : holder.accountId);
  if (holder.kind === 'publishable') return spendPublishable(app.limiter, { address, keyId: holder.keyId });
  if (holder.kind === 'session' || holder.createPerMinute === null) return app.limiter.take(name, address);
  return app.limiter.take('payment_creation_account', holder.accountId, holder.createPerMinute);
}

/** What a limit per key counts a person by: all of their browsers together. */
function counted(holder: Caller): string {
  return holder.kind === 'session' ? holder.userId : holder.keyId;
}

/** Publishable keys are public: what strangers do with one, from however many addresses, must not use up what the merchant's server may do. */
async function spendPublishable(limiter: Limiter, { address, keyId }: { address: string; keyId: string }): Promise<Verdict | null> {
  const byAddress = await limiter.take('payment_creation', address);
  if (byAddress?.refusal) return byAddress;
  const byKey = await limiter.take('payment_creation_publishable', keyId);
  return byKey?.refusal ? byKey : byAddress;
}
