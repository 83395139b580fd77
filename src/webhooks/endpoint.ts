import type { Refusal } from '../lib/refusal.ts';
import type { Result } from '../lib/result.ts';
import { WEBHOOK_EVENT_TYPES } from '../events/event.ts';
import { ok, refuse } from '../lib/result.ts';
import { HOUR_MS } from '../lib/time.ts';

export const ENDPOINT_STATUSES = ['enabled', 'paused', 'disabled'] as const;
export type EndpointStatus = (typeof ENDPOINT_STATUSES)[number];
export type EndpointMode = 'live' | 'test';

/** A merchant's receiver as its owner sees it: its secrets are not in here. */
export type Endpoint = Readonly<{
  id: string;
  accountId: string;
  mode: EndpointMode;
  isDefault: boolean;
  url: string;
  /** Empty: all documented types. */
  eventTypes: readonly string[];
  hasSecret: boolean;
  status: EndpointStatus;
  /** Start of the first attempt that failed and has had no success after it. */
  failingSince: Date | null;
  /** After many failures nothing is sent before then; after it one delivery at a time, until one gets through. */
  breakerOpenUntil: Date | null;
  createdAt: Date;
}>;

/** After a change the former secret signs beside the new one for this long, so that a receiver can be changed over without a gap. */
export const SECRET_OVERLAP_MS = 24 * HOUR_MS;

/** A merchant's own secret: long enough not to be guessed at a glance, short enough for any settings page. */
const SECRET_CHARS = { least: 8, most: 256 } as const;

/** Printable ASCII without blanks: the same bytes in every language that reads it from a settings page. */
export function parseSecret(text: string): Result<string, Refusal> {
  if (/^[\x21-\x7e]+$/.test(text) && text.length >= SECRET_CHARS.least && text.length <= SECRET_CHARS.most) return ok(text);
  const message = `secret must be ${SECRET_CHARS.least} to ${SECRET_CHARS.most} printable characters without spaces`;
  return refuse({ kind: 'invalid', code: 'webhook_secret_refused', message, field: 'secret' });
}

/** True when the endpoint has asked for events of this type, by name or by asking for all documented ones. */
export function wantsEvent(endpoint: { readonly eventTypes: readonly string[] }, type: string): boolean {
  if (endpoint.eventTypes.length > 0) return endpoint.eventTypes.includes(type);
  return WEBHOOK_EVENT_TYPES.some((documented) => documented === type);
}
