import type { MetricName } from './metrics-table.ts';
import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import { CREATE_BUCKETS, METRICS } from './metrics-table.ts';

type Labels = { readonly [label: string]: string };

/** The figures of one process. */
export type Meter = {
  readonly count: (name: MetricName, labels?: Labels) => void;
  readonly took: (name: MetricName, seconds: number, labels?: Labels) => void;
  /** Replaces every sample of a gauge. */
  readonly set: (name: MetricName, samples: readonly { readonly labels?: Labels; readonly value: number }[]) => void;
  /** All of them in Prometheus' text format. */
  readonly print: () => Promise<string>;
};

/** Every metric of the table in a registry of its own: two servers in one process do not share figures. */
export function makeMeter(): Meter {
  const registry = new Registry();
  const counters = new Map<string, Counter>();
  const gauges = new Map<string, Gauge>();
  const histograms = new Map<string, Histogram>();
  for (const [name, { type, labels, help }] of Object.entries(METRICS)) {
    const options = { name, help, labelNames: [...labels], registers: [registry] };
    if (type === 'counter') counters.set(name, new Counter(options));
    else if (type === 'gauge') gauges.set(name, new Gauge(options));
    else histograms.set(name, new Histogram({ ...options, buckets: [...CREATE_BUCKETS] }));
  }
  return {
    count: (name, labels = {}) => of(counters, name).inc({ ...labels }),
    took: (name, seconds, labels = {}) => of(histograms, name).observe({ ...labels }, seconds),
    set: (name, samples) => {
      const gauge = of(gauges, name);
      gauge.reset();
      for (const { labels = {}, value } of samples) gauge.set({ ...labels }, value);
    },
    print: () => registry.metrics(),
  };
}

function of<T>(kept: ReadonlyMap<string, T>, name: MetricName): T {
  const metric = kept.get(name);
  if (!metric) throw new Error(`${name} is a ${METRICS[name].type}`);
  return metric;
}
