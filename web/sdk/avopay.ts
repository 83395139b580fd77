/** What a page says about a payment: the documented options, and where the API is when it is not where this script came from. */
export type PayOptions = {
  readonly publishableKey: string;
  readonly amount: number | string;
  readonly currency: string;
  readonly redirectUrl?: string;
  readonly metadata?: { readonly [name: string]: unknown };
  readonly onError?: (error: Error) => void;
  /** Address of the API, as `https://api.example`. */
  readonly api?: string;
};
export type Session = { readonly payment_id: string; readonly checkout_url: string; readonly expires_at: string };

/** Creating a payment takes a second or two; a visitor who saw nothing for this long has to be told something. */
const TIMEOUT_MS = 15_000;
/** A page that is still open so long after it was sent away has stayed: its button must work again. */
const LEAVING_MS = 8_000;
/** The server that serves this file writes its own address here. */
const API = 'https://api.avopay.dev';

const page = typeof window === 'undefined' ? null : window;
const script = page && (page.document.currentScript as HTMLScriptElement | null); // null in modules; never an SVG script here
// A bundle runs this in a script of the shop's own: only a script of this name comes from the API's server.
const base = script?.dataset['api'] || /^https?:\/\/[^/]+(?=\/js\/avopay[^/]*\.js)/.exec(script?.src ?? '')?.[0] || API;
let running: Promise<Session | undefined> | null = null;

/** Creates a payment and answers its session. @throws Error with the API's own words, or words of ours when it did not answer. */
async function create(options: PayOptions): Promise<Session> {
  const { publishableKey, amount, currency, redirectUrl, metadata, api = base } = options;
  if (/^\s*ak_(live|test)_/.test(publishableKey))
    throw new Error('This is a secret key. It must never be in a web page or app: revoke it now, and use your publishable key (ak_pub_…)');
  const abort = new AbortController();
  const timer = setTimeout(() => abort.abort(), TIMEOUT_MS);
  try {
    const response = await fetch(`${api.replace(/\/+$/, '')}/api/v1/payments`, {
      method: 'POST',
      headers: { Authorization: `Bearer ${publishableKey}`, 'Content-Type': 'application/json' },
      body: JSON.stringify({ amount, currency, redirect_url: redirectUrl, metadata }),
      credentials: 'omit',
      signal: abort.signal,
    }).catch((cause: unknown) => fail(abort.signal.aborted ? LATE : 'AvoPay could not be reached — please try again', cause));
    const body = await response
      .json()
      .catch((cause: unknown) => fail(abort.signal.aborted ? LATE : `AvoPay answered ${response.status}`, cause));
    if (response.ok && /^https?:\/\//.test(body?.checkout_url)) return body;
    return fail(body?.error || `AvoPay answered ${response.status}`);
  } finally {
    clearTimeout(timer);
  }
}

const LATE = 'AvoPay did not answer in time — please try again';

function fail(message: string, cause?: unknown): never {
  throw new Error(message, { cause });
}

/** Creates a payment and sends the browser to its page; without a page it answers the session. Never rejects: what fails goes to `onError`. */
function pay(options: PayOptions): Promise<Session | undefined> {
  if (running) return running; // a second click
  const going = attempt(options);
  if (page) running = going;
  return going;
}

async function attempt(options: PayOptions): Promise<Session | undefined> {
  try {
    const session = await create(options);
    if (page) {
      page.location.assign(session.checkout_url);
      setTimeout(release, LEAVING_MS);
    }
    return session;
  } catch (error) {
    release();
    try {
      (options?.onError ?? console.error)(error as Error); // everything above throws errors
    } catch (fault) {
      console.error(fault);
    }
  }
}

function release(): void {
  running = null;
}

// Whoever comes back finds the page as it was left: its button must not be dead.
page?.addEventListener('pageshow', ({ persisted }) => persisted && release());

const AvoPay = { pay, create };
export default AvoPay;
