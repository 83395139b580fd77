import type { EventQuery, EventRow } from '../src/events/event-store.ts';
import type { Refusal } from '../src/lib/refusal.ts';
import type { Result } from '../src/lib/result.ts';
import type { Currency } from '../src/lib/money.ts';
import type { ChangedPayments } from '../src/payments/payment-list-store.ts';
import type { PaymentFilter } from '../src/payments/payment-filter.ts';
import type { PaymentStats } from '../src/payments/payment-stats-store.ts';
import type { ProviderStatus } from '../src/swaps/provider-status.ts';
import type { EndpointAsker, EndpointInput } from '../src/webhooks/endpoint-input.ts';
import type { Endpoint, EndpointMode } from '../src/webhooks/endpoint.ts';
import type { DeliveryList } from '../src/webhooks/delivery-pages-store.ts';
import type { SavedEndpoint } from '../src/webhooks/manage-endpoint.ts';
import type { DeliveryRecord } from '../src/webhooks/delivery.ts';

/** What the API can do with webhook endpoints, deliveries, the event log and reports, bound in `src/build-hooks.ts`. */
export type HookUseCases = {
  readonly save: (asker: EndpointAsker, input: EndpointInput) => Promise<Result<SavedEndpoint, Refusal>>;
  readonly rotateSecret: (asker: EndpointAsker, asked: { id: string; remove: boolean }) => Promise<Result<SavedEndpoint, Refusal>>;
  readonly remove: (asker: EndpointAsker, id: string) => Promise<Result<{ cancelledDeliveries: number }, Refusal>>;
  /** Answers when the endpoint has answered, or has been waited for long enough. */
  readonly sendTest: (asker: EndpointAsker, endpointId: string) => Promise<Result<{ id: string }, Refusal>>;
  readonly redeliver: (asker: EndpointAsker, deliveryId: string) => Promise<Result<{ id: string }, Refusal>>;
  readonly replay: (
    asker: EndpointAsker,
    asked: { endpointId: string; afterSequence: unknown },
  ) => Promise<Result<{ queued: number }, Refusal>>;
  readonly listEndpoints: (accountId: string, modes: EndpointMode[]) => Promise<readonly Endpoint[]>;
  readonly findEndpoint: (whose: { accountId: string; modes: EndpointMode[] }, id: string) => Promise<Endpoint | null>;
  readonly findEndpoints: (ids: readonly string[]) => Promise<ReadonlyMap<string, Endpoint>>;
  readonly deliveryPages: (lists: readonly DeliveryList[]) => Promise<readonly (readonly DeliveryRecord[])[]>;
  readonly findDelivery: (accountId: string, id: string) => Promise<DeliveryRecord | null>;
  readonly events: (query: EventQuery) => Promise<readonly EventRow[]>;
  readonly subjectsEvents: (accountId: string, subjectIds: readonly string[]) => Promise<ReadonlyMap<string, readonly EventRow[]>>;
  /** The last sequence of the account's log. */
  readonly logEnd: (accountId: string) => Promise<bigint>;
  readonly changedPayments: (filter: PaymentFilter, since: bigint) => Promise<ChangedPayments>;
  readonly paymentStats: (asked: {
    accountId: string;
    mode: EndpointMode;
    days: number;
    currency: Currency | null;
  }) => Promise<Result<readonly PaymentStats[], Refusal>>;
  readonly providers: () => Promise<readonly ProviderStatus[]>;
};
