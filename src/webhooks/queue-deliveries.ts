import type { EndpointMode } from './endpoint.ts';
import type { Tx } from '../lib/database.ts';
import { sha256 } from '../lib/bytes.ts';
import { base32Id, ID_PREFIXES } from '../lib/ids.ts';
import { wantsEvent } from './endpoint.ts';
import { insertDeliveries, readEnabledEndpoints } from './webhook-store.ts';

export type QueuedEvent = Readonly<{
  id: string;
  accountId: string;
  type: string;
  webhookBody: string | null;
  /** Events of test payments go to test endpoints only. Absent: live. */
  mode?: EndpointMode;
}>;

/**
 * Makes one delivery, due at once, for each endpoint that the event is for; answers how many. Repeat-safe: a relay that died after its commit
 * may hand the same event in again.
 */
export async function queueDeliveries(tx: Tx, event: QueuedEvent, at: Date): Promise<number> {
  // A test event goes to the one endpoint that it was sent to test, and is there by now.
  if (event.webhookBody === null || event.type === 'payment.test') return 0;
  const endpoints = await readEnabledEndpoints(tx, event.accountId, event.mode ?? 'live');
  const wanting = endpoints.filter((endpoint) => wantsEvent(endpoint, event.type));
  const rows = wanting.map((endpoint) => ({
    id: deliveryId(event.id, endpoint.id),
    accountId: event.accountId,
    endpointId: endpoint.id,
    eventId: event.id,
    at,
  }));
  return rows.length === 0 ? 0 : insertDeliveries(tx, rows);
}

/** The automatic delivery of an event to an endpoint is one thing, so it has one id, however often it is made. */
function deliveryId(eventId: string, endpointId: string): string {
  return base32Id(ID_PREFIXES.delivery, sha256(`${eventId}\0${endpointId}`));
}
