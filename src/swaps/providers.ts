import type { Database } from '../lib/database.ts';
import type { HttpCall } from '../lib/http-client.ts';
import type { Log } from '../lib/log.ts';
import type { Clock } from '../lib/time.ts';
import type { Provider, ProviderEndpoint } from './provider-client.ts';
import type { ProviderStatus } from './provider-status.ts';
import type { TermsReader } from './provider-terms.ts';
import { SECOND_MS } from '../lib/time.ts';
import { providerClient } from './provider-client.ts';
import { ailingProviders, noteFailure, noteSuccess, readProviderHealth, takeProbe } from './provider-health-store.ts';
import { readProviderStatus } from './provider-status.ts';
import { termsReader } from './provider-terms.ts';

export type ProviderEntry = Readonly<{ provider: Provider; terms: TermsReader }>;

export type ByHealth = { readonly well: readonly ProviderEntry[]; readonly resting: readonly ProviderEntry[] };

/** The configured providers, in the operator's order. */
export type Providers = {
  readonly configured: boolean;
  byName(name: string): Provider | null;
  entryOf(name: string): ProviderEntry | null;
  /** `resting`: have failed lately, and are asked only when no other can serve. */
  byHealth(): Promise<ByHealth>;
  /**
   * For one creation: the ones that have failed lately come last, none is left out. One whose rest is over comes in its own place for the
   * single creation that tries it.
   */
  inOrderToOpen(): Promise<readonly ProviderEntry[]>;
  /** All of them as they stand now, in the operator's order. */
  statuses(): Promise<readonly ProviderStatus[]>;
  /** Health is judged by real creations. */
  note(name: string, failure: string | null): Promise<void>;
};

export type ProvidersDeps = { readonly database: Database; readonly http: HttpCall; readonly now: Clock; readonly log: Log };

/** Successes in a row within it say nothing new: each would be one more commit on a row that every create wants. */
const SUCCESS_KEPT_MS = SECOND_MS;

export function makeProviders(deps: ProvidersDeps, endpoints: readonly ProviderEndpoint[]): Providers {
  const entries = endpoints.map((endpoint) => {
    const provider = providerClient(deps, endpoint);
    return { provider, terms: termsReader(deps, provider) };
  });
  const succeededAt = new Map<string, number>(); // since the last failure
  const entryOf = (name: string) => entries.find(({ provider }) => provider.name === name) ?? null;
  return {
    configured: entries.length > 0,
    byName: (name) => entryOf(name)?.provider ?? null,
    entryOf,
    byHealth: () => sortByHealth(deps, entries),
    inOrderToOpen: () => orderToOpen(deps, entries),
    async statuses() {
      const health = await readProviderHealth(deps);
      return Promise.all(entries.map((entry) => readProviderStatus(entry, health, deps.now())));
    },
    async note(name, failure) {
      const at = deps.now();
      if (failure === null) {
        if (Math.abs(at.getTime() - (succeededAt.get(name) ?? Number.NEGATIVE_INFINITY)) < SUCCESS_KEPT_MS) return;
        succeededAt.set(name, at.getTime());
        return noteSuccess(deps, name, at);
      }
      succeededAt.delete(name);
      deps.log.warn({ provider: name, reason: failure }, 'the provider did not open a swap');
      return noteFailure(deps, name, { at, reason: failure });
    },
  };
}

async function sortByHealth(deps: ProvidersDeps, entries: readonly ProviderEntry[]): Promise<ByHealth> {
  if (entries.length < 2) return { well: entries, resting: [] }; // there is no other
  const ailing = await ailingProviders(deps);
  const isAiling = ({ provider }: ProviderEntry) => ailing.has(provider.name);
  const sinceOf = ({ provider }: ProviderEntry) => ailing.get(provider.name)?.getTime() ?? 0;
  const resting = entries.filter(isAiling).sort((a, b) => sinceOf(a) - sinceOf(b)); // the longest rested first
  return { well: entries.filter((entry) => !isAiling(entry)), resting };
}

/** A probe is only taken where it is the next to be asked: before every provider that is well. */
async function orderToOpen(deps: ProvidersDeps, entries: readonly ProviderEntry[]): Promise<readonly ProviderEntry[]> {
  const { well, resting } = await sortByHealth(deps, entries);
  const [best] = well;
  if (!best) return resting;
  for (const entry of entries.slice(0, entries.indexOf(best))) {
    if (await takeProbe(deps, entry.provider.name, deps.now())) return [entry, ...well, ...resting.filter((other) => other !== entry)];
  }
  return [...well, ...resting];
}
