import type { RequestHandler } from 'express';
import type { UseCases } from '../schema/context.ts';
import type { Database } from './lib/database.ts';
import type { Clock } from './lib/time.ts';
import type { Meter } from './metrics/meter.ts';
import type { LightningDeps } from './swaps/make-lightning-backend.ts';
import type { ProviderStatus } from './swaps/provider-status.ts';
import type { PostToMerchant } from './webhooks/webhook-client.ts';
import type { Jobs } from './worker.ts';
import type { Pool } from 'pg';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { monotonicMs, pause, SECOND_MS } from './lib/time.ts';
import { isChainFollowed } from './liquid/chain-follower-store.ts';
import { readBacklog } from './metrics/backlog-store.ts';

/** Creating a payment, timed. */
export function timed(meter: Meter, create: UseCases['requestPayment']): UseCases['requestPayment'] {
  return async (...args) => {
    const startMs = monotonicMs();
    let outcome = 'fault';
    try {
      const result = await create(...args);
      outcome = result.ok ? 'accepted' : 'refused';
      return result;
    } finally {
      meter.took('avopay_create_seconds', (monotonicMs() - startMs) / SECOND_MS, { outcome });
    }
  };
}

const CLAIM_OUTCOMES: { readonly [progress: string]: string } = { paid: 'accepted', settled: 'buried', payout_lost: 'lost' };

/** What swaps tell their subjects, counted where it is a claim's. */
export function countClaims<T extends Pick<LightningDeps, 'onProgress'>>(meter: Meter, told: T): T {
  return {
    ...told,
    onProgress: async (tx, progress) => {
      await told.onProgress(tx, progress);
      const outcome = CLAIM_OUTCOMES[progress.kind];
      if (outcome !== undefined) meter.count('avopay_claims_total', { outcome });
    },
  };
}

/** The POSTs to merchants, counted. */
export function countPosts(meter: Meter, post: PostToMerchant): PostToMerchant {
  return async (destination, message) => {
    const result = await post(destination, message);
    const { httpStatus, errorCode } = result;
    const isGood = httpStatus !== null && httpStatus >= 200 && httpStatus < 300;
    meter.count('avopay_deliveries_total', { outcome: isGood ? 'delivered' : (errorCode ?? 'refused') });
    return result;
  };
}

/** The jobs, with their faults counted. */
export function countFaults(meter: Meter, jobs: Jobs): Jobs {
  const counted = ([name, job]: [string, () => Promise<number>]) => {
    const run = () =>
      job().catch((fault: unknown) => {
        meter.count('avopay_job_faults_total', { job: name });
        throw fault;
      });
    return [name, run];
  };
  return Object.fromEntries(Object.entries(jobs).map(counted));
}

const METHODS = new Set(['GET', 'HEAD', 'POST', 'PATCH', 'DELETE', 'OPTIONS']);
/** Below these no pattern is known: each counts as one route. */
const MOUNTS = ['/graphql', '/sandbox'];

/** Counts what the server answers, by patterns alone: an address that a caller made up is `none`. */
export function countRequests(meter: Meter): RequestHandler {
  return (request, response, next) => {
    response.on('close', () => {
      const path = request.originalUrl.toLowerCase();
      const mount = MOUNTS.find((one) => path === one || path.startsWith(`${one}/`) || path.startsWith(`${one}?`));
      const pattern: unknown = request.route?.path;
      const route = mount ?? (pattern === undefined ? 'none' : String(pattern));
      const method = METHODS.has(request.method) ? request.method : 'other';
      const status = response.writableFinished ? String(response.statusCode) : 'aborted';
      meter.count('avopay_requests_total', { route, method, status });
    });
    next();
  };
}

export type GaugeDeps = {
  readonly meter: Meter;
  readonly database: Database;
  readonly pool: Pool;
  readonly now: Clock;
  readonly providers: () => Promise<readonly ProviderStatus[]>;
};

/** A scrape waits no longer for the database or for a provider: Prometheus gives up after ten seconds. */
const GAUGES_WITHIN_MS = 2 * SECOND_MS;
/** Samples of the event loop's delay, in milliseconds apart. */
const LOOP_RESOLUTION_MS = 20;
const NS_PER_SECOND = 1e9;

/** Reads what is only known when somebody asks. `read` answers the whole text, always: what cannot be read in time stays as it was last, and `avopay_database_up` says so. */
export function makeGauges(deps: GaugeDeps): { readonly read: () => Promise<string>; readonly close: () => void } {
  const loop = monitorEventLoopDelay({ resolution: LOOP_RESOLUTION_MS });
  loop.enable();
  return {
    read: async () => {
      setProcess(deps, loop);
      const [hasDatabase] = await Promise.all([inTime(setBacklog(deps)), inTime(setProviders(deps))]);
      deps.meter.set('avopay_database_up', [{ value: Number(hasDatabase) }]);
      return deps.meter.print();
    },
    close: () => void loop.disable(),
  };
}

function setProcess({ meter, pool }: GaugeDeps, loop: ReturnType<typeof monitorEventLoopDelay>): void {
  const { totalCount, idleCount, waitingCount } = pool;
  const states = { busy: totalCount - idleCount, idle: idleCount, waiting: waitingCount };
  meter.set(
    'avopay_database_connections',
    Object.entries(states).map(([state, value]) => ({ labels: { state }, value })),
  );
  const delays = { '0.5': loop.percentile(50), '0.99': loop.percentile(99), '1': loop.max };
  loop.reset();
  meter.set(
    'avopay_event_loop_delay_seconds',
    Object.entries(delays).map(([quantile, ns]) => ({
      labels: { quantile },
      value: Math.max(0, ns / NS_PER_SECOND - LOOP_RESOLUTION_MS / SECOND_MS),
    })),
  );
  meter.set('avopay_memory_bytes', [{ value: process.memoryUsage.rss() }]);
}

async function setBacklog({ meter, database, now }: GaugeDeps): Promise<void> {
  const at = now();
  const backlog = await readBacklog(database, at);
  const lagMs = backlog.oldestOutboxAt ? Math.max(0, at.getTime() - backlog.oldestOutboxAt.getTime()) : 0;
  const isFollowed = await database.transact((tx) => isChainFollowed(tx, at));
  meter.set(
    'avopay_swaps_open',
    backlog.swaps.map(({ status, count }) => ({ labels: { status }, value: count })),
  );
  meter.set('avopay_deliveries_due', [{ value: backlog.deliveriesDue }]);
  meter.set('avopay_mails_due', [{ value: backlog.mailsDue }]);
  meter.set('avopay_outbox_events', [{ value: backlog.outboxEvents }]);
  meter.set('avopay_outbox_lag_seconds', [{ value: lagMs / SECOND_MS }]);
  meter.set('avopay_chain_followed', [{ value: Number(isFollowed) }]);
}

async function setProviders({ meter, providers }: GaugeDeps): Promise<void> {
  const statuses = await providers();
  meter.set(
    'avopay_provider_up',
    statuses.map(({ name, state }) => ({ labels: { provider: name }, value: Number(state === 'up') })),
  );
}

/** Whether the work was done in time; it may go on, and is there for the next scrape. */
async function inTime(work: Promise<void>): Promise<boolean> {
  const won = new AbortController();
  const late = pause(GAUGES_WITHIN_MS, won.signal).then(
    () => false,
    () => false,
  );
  const done = work.then(
    () => true,
    () => false,
  );
  const isDone = await Promise.race([done, late]);
  won.abort();
  return isDone;
}
