import type { HttpCall, HttpReply, HttpRequest } from '../lib/http-client.ts';
import type { Result } from '../lib/result.ts';
import type { CreateRequest, ExpiryRange, ProviderPair, ProviderStatus } from './provider-wire.ts';
import { toHex } from '../lib/bytes.ts';
import { ok, refuse } from '../lib/result.ts';
import { claimAnswerWire, errorWire, expiryWire, pairsWire, restoredAnswer, statusWire } from './provider-wire.ts';

/** A configured provider: a name that is stored on its swaps, and a base URL ending in `/v2`. */
export type ProviderEndpoint = Readonly<{ name: string; url: string }>;

/** `refused`: it said no, nothing was made. `exists`: this hash is taken. `no_answer`: it may or may not have acted. */
export type ProviderRefusal = Readonly<{ kind: 'refused' | 'exists' | 'no_answer'; reason: string }>;

export type CoopRequest = Readonly<{ preimage: Uint8Array; publicNonce: Uint8Array; claimHex: string }>;
export type CoopAnswer = Readonly<{ publicNonce: string; partialSignature: string }>;

/** One provider over HTTP. Answers are parsed, not believed. */
export type Provider = {
  readonly name: string;
  readonly url: string;
  pair(): Promise<Result<ProviderPair, ProviderRefusal>>;
  expiryRange(): Promise<Result<ExpiryRange, ProviderRefusal>>;
  /** The body as it came: `verifySwap` judges it. */
  create(request: CreateRequest): Promise<Result<unknown, ProviderRefusal>>;
  /** What it made for this key and hash earlier; null when it knows of nothing. */
  restore(request: CreateRequest): Promise<Result<unknown, ProviderRefusal>>;
  status(providerSwapId: string): Promise<Result<ProviderStatus, ProviderRefusal>>;
  /** Sends the preimage: from here on the provider can settle the Lightning payment. */
  cosign(providerSwapId: string, request: CoopRequest): Promise<Result<CoopAnswer, ProviderRefusal>>;
  broadcast(hex: string): Promise<Result<null, ProviderRefusal>>;
};

/** Pairs and expiry: small and cached at the far side; creation waits for them. */
const READ_TIMEOUT_MS = 5_000;
/** Creation makes an invoice on a Lightning node: seconds at a bad hour. */
const CREATE_TIMEOUT_MS = 8_000;
/** The stored claim needs nobody: after this long it goes out alone. */
export const COSIGN_TIMEOUT_MS = 2_500;
const REASON_CHARS_MAX = 160;
/** Published range of production; some hosts do not serve the route. */
const EXPIRY_FALLBACK: ExpiryRange = { min: 60, max: 43_200 };

export function providerClient(deps: { readonly http: HttpCall }, { name, url }: ProviderEndpoint): Provider {
  const call = (method: 'GET' | 'POST', path: string, timeoutMs: number, json?: unknown) =>
    ask(deps.http, { method, url: `${url}${path}`, timeoutMs, ...(json === undefined ? {} : { json }) });
  const at = (id: string) => encodeURIComponent(id);
  return {
    name,
    url,
    async pair() {
      const body = await call('GET', '/swap/reverse', READ_TIMEOUT_MS);
      if (!body.ok) return body;
      const pairs = pairsWire.safeParse(body.value);
      return pairs.success ? ok(pairs.data.BTC['L-BTC']) : refuse({ kind: 'refused', reason: 'the pair BTC/L-BTC is not offered' });
    },
    async expiryRange() {
      const body = await call('GET', '/swap/reverse/expiry', READ_TIMEOUT_MS);
      if (!body.ok) return body.error.kind === 'refused' ? ok(EXPIRY_FALLBACK) : body;
      const range = expiryWire.safeParse(body.value);
      return ok(range.success ? range.data.BTC['L-BTC'] : EXPIRY_FALLBACK);
    },
    create: (request) => call('POST', '/swap/reverse', CREATE_TIMEOUT_MS, request),
    async restore(request) {
      const body = await call('POST', '/swap/restore', CREATE_TIMEOUT_MS, { publicKey: request.claimPublicKey });
      return body.ok ? ok(restoredAnswer(body.value, request.preimageHash)) : body;
    },
    async status(id) {
      const body = await call('GET', `/swap/${at(id)}`, READ_TIMEOUT_MS);
      if (!body.ok) return body;
      const status = statusWire.safeParse(body.value);
      return status.success ? ok(status.data) : refuse({ kind: 'no_answer', reason: 'a status that cannot be read' });
    },
    async cosign(id, { preimage, publicNonce, claimHex }) {
      const json = { preimage: toHex(preimage), pubNonce: toHex(publicNonce), transaction: claimHex, index: 0 };
      const body = await call('POST', `/swap/reverse/${at(id)}/claim`, COSIGN_TIMEOUT_MS, json);
      if (!body.ok) return body;
      const answer = claimAnswerWire.safeParse(body.value);
      if (!answer.success) return refuse({ kind: 'no_answer', reason: 'a signature that cannot be read' });
      return ok({ publicNonce: answer.data.pubNonce, partialSignature: answer.data.partialSignature });
    },
    async broadcast(hex) {
      const body = await call('POST', '/chain/L-BTC/transaction', READ_TIMEOUT_MS, { hex });
      return body.ok ? ok(null) : body;
    },
  };
}

/** Any failure to get a whole JSON answer is `no_answer`: what was asked may have happened. */
export async function ask(http: HttpCall, request: HttpRequest): Promise<Result<unknown, ProviderRefusal>> {
  let reply: HttpReply;
  try {
    reply = await http(request);
  } catch (error) {
    return refuse({ kind: 'no_answer', reason: error instanceof Error ? error.message : 'no answer' });
  }
  const body = parseJson(reply.text);
  if (reply.status >= 200 && reply.status < 300) {
    return body === undefined ? refuse({ kind: 'no_answer', reason: 'an answer that is not JSON' }) : ok(body);
  }
  const said = errorWire.safeParse(body);
  const reason = (said.success ? said.data.error : `status ${reply.status}`).slice(0, REASON_CHARS_MAX);
  if (reply.status === 409) return refuse({ kind: 'exists', reason });
  // 5xx, 429 and gateways' 408 may come after the act; a documented 4xx with its error text comes instead of it.
  const definite = reply.status >= 400 && reply.status < 500 && reply.status !== 408 && reply.status !== 429 && said.success;
  return refuse({ kind: definite ? 'refused' : 'no_answer', reason });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
