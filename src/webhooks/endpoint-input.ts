import type { EndpointMode, EndpointStatus } from './endpoint.ts';
import type { DestinationPolicy } from './destination.ts';
import type { Refusal } from '../lib/refusal.ts';
import type { Result } from '../lib/result.ts';
import { WEBHOOK_EVENT_TYPES } from '../events/event.ts';
import { ok, refuse } from '../lib/result.ts';
import { parseDestination } from './destination.ts';

/** Who asks. A test key reaches test endpoints only: whoever holds one must not learn of real payments. */
export type EndpointAsker = Readonly<{ accountId: string; mode: EndpointMode; requestId: string }>;

/** What a caller sends: absent fields stay as they are. */
export type EndpointInput = Readonly<{
  id: string | null;
  url?: unknown;
  eventTypes?: readonly string[] | null;
  status?: EndpointStatus | null;
}>;
/** The same, judged. */
export type EndpointChanges = Readonly<{ url?: string; eventTypes?: readonly string[]; status?: 'enabled' | 'paused' }>;

/** A shop needs one, an agency with tools of its own a few; each multiplies what is sent. */
export const ENDPOINTS_MAX = 10;

export const ENDPOINT_NOT_FOUND: Refusal = {
  kind: 'not-found',
  code: 'webhook_endpoint_not_found',
  message: 'Webhook endpoint not found',
};
export const DELIVERY_NOT_FOUND: Refusal = { kind: 'not-found', code: 'delivery_not_found', message: 'Delivery not found' };

export function modesOf({ mode }: Pick<EndpointAsker, 'mode'>): EndpointMode[] {
  return mode === 'test' ? ['test'] : ['live', 'test'];
}

/** Judges what was sent, in the order of the fields. */
export function parseEndpointInput(input: EndpointInput, policy: DestinationPolicy): Result<EndpointChanges, Refusal> {
  const { url, eventTypes, status } = input;
  const isUrlSent = url !== undefined && url !== null;
  if (input.id === null && !isUrlSent) return no('webhook_url_required', 'url is required', 'url');
  const destination = isUrlSent ? parseDestination(url, policy) : null;
  if (destination && !destination.ok) return destination;
  if (status === 'disabled')
    return no('webhook_status_refused', 'status must be enabled or paused — to remove an endpoint, delete it', 'status');
  const wanted = [...new Set(eventTypes ?? [])];
  if (!wanted.every((type) => WEBHOOK_EVENT_TYPES.some((known) => known === type)))
    return no('webhook_events_refused', `events must be among ${WEBHOOK_EVENT_TYPES.join(', ')}`, 'eventTypes');
  return ok({
    ...(destination ? { url: destination.value.url } : {}),
    ...(eventTypes === undefined || eventTypes === null ? {} : { eventTypes: wanted }),
    ...(status === undefined || status === null ? {} : { status }),
  });
}

function no(code: string, message: string, field: string): Result<never, Refusal> {
  return refuse({ kind: 'invalid', code, message, field });
}
