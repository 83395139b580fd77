import type { LinkId } from '../lib/ids.ts';
import type { Fiat } from '../lib/money.ts';
import type { Refusal } from '../lib/refusal.ts';
import type { Result } from '../lib/result.ts';
import type { Sealer } from '../lib/sealed.ts';
import type { Clock } from '../lib/time.ts';
import type { PaymentOrder } from '../payments/create-payment.ts';
import type { PaymentSession } from '../payments/request-payment.ts';
import type { OnceKey } from '../payments/run-once.ts';
import type { PaymentLink } from './link.ts';
import type { OpenVisit } from './link-payments-store.ts';
import type { PublicLink } from './read-link.ts';
import { LINK_NOT_FOUND } from '../lib/ids.ts';
import { ok, refuse } from '../lib/result.ts';
import { addMs, MINUTE_MS, SECOND_MS } from '../lib/time.ts';
import { parseCurrency, parseFiat } from '../payments/payment-input.ts';
import { LINK_INACTIVE, priceOf } from './link.ts';

/**
 * Open sessions of one link at a time: each holds a swap at the provider. Above what one address can open in the ten minutes of a session
 * (30 a minute), so that no single visitor shuts the link for others. Requests that run at the same moment may pass it by their own number.
 */
export const LINK_OPEN_SESSIONS_MAX = 500;
/** A payer needs this long to find a wallet: a session with less left is not handed out again. */
export const REUSE_LEFT_MIN_MS = MINUTE_MS;
/** A second click waits for what the first one started; the reservation of a dead one ends after 15 s. */
const VISIT_WAIT_MS = 250;
const VISIT_WAITS_MAX = 64;
/** What a browser or a program may call itself: random enough not to meet another, short enough to keep. */
const VISITOR = /^[\w-]{16,128}$/;

type Visit = { readonly linkId: LinkId; readonly visitorHash: Uint8Array<ArrayBuffer> };

export type PayLinkDeps = {
  readonly now: Clock;
  readonly hash: Sealer['hash'];
  readonly readPublicLink: (id: LinkId) => Promise<PublicLink | null>;
  readonly findOpenVisit: (visit: Visit, fiat: Fiat, least: Date) => Promise<OpenVisit | null>;
  readonly findLatestVisit: (visit: Visit) => Promise<string | null>;
  readonly findOpenSessionEnds: (link: PaymentLink, most: number) => Promise<readonly Date[]>;
  readonly order: (request: Omit<PaymentOrder, 'paymentId' | 'isFresh'>, key: OnceKey) => Promise<Result<PaymentSession, Refusal>>;
  readonly wait: (ms: number) => Promise<void>;
};

export type PayLinkInput = {
  readonly id: LinkId;
  readonly amount: unknown;
  readonly currency: unknown;
  /** Names the browser, so that it finds its own open payment again; null for a payment of its own each time. */
  readonly visitor: string | null;
  readonly idempotencyKey: string | null;
  readonly requestId: string;
};

const AMOUNT_REQUIRED: Refusal = {
  kind: 'invalid',
  code: 'amount_fiat_required',
  message: 'amount_fiat is required for this link',
  field: 'amount',
};

/**
 * Starts a payment from a link, or answers the one that this browser has open already. The price of a fixed link is the link's, whatever was
 * sent. Refuses in the order 404, 410, 400, 429, then as every payment does.
 */
export async function payLink(deps: PayLinkDeps, input: PayLinkInput): Promise<Result<PaymentSession, Refusal>> {
  const link = (await deps.readPublicLink(input.id))?.link;
  if (!link) return refuse(LINK_NOT_FOUND);
  if (link.status === 'inactive') return refuse(LINK_INACTIVE);
  const fiat = amountDue(link, input);
  if (!fiat.ok) return fiat;
  if (input.visitor !== null && !VISITOR.test(input.visitor)) return refuse(INVALID_VISITOR);
  const order = { link, fiat: fiat.value, requestId: input.requestId };
  if (input.idempotencyKey !== null || input.visitor === null) {
    return startSession(deps, { ...order, visitorHash: null }, { route: 'payPaymentLink', text: input.idempotencyKey });
  }
  return visit(deps, { ...order, visitorHash: deps.hash('link-visitor', input.visitor) });
}

const INVALID_VISITOR: Refusal = {
  kind: 'invalid',
  code: 'invalid_visitor',
  message: 'visitor must have 16 to 128 letters, digits, - or _',
  field: 'visitor',
};

type SessionOrder = {
  readonly link: PaymentLink;
  readonly fiat: Fiat;
  readonly requestId: string;
  readonly visitorHash: Uint8Array<ArrayBuffer> | null;
};

/** One open payment per browser and amount, also when it asks twice at once: both ask for "the payment after its newest", which is made once. */
async function visit(
  deps: PayLinkDeps,
  order: SessionOrder & { readonly visitorHash: Uint8Array<ArrayBuffer> },
): Promise<Result<PaymentSession, Refusal>> {
  const { link, fiat, visitorHash } = order;
  const who = { linkId: link.id, visitorHash };
  for (let waits = 0; ; waits++) {
    // The newest first: a payment that another click commits between the two reads is found by the second. The other way round it would be
    // the newest already, and this click would make the one after it.
    const newest = (await deps.findLatestVisit(who)) ?? 'none';
    const open = await deps.findOpenVisit(who, fiat, addMs(deps.now(), REUSE_LEFT_MIN_MS));
    if (open) return ok({ payment: open, replayed: true });
    const text = [Buffer.from(visitorHash).toString('hex'), newest, fiat.minor, fiat.currency].join(' ');
    const session = await startSession(deps, order, { route: 'visitPaymentLink', text });
    if (session.ok || session.error.code !== 'idempotency_key_in_use' || waits >= VISIT_WAITS_MAX) return session;
    await deps.wait(VISIT_WAIT_MS);
  }
}

async function startSession(
  deps: PayLinkDeps,
  { link, fiat, requestId, visitorHash }: SessionOrder,
  key: Pick<OnceKey, 'route' | 'text'>,
): Promise<Result<PaymentSession, Refusal>> {
  const room = await hasRoom(deps, link);
  if (!room.ok) return room;
  const { id: linkId, accountId, mode, redirectUrl } = link;
  const draft = { fiat, redirectUrl, metadataText: '{}' };
  const request = { accountId, mode, source: 'link', apiKeyId: null, linkId, visitorHash, requestId, draft } as const;
  return deps.order(request, { ...key, scope: linkId, body: JSON.stringify([fiat.minor.toString(), fiat.currency]) });
}

async function hasRoom(deps: PayLinkDeps, link: PaymentLink): Promise<Result<void, Refusal>> {
  const ends = await deps.findOpenSessionEnds(link, LINK_OPEN_SESSIONS_MAX);
  const [soonest] = ends;
  if (!soonest || ends.length < LINK_OPEN_SESSIONS_MAX) return ok(undefined);
  const retryAfterSeconds = Math.max(1, Math.ceil((soonest.getTime() - deps.now().getTime()) / SECOND_MS)); // rounded up: the retry succeeds
  const message = `Too many requests — retry in ${retryAfterSeconds} seconds`;
  return refuse({ kind: 'rate-limited', code: 'link_sessions_limit', message, retryAfterSeconds });
}

function amountDue(link: PaymentLink, { amount, currency }: PayLinkInput): Result<Fiat, Refusal> {
  const price = priceOf(link);
  if (price) return ok(price);
  if (isMissing(amount)) return refuse(AMOUNT_REQUIRED);
  const paidIn = isMissing(currency) ? ok(link.currency) : parseCurrency(currency);
  return paidIn.ok ? parseFiat(amount, paidIn.value) : paidIn;
}

function isMissing(value: unknown): boolean {
  return value === undefined || value === null || value === '';
}
