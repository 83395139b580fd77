import type { Result } from '../lib/result.ts';
import type { Clock } from '../lib/time.ts';
import type { Provider, ProviderRefusal } from './provider-client.ts';
import type { ExpiryRange, ProviderPair } from './provider-wire.ts';
import { ok } from '../lib/result.ts';
import { monotonicMs } from '../lib/time.ts';

/** A provider's limits, fees and expiry range as read at one moment. */
export type ProviderTerms = Readonly<{ pair: ProviderPair; expiry: ExpiryRange }>;

export type TermsReader = {
  /** At most a minute old; callers that come together share one reading. Failures are not remembered. */
  read(): Promise<Result<ProviderTerms, ProviderRefusal>>;
  /** The provider said that the pair has changed. */
  forget(): void;
};

/** Pairs change with fees and liquidity; a minute is what the provider itself promises to honour with a pair hash. */
const TERMS_FRESH_MS = 60_000;

export function termsReader(deps: { readonly now: Clock }, provider: Provider): TermsReader {
  let cached: { terms: ProviderTerms; atMs: number; real: number } | null = null;
  let running: Promise<Result<ProviderTerms, ProviderRefusal>> | null = null;
  const fresh = (ageMs: number) => ageMs >= 0 && ageMs < TERMS_FRESH_MS;
  return {
    async read() {
      // Both clocks: the business one may be moved, the real one may not be outrun by a business clock that stands still.
      if (cached && fresh(deps.now().getTime() - cached.atMs) && fresh(monotonicMs() - cached.real)) return ok(cached.terms);
      running ??= fetchTerms(provider).finally(() => {
        running = null;
      });
      const read = await running;
      if (read.ok) cached = { terms: read.value, atMs: deps.now().getTime(), real: monotonicMs() };
      return read;
    },
    forget() {
      cached = null;
    },
  };
}

async function fetchTerms(provider: Provider): Promise<Result<ProviderTerms, ProviderRefusal>> {
  const [pair, expiry] = await Promise.all([provider.pair(), provider.expiryRange()]);
  if (!pair.ok) return pair;
  if (!expiry.ok) return expiry;
  return ok({ pair: pair.value, expiry: expiry.value });
}
