import type { Sealer } from '../lib/sealed.ts';
import type { CreateRequest } from './provider-wire.ts';
import type { Swap, SwapStatus } from './swap.ts';

/**
 * The address at which a provider may say that a swap has changed. Its calls carry no signature, so the address itself is the only thing
 * that tells a caller from a stranger, and even then nothing is believed: it means "go and look".
 *
 * The token is derived from the sealing key and the swap's id. Nothing new rests anywhere: the stored request holds the address without
 * its token, the row holds the token's hash, and every retry sends the same bytes again.
 */
type Hashing = Pick<Sealer, 'hash'>;

/** 192 bits: nobody guesses one, and the address stays short. */
const TOKEN_BYTES = 24;
const TOKEN = /^[0-9A-Za-z_-]{32}$/;
/** What providers take (https://api.docs.boltz.exchange/webhooks.html). */
const ADDRESS_CHARS_MAX = 250;
const TOKEN_CHARS = 32;

/**
 * TABLE: the provider's statuses that it is asked to call for, by its own names. Not that a swap was created, which it has just answered us, nor
 * that the invoice is settled, which follows from our claim: those were half of all calls, and brought no news.
 */
export const NEWS = [
  'transaction.mempool',
  'transaction.confirmed',
  'transaction.failed',
  'transaction.refunded',
  'invoice.expired',
  'swap.expired',
] as const;

/**
 * Statuses in which a provider's word can bring news. Once our claim is accepted, blocks alone decide, and for those we look without being
 * told; what is over stays over, but for a lockup that comes after an invoice's end.
 */
const HINTED: readonly SwapStatus[] = ['verified', 'lockup_seen', 'lockup_ok', 'claim_stored', 'revealed', 'held', 'expired'];

export function isHinted(status: string): boolean {
  return HINTED.some((hinted) => hinted === status);
}

/** A secret of this swap and its provider: it appears in the request to the provider and nowhere else. */
function hintToken({ hash }: Hashing, swapId: string): string {
  return Buffer.from(hash('provider hint token', swapId).subarray(0, TOKEN_BYTES)).toString('base64url');
}

/** What the swap's row holds. */
export function hintTokenHash(sealer: Hashing, swapId: string): Uint8Array<ArrayBuffer> {
  return lookupHash(sealer, hintToken(sealer, swapId));
}

/** What to look a caller's token up by; null for what cannot be one of ours. */
export function hashOfToken(sealer: Hashing, token: string): Uint8Array<ArrayBuffer> | null {
  return TOKEN.test(token) ? lookupHash(sealer, token) : null;
}

function lookupHash({ hash }: Hashing, token: string): Uint8Array<ArrayBuffer> {
  return hash('provider hint token at rest', token);
}

/** Where hints of this provider are taken, up to the token; null when the whole would be too long for it. */
export function hintAddress(apiUrl: string, provider: string): string | null {
  const address = `${apiUrl}/api/v1/webhooks/${encodeURIComponent(provider)}/`;
  return address.length + TOKEN_CHARS <= ADDRESS_CHARS_MAX ? address : null;
}

/** The request as it leaves: the stored one, its address completed. The same bytes each time. */
export function requestOnWire(sealer: Hashing, { id, request }: Pick<Swap, 'id' | 'request'>): CreateRequest {
  const { webhook } = request;
  return webhook ? { ...request, webhook: { ...webhook, url: webhook.url + hintToken(sealer, id) } } : request;
}

/** Did the provider refuse because of our address, or of the statuses that it shall call for? What it says then may hold the address, token and all: its own words are not kept. */
export function isAboutWebhook(reason: string): boolean {
  return /web-?hook|swap status/i.test(reason);
}

/** Stands in logs and rows for whatever a provider says about the address. */
export const WEBHOOK_REFUSED = 'the provider did not take the address for hints';
