import type { Express, Request, Response } from 'express';
import type { PageOptions, PageRenderer } from '../web/checkout/contract.ts';
import type { LinkData, LinkProblem, LinkTry } from '../web/link/contract.ts';
import type { Currency } from './lib/money.ts';
import type { Log } from './lib/log.ts';
import type { Random } from './lib/random.ts';
import express from 'express';
import { parseLinkId } from './lib/ids.ts';
import { readTypedAmount } from './links/typed-amount.ts';

/** What the page can do: read a link, and start a payment from it. */
export type LinkDoor = {
  /** Null when there is no such link. */
  readonly load: (id: string) => Promise<LinkData | null>;
  /** `address` is who asks, as limits count it. */
  readonly pay: (
    input: { readonly id: string; readonly amount: string | null; readonly visitor: string },
    address: string,
  ) => Promise<LinkPaid>;
};
export type LinkPaid = { readonly paymentId: string } | { readonly code: string; readonly retryAfterSeconds: number | null };

export type LinkPageDeps = {
  readonly publicUrl: string;
  readonly links: LinkDoor;
  readonly random: Random;
  /** Who asks, as limits count it. */
  readonly addressOf: (request: Request) => string;
  readonly log?: Log;
};

export type LinkAnswer = {
  readonly status: number;
  readonly html: string;
  readonly retryAfterSeconds?: number;
  /** Where to go instead of showing `html`; a path of our own. */
  readonly location?: string;
  /** Web pages that may show the answer in a frame. */
  readonly frameOrigins?: readonly string[];
  /** It holds a form that goes to our own server. */
  readonly hasForm?: boolean;
};
/** Runs `make` with the built pages and sends its answer under the policy of a page with a form. */
export type SendLinkPage = (
  request: Request,
  response: Response,
  make: (renderer: PageRenderer, options: PageOptions) => Promise<LinkAnswer>,
) => Promise<void>;

/** A form holds one short field. */
const FORM_BYTES_MAX = 4_096;
/** As many bytes as an id: nobody guesses another browser's name. */
const VISITOR_BYTES = 16;
/** The longest time that a payment can be set to stay open (PAYMENT_TTL_SECONDS): after it there is nothing to find again. */
const VISIT_SECONDS = 43_200;
const COOKIE = 'avopay_visit';
const RETRY_AFTER_SECONDS = 5;

/**
 * `/pay/lnk_…`: a form for people. Looking at it never starts a payment, so previews and bots cost nothing; sending it starts one, or finds
 * the one that this browser has open, and leads there.
 */
export function mountLinkPage(app: Express, deps: LinkPageDeps, send: SendLinkPage): void {
  const form = express.urlencoded({ extended: false, limit: FORM_BYTES_MAX });
  app.get('/pay/:id', (request, response, next) => {
    if (!isLink(request)) return next();
    const visitor = knownVisitor(request);
    return send(request, response, async (renderer, options) => {
      const link = await load(deps, request);
      const isNew = link !== null && link !== 'fault' && link.status === 'ACTIVE' && visitor === null;
      if (isNew) rememberVisitor(deps, { link, response, visitor: newVisitor(deps) });
      return showLink(link, UNTRIED, { renderer, options });
    });
  });
  app.post('/pay/:id', form, (request, response, next) => {
    if (!isLink(request)) return next();
    return send(request, response, (renderer, options) => pay(deps, { request, response }, { renderer, options }));
  });
}

type Page = { readonly renderer: PageRenderer; readonly options: PageOptions };
type Loaded = LinkData | null | 'fault';

async function pay(deps: LinkPageDeps, { request, response }: { request: Request; response: Response }, page: Page): Promise<LinkAnswer> {
  const link = await load(deps, request);
  if (link === null || link === 'fault' || link.status === 'INACTIVE') return showLink(link, UNTRIED, page);
  // Another site may send people here, but not start payments in their name: they see the page first.
  if (!isOwnForm(request)) return { status: 303, html: '', location: `/pay/${link.id}${page.options.keep}` };
  const visitor = knownVisitor(request) ?? newVisitor(deps);
  rememberVisitor(deps, { link, response, visitor });
  const typed = typedAmount(request);
  const amount = link.amountFiat === null ? readTypedAmount(typed, link.currency as Currency) : null; // the schema's own enum
  if (link.amountFiat === null && amount === null) {
    return showLink(link, { typed, problem: typed.trim() === '' ? 'amount_missing' : 'amount_unclear' }, page);
  }
  const paid = await deps.links.pay({ id: link.id, amount, visitor }, deps.addressOf(request)).catch((error: unknown) => {
    deps.log?.error({ err: error, linkId: link.id }, 'a payment link could not be paid');
    return { code: 'unexpected', retryAfterSeconds: null };
  });
  if ('paymentId' in paid) return { status: 303, html: '', location: `/pay/${paid.paymentId}${page.options.keep}` };
  if (paid.code === 'payment_link_inactive') return showLink({ ...link, status: 'INACTIVE' }, UNTRIED, page);
  const answer = showLink(link, { typed, problem: problemOf(paid.code) }, page);
  return { ...answer, ...(paid.retryAfterSeconds === null ? {} : { retryAfterSeconds: paid.retryAfterSeconds }) };
}

const UNTRIED: LinkTry = { typed: '', problem: null };

/** TABLE: what a refusal means to a payer. The shop's plan and wallet look the same: neither is the payer's business. */
const PROBLEMS: { readonly [code: string]: LinkProblem } = {
  amount_fiat_required: 'amount_missing',
  amount_not_positive: 'too_small',
  too_many_decimals: 'no_decimals',
  amount_too_small: 'too_small',
  amount_too_large: 'too_large',
  rate_unavailable: 'no_price',
  trial_limit_reached: 'shop_closed',
  wallet_not_connected: 'shop_closed',
  lightning_not_configured: 'shop_closed',
  link_sessions_limit: 'busy',
  rate_limited: 'busy',
};

/** TABLE: problem -> HTTP status. */
const STATUS: { readonly [Problem in LinkProblem]: number } = {
  amount_missing: 400,
  amount_unclear: 400,
  no_decimals: 400,
  too_small: 400,
  too_large: 400,
  no_price: 503,
  shop_closed: 503,
  busy: 429,
  unavailable: 503,
};

function problemOf(code: string): LinkProblem {
  return PROBLEMS[code] ?? 'unavailable';
}

function showLink(link: Loaded, attempt: LinkTry, { renderer, options }: Page): LinkAnswer {
  if (link === 'fault') return { status: 503, html: renderer.problemPage('unavailable', options), retryAfterSeconds: RETRY_AFTER_SECONDS };
  if (link === null) return { status: 404, html: renderer.problemPage('not_found', options) };
  const html = renderer.linkPage(link, attempt, options);
  if (link.status === 'INACTIVE') return { status: 410, html };
  const status = attempt.problem === null ? 200 : STATUS[attempt.problem];
  return status === 503 ? { status, html, retryAfterSeconds: RETRY_AFTER_SECONDS } : { status, html };
}

async function load({ links, log }: LinkPageDeps, request: Request): Promise<Loaded> {
  const id = parseLinkId(request.params['id']);
  if (!id.ok) return null;
  try {
    return await links.load(id.value);
  } catch (error) {
    log?.error({ err: error, linkId: id.value }, 'a payment link page could not load its link');
    return 'fault';
  }
}

function isLink(request: Request): boolean {
  return String(request.params['id']).startsWith('lnk_');
}

/** Browsers say where a form comes from; those too old to say are believed. */
function isOwnForm(request: Request): boolean {
  const site = request.get('sec-fetch-site');
  return site === undefined || site === 'same-origin' || site === 'none';
}

/** The tapped amount, else the typed one. */
function typedAmount(request: Request): string {
  const fields: { readonly [name: string]: unknown } = typeof request.body === 'object' && request.body !== null ? request.body : {};
  const { pick, amount } = fields;
  if (typeof pick === 'string' && pick !== '') return pick;
  return typeof amount === 'string' ? amount : '';
}

function newVisitor({ random }: LinkPageDeps): string {
  return Buffer.from(random(VISITOR_BYTES)).toString('base64url');
}

function knownVisitor(request: Request): string | null {
  return new RegExp(`(?:^|; )${COOKIE}=([\\w-]{22})(?:;|$)`).exec(request.get('cookie') ?? '')?.[1] ?? null;
}

/** The name of this browser at this link alone: its path keeps it from every other link and page, so nobody is followed from shop to shop. */
function rememberVisitor(
  { publicUrl }: LinkPageDeps,
  { link, response, visitor }: { link: LinkData; response: Response; visitor: string },
): void {
  const secure = publicUrl.startsWith('https:') ? '; Secure' : '';
  response.append('set-cookie', `${COOKIE}=${visitor}; Path=/pay/${link.id}; Max-Age=${VISIT_SECONDS}; HttpOnly; SameSite=Lax${secure}`);
}
