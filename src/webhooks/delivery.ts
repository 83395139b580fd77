import type { EventRow } from '../events/event-store.ts';

export type AttemptRecord = Readonly<{
  id: string;
  number: number;
  startedAt: Date;
  /** Null: not known to have ended. */
  durationMs: number | null;
  httpStatus: number | null;
  errorCode: string | null;
  requestHeaders: unknown;
  responseHead: string | null;
}>;
export const DELIVERY_STATUSES = ['pending', 'delivered', 'exhausted', 'cancelled'] as const;
export type DeliveryStatus = (typeof DELIVERY_STATUSES)[number];
export type DeliveryRecord = Readonly<{
  id: string;
  accountId: string;
  endpointId: string;
  event: EventRow & Readonly<{ webhookBody: string | null }>;
  redelivery: number;
  status: DeliveryStatus;
  nextAttemptAt: Date | null;
  createdAt: Date;
  attempts: readonly AttemptRecord[];
}>;
