import type { Database } from '../lib/database.ts';
import type { HttpCall } from '../lib/http-client.ts';
import type { Log } from '../lib/log.ts';
import type { Clock } from '../lib/time.ts';
import type { Provider, ProviderEndpoint } from './provider-client.ts';
import type { ProviderStatus } from './provider-status.ts';
import type { TermsReader } from './provider-terms.ts';
import { providerClient } from './provider-client.ts';
import { ailingProviders, noteFailure, noteSuccess, readProviderHealth } from './provider-health-store.ts';
import { readProviderStatus } from './provider-status.ts';
import { termsReader } from './provider-terms.ts';

export type ProviderEntry = Readonly<{ provider: Provider; terms: TermsReader }>;

/** The configured providers, in the operator's order. */
export type Providers = {
  readonly configured: boolean;
  byName(name: string): Provider | null;
  /** The ones that have failed lately come last; none is left out. */
  inOrderOfHealth(): Promise<readonly ProviderEntry[]>;
  /** All of them as they stand now, in the operator's order. */
  statuses(): Promise<readonly ProviderStatus[]>;
  /** Health is judged by real creations. */
  note(name: string, failure: string | null): Promise<void>;
};

export type ProvidersDeps = { readonly database: Database; readonly http: HttpCall; readonly now: Clock; readonly log: Log };

export function makeProviders(deps: ProvidersDeps, endpoints: readonly ProviderEndpoint[]): Providers {
  const entries = endpoints.map((endpoint) => {
    const provider = providerClient(deps, endpoint);
    return { provider, terms: termsReader(deps, provider) };
  });
  return {
    configured: entries.length > 0,
    byName: (name) => entries.find(({ provider }) => provider.name === name)?.provider ?? null,
    async inOrderOfHealth() {
      if (entries.length < 2) return entries;
      const ailing = await ailingProviders(deps, deps.now());
      return [...entries].sort((a, b) => Number(ailing.has(a.provider.name)) - Number(ailing.has(b.provider.name))); // stable
    },
    async statuses() {
      const health = await readProviderHealth(deps);
      return Promise.all(entries.map((entry) => readProviderStatus(entry, health, deps.now())));
    },
    async note(name, failure) {
      if (failure === null) return noteSuccess(deps, name, deps.now());
      deps.log.warn({ provider: name, reason: failure }, 'the provider did not open a swap');
      return noteFailure(deps, name, { at: deps.now(), reason: failure });
    },
  };
}
