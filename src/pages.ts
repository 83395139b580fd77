import type { Express, Request, Response } from 'express';
import type { CheckoutData, PageOptions, PageRenderer } from '../web/checkout/contract.ts';
import type { LinkAnswer, LinkDoor } from './link-page.ts';
import type { SimulatePageDeps } from './simulate-page.ts';
import type { WebFile } from './web-files.ts';
import type { Log } from './lib/log.ts';
import type { Random } from './lib/random.ts';
import type { Clock } from './lib/time.ts';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { gzipSync } from 'node:zlib';
import { parsePaymentId } from './lib/ids.ts';
import { mountLinkPage } from './link-page.ts';
import { mountSimulatePage } from './simulate-page.ts';
import { pageLanguage } from './page-language.ts';
import { contentPolicy, FORM_HERE, FORM_PAGE, livePage, NO_FORM, NO_FRAME, STILL_PAGE } from './page-policy.ts';
import { mountSdk } from './sdk-files.ts';
import { builtFolder, loadedOnce, readWebFile, sendCompressed, sendWebFile } from './web-files.ts';

/** What a payer may see: the GraphQL type `Checkout` as plain JSON. */
export type { CheckoutData } from '../web/checkout/contract.ts';

export type PagesDeps = {
  readonly publicUrl: string;
  readonly apiUrl: string;
  readonly sandbox: boolean;
  readonly termsUrl?: string | null;
  /** Null when there is no such payment. A rejection becomes the page that says to try again. */
  readonly loadCheckout: (paymentId: string) => Promise<CheckoutData | null>;
  readonly links: LinkDoor;
  readonly simulate?: SimulatePageDeps['simulate'];
  readonly addressOf: (request: Request) => string;
  readonly random: Random;
  readonly now: Clock;
  readonly log?: Log;
};

/** Asset names carry a hash of their content: they never change. */
const ASSET_CACHE = 'public, max-age=31536000, immutable';
/** The icon has a fixed name; a day is short enough to change it. */
const ICON_CACHE = 'public, max-age=86400';
/** A client that was told "unavailable" may ask again after this. */
const RETRY_AFTER_SECONDS = 5;

const HTML = 'text/html; charset=utf-8';
type Pages = {
  readonly renderer: PageRenderer;
  readonly script: string;
  readonly policy: string;
  /** For a page with a form and without any script. */
  readonly formPolicy: string;
  /** For a page to read. */
  readonly stillPolicy: string;
  readonly assets: ReadonlyMap<string, WebFile>;
};

/** The pages for people: `/`, `/pay/:id`, and what they need. `npm run build:web` makes them; until then they answer 503. */
export function mountPages(app: Express, deps: PagesDeps): void {
  const pages = loadedOnce(() => loadPages(deps.publicUrl), deps.log);
  const page = async (
    request: Request,
    response: Response,
    make: (pages: Pages, options: PageOptions) => Promise<LinkAnswer>,
    policyOf = ({ policy }: Pages) => policy,
  ) => {
    const loaded = await pages();
    if (!loaded) return sendUnbuilt(response);
    const { publicUrl, sandbox, termsUrl = null } = deps;
    const options = { publicUrl, sandbox, termsUrl, script: loaded.script, ...pageLanguage(request) };
    const answer = await make(loaded, options);
    sendPage(request, response, answer, policyOf(loaded));
  };

  app.get('/', (request, response) =>
    page(request, response, async ({ renderer }, options) => ({ status: 200, html: renderer.landingPage(options) })),
  );
  mountSdk(app, deps);
  mountLinkPage(app, deps, (request, response, make) =>
    page(
      request,
      response,
      ({ renderer }, options) => make(renderer, options),
      ({ formPolicy }) => formPolicy,
    ),
  );
  app.get('/pay/:id', (request, response) =>
    page(request, response, ({ renderer }, options) => checkoutAnswer(deps, renderer, request.params['id'], options)),
  );
  app.get('/pay/:id/receipt', (request, response) =>
    page(
      request,
      response,
      ({ renderer }, options) => receiptAnswer(deps, renderer, request.params['id'], options),
      ({ stillPolicy }) => stillPolicy,
    ),
  );
  if (deps.simulate) mountSimulatePage(app, { ...deps, simulate: deps.simulate });
  app.get('/pay/:id/status', (request, response) => sendStatus(deps, request.params['id'], response));
  app.get('/assets/:name', async (request, response) => {
    const loaded = await pages();
    sendWebFile(request, response, loaded?.assets.get(request.params['name'] ?? ''), ASSET_CACHE);
  });
  app.get('/favicon.svg', async (request, response) => {
    const loaded = await pages();
    sendWebFile(request, response, loaded?.assets.get('favicon.svg'), ICON_CACHE);
  });
}

async function receiptAnswer(deps: PagesDeps, renderer: PageRenderer, id: unknown, options: PageOptions): Promise<LinkAnswer> {
  const loaded = await lookUp(deps, id);
  if (loaded === 'fault' || loaded === null) return problemAnswer(loaded, renderer, options);
  return { status: 200, html: renderer.receiptPage(loaded, { ...options, checkedAt: deps.now() }) };
}

function problemAnswer(loaded: 'fault' | null, renderer: PageRenderer, options: PageOptions): LinkAnswer {
  if (loaded === null) return { status: 404, html: renderer.problemPage('not_found', options) };
  return { status: 503, html: renderer.problemPage('unavailable', options), retryAfterSeconds: RETRY_AFTER_SECONDS };
}

async function checkoutAnswer(deps: PagesDeps, renderer: PageRenderer, id: unknown, options: PageOptions): Promise<LinkAnswer> {
  const loaded = await lookUp(deps, id);
  if (loaded === 'fault' || loaded === null) return problemAnswer(loaded, renderer, options);
  const isTest = loaded.mode === 'TEST' && loaded.status === 'PENDING';
  return { status: 200, html: renderer.checkoutPage(loaded, options), hasForm: isTest, frameOrigins: loaded.frameOrigins ?? [] };
}

/** What the open page asks for when it is not sure of its socket. */
async function sendStatus(deps: PagesDeps, id: unknown, response: Response): Promise<void> {
  response.set('cache-control', 'no-store').set('x-content-type-options', 'nosniff');
  const loaded = await lookUp(deps, id);
  if (loaded === 'fault') {
    response.set('retry-after', String(RETRY_AFTER_SECONDS)).status(503);
    response.json({ error: 'The payment could not be read — please retry', code: 'checkout_unavailable' });
    return;
  }
  if (loaded === null) {
    response.status(404).json({ error: 'Payment not found', code: 'payment_not_found' });
    return;
  }
  const { status, redirectUrl, expiresAt, paidAt, exception, receivedSats } = loaded;
  const serverTime = deps.now().toISOString();
  response.json({ status: status.toLowerCase(), redirectUrl, serverTime, expiresAt, paidAt, exception, receivedSats });
}

async function lookUp(deps: PagesDeps, id: unknown): Promise<CheckoutData | null | 'fault'> {
  const paymentId = parsePaymentId(id);
  if (!paymentId.ok) return null;
  try {
    return await deps.loadCheckout(paymentId.value);
  } catch (error) {
    deps.log?.error({ err: error, paymentId: paymentId.value }, 'a checkout page could not load its payment');
    return 'fault';
  }
}

function sendPage(request: Request, response: Response, answer: LinkAnswer, policy: string): void {
  const { frameOrigins = [], hasForm } = answer;
  const framed = frameOrigins.length === 0 ? policy : policy.replace(NO_FRAME, `frame-ancestors ${frameOrigins.join(' ')}`);
  response.status(answer.status).set({
    'content-type': HTML,
    'cache-control': 'no-store',
    'content-security-policy': hasForm ? framed.replace(NO_FORM, FORM_HERE) : framed,
    'referrer-policy': 'no-referrer',
    'x-content-type-options': 'nosniff',
    'cross-origin-opener-policy': 'same-origin',
    'permissions-policy': 'camera=(), microphone=(), geolocation=(), clipboard-write=(self)',
  });
  // The older header knows no list of pages: it would forbid those that may.
  if (frameOrigins.length === 0) response.set('x-frame-options', 'DENY');
  if (request.path !== '/') response.set('x-robots-tag', 'noindex, nofollow');
  if (answer.retryAfterSeconds !== undefined) response.set('retry-after', String(answer.retryAfterSeconds));
  if (answer.location !== undefined) response.set('location', answer.location);
  const body = Buffer.from(answer.html);
  sendCompressed(request, response, body, () => gzipSync(body));
}

function sendUnbuilt(response: Response): void {
  response.set({ 'cache-control': 'no-store', 'retry-after': String(RETRY_AFTER_SECONDS) });
  response.status(503).type('text/plain').send('The pages of this server are not built. Run: npm run build:web\n');
}

/** @throws Error when `web/dist` is not built. */
async function loadPages(publicUrl: string): Promise<Pages> {
  const dist = builtFolder();
  const manifestPath = join(dist, 'client', 'manifest.json');
  if (!existsSync(manifestPath)) throw new Error(`the pages are not built: ${manifestPath} is missing (npm run build:web)`);
  const manifest: { readonly [source: string]: { readonly file: string } } = JSON.parse(readFileSync(manifestPath, 'utf8'));
  const entry = manifest['web/checkout/client.tsx'];
  if (!entry) throw new Error(`${manifestPath} has no entry for the checkout page`);
  const bundle = pathToFileURL(join(dist, 'server', 'render.js')).href;
  const renderer = (await import(/* @vite-ignore */ bundle)) as PageRenderer; // built from web/checkout/render.tsx, held to this type by a test
  return {
    renderer,
    script: `/${entry.file}`,
    policy: contentPolicy(renderer.inlineStyles, livePage(publicUrl)),
    formPolicy: contentPolicy(renderer.inlineStyles, FORM_PAGE),
    stillPolicy: contentPolicy(renderer.inlineStyles, STILL_PAGE),
    assets: readAssets(join(dist, 'client')),
  };
}

function readAssets(client: string): ReadonlyMap<string, WebFile> {
  const assets = new Map<string, WebFile>();
  for (const name of readdirSync(join(client, 'assets'))) assets.set(name, readWebFile(join(client, 'assets', name)));
  assets.set('favicon.svg', readWebFile(join(client, 'favicon.svg')));
  return assets;
}
