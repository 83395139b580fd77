import type { Secret } from '../lib/secret.ts';
import { createHmac } from 'node:crypto';

/** Secrets that we make start so; the key is the base64 behind it (Standard Webhooks, "Signature scheme"). */
export const SECRET_PREFIX = 'whsec_';
/** 192 bits: the least that Standard Webhooks recommends. */
export const SECRET_BYTES = 24;

export const USER_AGENT = 'AvoPay-Webhooks/1';

export type SignedPost = Readonly<{
  /** The exact bytes of the event, the same over all attempts. */
  body: Uint8Array;
  eventId: string;
  eventCreatedAt: Date;
  eventSequence: bigint;
  /** 32 hex characters, new for each attempt. */
  deliveryId: string;
  /** From 1. */
  attempt: number;
  isRedelivery: boolean;
  at: Date;
  /** Newest first. Empty: the merchant has removed the secret, and nothing is signed. */
  secrets: readonly Secret<string>[];
}>;

/** Everything that goes over the wire beside the body, but for Host and Content-Length. */
export function deliveryHeaders(post: SignedPost): Record<string, string> {
  const timestamp = String(Math.floor(post.at.getTime() / 1000));
  const headers: Record<string, string> = {
    'Content-Type': 'application/json',
    'User-Agent': USER_AGENT,
    'X-AvoPay-Delivery-ID': post.deliveryId,
    'X-AvoPay-Event-ID': post.eventId,
    'X-AvoPay-Attempt': String(post.attempt),
    'X-AvoPay-Timestamp': timestamp,
    'X-AvoPay-Created-At': post.eventCreatedAt.toISOString(),
    'X-AvoPay-Sequence': String(post.eventSequence),
    'webhook-id': post.eventId,
    'webhook-timestamp': timestamp,
  };
  if (post.isRedelivery) headers['X-AvoPay-Redelivery'] = 'true';
  const [newest] = post.secrets;
  if (!newest) return headers;
  headers['X-AvoPay-Signature'] = avopaySignature(newest, post.body);
  headers['webhook-signature'] = post.secrets
    .map((secret) => standardSignature(secret, { id: post.eventId, timestamp, body: post.body }))
    .join(' ');
  return headers;
}

/** The documented header: the raw body under the secret's own text, in hex. */
export function avopaySignature(secret: Secret<string>, body: Uint8Array): string {
  return `sha256=${createHmac('sha256', secret.reveal()).update(body).digest('hex')}`;
}

/** Standard Webhooks, symmetric: `id.timestamp.body`, in base64 (https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md). */
export function standardSignature(
  secret: Secret<string>,
  { id, timestamp, body }: { id: string; timestamp: string; body: Uint8Array },
): string {
  const mac = createHmac('sha256', standardKey(secret)).update(`${id}.${timestamp}.`).update(body);
  return `v1,${mac.digest('base64')}`;
}

/** A secret of the merchant's own making, or one whose rest is not base64, is its text. */
function standardKey(secret: Secret<string>): Uint8Array {
  const text = secret.reveal();
  const encoded = text.startsWith(SECRET_PREFIX) ? text.slice(SECRET_PREFIX.length) : '';
  const decoded = Buffer.from(encoded, 'base64');
  return encoded !== '' && decoded.toString('base64') === encoded ? decoded : Buffer.from(text, 'utf8');
}
