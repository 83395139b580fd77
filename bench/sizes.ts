/** TABLE: how large a run is. Each is a number of the environment; the defaults are for a figure worth quoting, `npm test` runs the least. */
export const SIZES = {
  /** Rounds of each comparison; the figure is the median of their ratios. */
  ROUNDS: 5,
  /** Length of one stretch of load, in ms. */
  SLICE_MS: 2_000,
  /** Connections that ask at once. */
  CONNECTIONS: 16,
  /** Sockets on one payment. */
  SOCKETS: 10_000,
  /** Webhook deliveries of one round. */
  DELIVERIES: 500,
  /** Webhooks sent one after another to a server that does nothing else. */
  IDLE: 20,
  /** Payments paid at once; the claims of one round. */
  SETTLES: 100,
  /** Payments and addresses of the largest step, from GROWTH_MIN on. */
  GROWTH_MAX: 10_000,
  GROWTH_MIN: 1_000,
  /** Cold starts of each server. */
  STARTS: 3,
  /** Seconds of the row `soak`, which is measured only when it is named, and its creates a second. */
  SOAK_S: 600,
  SOAK_PER_SECOND: 20,
} as const;

export type Sizes = { readonly [Name in keyof typeof SIZES]: number };

/** @throws RangeError on a size that is no whole number above zero. */
export function readSizes(environment: { readonly [name: string]: string | undefined }): Sizes {
  const sizes = Object.entries(SIZES).map(([name, usual]) => {
    const size = Number(environment[name] ?? usual);
    if (!Number.isSafeInteger(size) || size < 1) throw new RangeError(`${name} must be a whole number above zero`);
    return [name, size] as const;
  });
  return Object.fromEntries(sizes) as unknown as Sizes; // one entry for each name of the table
}
