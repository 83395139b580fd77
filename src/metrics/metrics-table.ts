/** One metric: counters and histograms belong to one process, gauges marked `shared` say the same in every process of a database. */
export type Metric = {
  readonly type: 'counter' | 'gauge' | 'histogram';
  readonly labels: readonly string[];
  /** Read from the database at each scrape: take the maximum over processes, never the sum. */
  readonly shared?: true;
  readonly help: string;
};

/** TABLE: everything that `/metrics` says. No label ever holds what a caller wrote, so their number is bounded. docs/operations.md is held to it by a test. */
export const METRICS = {
  avopay_requests_total: {
    ...{ type: 'counter', labels: ['route', 'method', 'status'] },
    help: 'HTTP requests answered, by the route as a pattern and the status; `aborted` when the caller left first',
  },
  avopay_create_seconds: { type: 'histogram', labels: ['outcome'], help: 'how long creating a payment took, over REST and GraphQL' },
  avopay_claims_total: {
    ...{ type: 'counter', labels: ['outcome'] },
    help: 'claims written down as accepted by a chain source, buried under two blocks, or lost to a double spend',
  },
  avopay_deliveries_total: { type: 'counter', labels: ['outcome'], help: 'webhook attempts, by what the endpoint made of them' },
  avopay_job_faults_total: { type: 'counter', labels: ['job'], help: 'rounds of a worker job that broke off' },
  avopay_swaps_open: { type: 'gauge', labels: ['status'], shared: true, help: 'swaps in which something can still happen, by status' },
  avopay_deliveries_due: { type: 'gauge', labels: [], shared: true, help: 'webhook deliveries whose time has come' },
  avopay_mails_due: { type: 'gauge', labels: [], shared: true, help: 'mails whose time has come' },
  avopay_outbox_events: { type: 'gauge', labels: [], shared: true, help: 'events that were not passed on yet' },
  avopay_outbox_lag_seconds: { type: 'gauge', labels: [], shared: true, help: 'age of the oldest of them' },
  avopay_chain_followed: { type: 'gauge', labels: [], shared: true, help: '1 while some worker has looked at the whole chain lately' },
  avopay_provider_up: { type: 'gauge', labels: ['provider'], shared: true, help: '1 while the swap provider answers and opens swaps' },
  avopay_database_up: { type: 'gauge', labels: [], help: '1 when the database answered this scrape' },
  avopay_database_connections: {
    type: 'gauge',
    labels: ['state'],
    help: 'the pool of this process; `waiting` are callers without a connection',
  },
  avopay_event_loop_delay_seconds: {
    type: 'gauge',
    labels: ['quantile'],
    help: 'how late timers of this process ran since the last scrape',
  },
  avopay_memory_bytes: { type: 'gauge', labels: [], help: 'resident memory of this process' },
} as const satisfies { readonly [name: string]: Metric };

export type MetricName = keyof typeof METRICS;

/** Seconds: a create is a few commits and one call to a provider. */
export const CREATE_BUCKETS = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10] as const;
