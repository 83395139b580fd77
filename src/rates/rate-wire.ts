import { z } from 'zod';

/**
 * Parses JSON with every number kept as the digits that were sent. The standard parser would round prices through floating point.
 * @throws SyntaxError on text that is not JSON.
 */
export function parseJsonKeepingDigits(text: string): unknown {
  return parse(text, (_key, value, context) => (typeof value === 'number' ? (context.source ?? String(value)) : value));
}

/** ECMAScript's JSON.parse hands its reviver the source text of primitives; the compiler's library does not know yet. */
type ParseWithSource = (text: string, reviver: (key: string, value: unknown, context: { readonly source?: string }) => unknown) => unknown;
const parse = JSON.parse as ParseWithSource; // the same function with its third argument declared

/** CoinGecko `/simple/price?ids=bitcoin`: `{"bitcoin":{"eur":80188.12,"last_updated_at":1711356300}}`. Other fields are left out. */
export const coingeckoReply = z.object({ bitcoin: z.record(z.string(), z.unknown()) });

/** CoinCap `/rates`: dollar prices of one unit of everything. `timestamp` in milliseconds. */
export const coincapRates = z.object({
  data: z.array(z.object({ id: z.string(), symbol: z.string(), type: z.string().optional(), rateUsd: z.string() })),
  timestamp: z.string().optional(),
});

/** CoinCap `/assets/bitcoin`. */
export const coincapAsset = z.object({
  data: z.object({ id: z.literal('bitcoin'), priceUsd: z.string() }),
  timestamp: z.string().optional(),
});

/** Whole seconds or milliseconds since 1970 as a Date, or null when it is not such a number. */
export function stampFrom(text: unknown, unitMs: 1 | 1000): Date | null {
  if (typeof text !== 'string' || !/^\d{1,14}$/.test(text)) return null;
  const stamp = new Date(Number(text) * unitMs);
  return Number.isNaN(stamp.getTime()) ? null : stamp;
}
