import type { Random } from '../lib/random.ts';
import { createHmac } from 'node:crypto';
import { base32Id, newId } from '../lib/ids.ts';

/** TABLE: everything that can be announced. Webhooks, subscriptions and the timeline read the same rows. */
export const EVENT_TYPES = [
  'payment.created',
  'payment.detected',
  'payment.confirmed',
  'payment.expired',
  'payment.settled',
  'payment.payout_lost',
  'payment.partial',
  'payment.extra',
  'payment.dropped',
  'payment.unsettled',
  'payment.undetected',
  'payment.test',
  'wallet.connected',
  'wallet.offer_answered',
  'wallet.reset',
  'link.created',
  'link.updated',
  'plan.invoiced',
  'plan.paid',
  'plan.lapsed',
  'registration.active',
  'registration.held',
  'endpoint.created',
  'endpoint.updated',
  'endpoint.deleted',
  'key.created',
  'key.rotated',
  'key.revoked',
  'account.closed',
  'account.suspended',
  'account.resumed',
] as const;
export type EventType = (typeof EVENT_TYPES)[number];

/** The events that merchants' endpoints receive (the documented ones). */
export const WEBHOOK_EVENT_TYPES = ['payment.confirmed', 'payment.expired', 'payment.test'] as const;

export type NewEvent = Readonly<{
  accountId: string;
  type: EventType;
  subjectId: string;
  /** Version of the subject after the change that this event tells: one event per transition. */
  subjectVersion: number;
  facts: object;
  /** Exact bytes for merchants' endpoints, or null when the type is not a documented one. */
  webhookBody: string | null;
  requestId?: string;
  at: Date;
}>;

export type RecordedEvent = NewEvent & Readonly<{ id: string; sequence: bigint }>;

/** Makes event ids. Those of the two that are announced once per payment are the same again after a rebuild from seed and chain, so merchants' own dedupe holds. */
export function makeEventIds(key: Uint8Array, random: Random): (event: NewEvent) => string {
  return ({ type, subjectId }) => {
    if (type !== 'payment.confirmed' && type !== 'payment.expired') return newId(random, 'event');
    return base32Id('evt_', new Uint8Array(createHmac('sha256', key).update(`${subjectId}\0${type}`).digest()));
  };
}
