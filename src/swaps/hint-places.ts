import type { Clock } from '../lib/time.ts';
import { HOUR_MS } from '../lib/time.ts';
import { hintAddress } from './provider-hint.ts';

/** Which address, if any, a provider is given for its hints. */
export type HintPlaces = {
  /** Up to the token; null: ask without. */
  readonly at: (provider: string) => string | null;
  /** It refused our address: for a while it is not offered again, so that each creation does not cost two. */
  readonly refusedBy: (provider: string) => void;
};

/** A provider that starts to take webhooks is found out about within the hour; meanwhile its socket and the sweep are enough. */
const REFUSAL_KEPT_MS = HOUR_MS;

/** @param apiUrl where this server is reached from outside; null: nobody out there could call it. */
export function hintPlaces({ now }: { readonly now: Clock }, apiUrl: string | null): HintPlaces {
  const refusedAtMs = new Map<string, number>();
  return {
    at(provider) {
      const agoMs = now().getTime() - (refusedAtMs.get(provider) ?? Number.NEGATIVE_INFINITY);
      return apiUrl === null || agoMs < REFUSAL_KEPT_MS ? null : hintAddress(apiUrl, provider);
    },
    refusedBy: (provider) => void refusedAtMs.set(provider, now().getTime()),
  };
}
