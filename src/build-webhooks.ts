import type { HookUseCases } from '../schema/hook-use-cases.ts';
import type { Bus } from '../subscriptions/pubsub.ts';
import type { NewEvent, RecordedEvent } from './events/event.ts';
import type { Database, Tx } from './lib/database.ts';
import type { Log } from './lib/log.ts';
import type { Random } from './lib/random.ts';
import type { Sealer } from './lib/sealed.ts';
import type { Clock } from './lib/time.ts';
import type { Meter } from './metrics/meter.ts';
import type { ProviderStatus } from './swaps/provider-status.ts';
import { topics } from '../subscriptions/topics.ts';
import { countPosts } from './build-metrics.ts';
import { readEvents, readLogEnd, readSubjectsEvents } from './events/event-store.ts';
import { pause, SECOND_MS } from './lib/time.ts';
import { findChangedPayments } from './payments/payment-list-store.ts';
import { readPaymentStats } from './payments/payment-stats-store.ts';
import { readPayment } from './payments/payment-store.ts';
import { readStats } from './payments/read-stats.ts';
import { makeDeliverer } from './webhooks/deliver-due.ts';
import { findDeliveries, readDeliveryPages } from './webhooks/delivery-pages-store.ts';
import { findEndpoint, findEndpoints, listEndpoints } from './webhooks/managed-endpoint-store.ts';
import { deleteEndpoint, manageEndpoint, rotateSecret } from './webhooks/manage-endpoint.ts';
import { queueDeliveries } from './webhooks/queue-deliveries.ts';
import { redeliver, replayEvents } from './webhooks/redeliver.ts';
import { saveDefaultEndpoint } from './webhooks/save-endpoint.ts';
import { sendTest } from './webhooks/send-test.ts';
import { askNameServers, webhookClient } from './webhooks/webhook-client.ts';

export type WebhookParts = {
  readonly database: Database;
  readonly sealer: Sealer;
  readonly random: Random;
  readonly now: Clock;
  readonly log: Log;
  readonly bus: Bus;
  readonly meter: Meter;
  /** Plain http and loopback addresses are fine (sandbox). */
  readonly playful: boolean;
  readonly lookUpOwn?: (name: string) => Promise<readonly string[]> | null;
  readonly recordEvent: (tx: Tx, event: NewEvent) => Promise<RecordedEvent>;
  /** Something may be due. */
  readonly wake: () => void;
  readonly providers: () => Promise<readonly ProviderStatus[]>;
};

/** How long POSTs that run may take when the server stops: a result that is lost counts as a failed attempt. */
const DRAIN_MS = 2 * SECOND_MS;

/** Deliveries, what feeds them, and what merchants may ask about them. */
export function buildWebhooks(parts: WebhookParts) {
  const { database, sealer, random, now, log, bus, playful, wake } = parts;
  const policy = { allowHttp: playful, allowLoopback: playful };
  const stopping = new AbortController();
  const lookUp = (name: string, signal: AbortSignal) => parts.lookUpOwn?.(name) ?? askNameServers(name, signal);
  const announce = ({ id, accountId }: { id: string; accountId: string }) =>
    bus.publish({ topic: topics.deliveries(accountId), version: 0, id });
  const attemptDeps = {
    database,
    post: countPosts(parts.meter, webhookClient({ policy, lookUp })),
    policy,
    sealer,
    random,
    now,
    log,
    announce,
  };
  const deliverer = makeDeliverer({ ...attemptDeps, stop: stopping.signal }, wake);
  return {
    deliver: deliverer.round,
    /** Makes the deliveries that an event owes, and answers how many; those of a test payment go to test endpoints. */
    queue: async (tx: Tx, event: RecordedEvent) => {
      const payment = event.webhookBody === null ? null : await readPayment(tx, event.subjectId);
      return queueDeliveries(tx, { ...event, mode: payment?.mode ?? 'live' }, now());
    },
    save: (accountId: string, url: string, secret: string | null) =>
      saveDefaultEndpoint(
        { database, random, sealer, now, policy },
        { accountId, mode: 'live', url, ...(secret === null ? {} : { secret }) },
      ),
    stop: async () => {
      stopping.abort();
      await Promise.race([deliverer.idle(), pause(DRAIN_MS)]);
    },
    useCases: useCasesOf(parts, { policy, attemptDeps, announce }),
  };
}

type Bound = {
  readonly policy: { readonly allowHttp: boolean; readonly allowLoopback: boolean };
  readonly attemptDeps: Omit<Parameters<typeof sendTest>[0], 'recordEvent'>;
  readonly announce: (delivery: { readonly id: string; readonly accountId: string }) => void;
};

function useCasesOf(parts: WebhookParts, { policy, attemptDeps, announce }: Bound): HookUseCases {
  const { database, sealer, random, now, recordEvent, wake } = parts;
  const manageDeps = { database, random, sealer, now, policy, recordEvent };
  const redeliverDeps = { database, random, now, wake, announce };
  return {
    save: (asker, input) => manageEndpoint(manageDeps, asker, input),
    rotateSecret: (asker, asked) => rotateSecret(manageDeps, asker, asked),
    remove: (asker, id) => deleteEndpoint(manageDeps, asker, id),
    sendTest: (asker, endpointId) => sendTest({ ...attemptDeps, recordEvent }, asker, endpointId),
    redeliver: (asker, deliveryId) => redeliver(redeliverDeps, asker, deliveryId),
    replay: (asker, asked) => replayEvents(redeliverDeps, asker, asked),
    listEndpoints: (accountId, modes) => listEndpoints(database, { accountId, modes }),
    findEndpoint: (whose, id) => findEndpoint(database, whose, id),
    findEndpoints: (ids) => findEndpoints(database, ids),
    deliveryPages: (lists) => readDeliveryPages(database, lists),
    findDelivery: async (accountId, id) => (await findDeliveries(database, accountId, [id])).get(id) ?? null,
    events: (query) => readEvents(database, query),
    subjectsEvents: (accountId, ids) => readSubjectsEvents(database, accountId, ids),
    logEnd: (accountId) => readLogEnd(database, accountId),
    changedPayments: (filter, since) => findChangedPayments(database, filter, since),
    paymentStats: (asked) => readStats({ now, read: (query) => readPaymentStats(database, query) }, asked),
    providers: parts.providers,
  };
}
