import type { AttemptDeliveryDeps, AttemptRecords } from './attempt-delivery.ts';
import type { DueDelivery } from './delivery-lease-store.ts';
import { addMs, monotonicMs, pause, SECOND_MS } from '../lib/time.ts';
import { attemptDelivery, attemptRecords, LEASE_MS } from './attempt-delivery.ts';
import { leaseDueDeliveries } from './delivery-lease-store.ts';

export type DeliverDueDeps = AttemptDeliveryDeps &
  Readonly<{
    /** When aborted, nothing new is started; what runs is finished first (at most `DELIVERY_TIMEOUT_MS`). */
    stop?: AbortSignal;
  }>;

/** POSTs that run at once in one process. Each holds a socket and, briefly, a database connection. */
export const IN_FLIGHT_MAX = 40;
/** Of which one endpoint may hold so many (10 %): a dead one leaves the others their slots. */
export const IN_FLIGHT_PER_ENDPOINT_MAX = 4;
/** While some POSTs hang, new events are looked for this often. */
const LOOK_AGAIN_MS = 200;
/** A round waits so long for the POSTs that it has started; a receiver that is slower is left to itself, and the worker goes on. */
const ROUND_PATIENCE_MS = 2 * SECOND_MS;

/** Deliveries of one process, round after round. */
export type Deliverer = {
  /** Takes up what is due and answers how many that were. Waits a moment for their POSTs, never for a receiver that hangs. */
  readonly round: () => Promise<number>;
  /** Resolves when no POST runs any more. */
  readonly idle: () => Promise<void>;
};

/** `wake` is called when a POST ends that no round waits for: its endpoint may have more to take. */
export function makeDeliverer(deps: DeliverDueDeps, wake: () => void): Deliverer {
  const running = new Set<Promise<void>>();
  const records = attemptRecords(deps.database);
  let inRound = false;
  const ended = () => {
    if (!inRound) wake();
  };
  return {
    round: async () => {
      inRound = true;
      try {
        return await deliver(deps, { running, records, ended, patienceMs: ROUND_PATIENCE_MS });
      } finally {
        inRound = false;
      }
    },
    idle: async () => void (await Promise.all(running)),
  };
}

/**
 * Delivers everything that is due, also what falls due meanwhile, to the end of the last POST, and answers how many deliveries it took up.
 * Any number of these may run, in any number of processes.
 */
export async function deliverDue(deps: DeliverDueDeps): Promise<number> {
  const running = new Set<Promise<void>>();
  const records = attemptRecords(deps.database);
  try {
    return await deliver(deps, { running, records, ended: () => {}, patienceMs: Number.POSITIVE_INFINITY });
  } finally {
    await Promise.all(running);
  }
}

type Flight = {
  readonly running: Set<Promise<void>>;
  readonly records: AttemptRecords;
  readonly ended: () => void;
  readonly patienceMs: number;
};

async function deliver(deps: DeliverDueDeps, { running, records, ended, patienceMs }: Flight): Promise<number> {
  const endMs = monotonicMs() + patienceMs;
  let taken = 0;
  for (;;) {
    const leased = deps.stop?.aborted ? [] : await lease(deps, IN_FLIGHT_MAX - running.size);
    for (const delivery of leased) {
      const work = attemptDelivery(deps, records, delivery)
        .catch((error: unknown) => deps.log.error({ error, deliveryId: delivery.id }, 'a webhook delivery broke off'))
        .finally(() => {
          running.delete(work);
          ended();
        });
      running.add(work);
    }
    taken += leased.length;
    // What an earlier round has left running is not waited for again.
    if (running.size === 0 || monotonicMs() >= endMs || (taken === 0 && Number.isFinite(patienceMs))) return taken;
    await firstOf(running);
  }
}

async function lease(deps: DeliverDueDeps, limit: number): Promise<readonly DueDelivery[]> {
  if (limit <= 0) return [];
  const at = deps.now();
  return leaseDueDeliveries(deps.database, { at, until: addMs(at, LEASE_MS), limit, perEndpoint: IN_FLIGHT_PER_ENDPOINT_MAX });
}

async function firstOf(running: ReadonlySet<Promise<void>>): Promise<void> {
  const won = new AbortController();
  const timer = pause(LOOK_AGAIN_MS, won.signal).catch(() => undefined); // aborted below, when a delivery ended first
  await Promise.race([timer, ...running]);
  won.abort();
}
