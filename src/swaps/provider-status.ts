import type { Sats } from '../lib/money.ts';
import type { ProviderHealth } from './provider-health-store.ts';
import type { ProviderEntry } from './providers.ts';
import { sats } from '../lib/money.ts';

/** `up`: answers and opens swaps. `failing`: answers, but could not open swaps lately, and is asked last. `down`: does not answer. */
export const PROVIDER_STATES = ['up', 'failing', 'down'] as const;
export type ProviderStatus = Readonly<{
  name: string;
  state: (typeof PROVIDER_STATES)[number];
  /** Live limits on what a payer pays, and the provider's percentage; null while it does not answer. */
  terms: Readonly<{ minimumSats: Sats; maximumSats: Sats; feePercent: number }> | null;
  /** When it last opened a swap for this server; null: not yet. */
  lastSuccessAt: Date | null;
}>;

/** One provider as it stands: its terms are asked for (at most a minute old), its health is what creations have seen. */
export async function readProviderStatus(
  { provider, terms }: ProviderEntry,
  health: ReadonlyMap<string, ProviderHealth>,
  at: Date,
): Promise<ProviderStatus> {
  const { name } = provider;
  const known = health.get(name);
  const lastSuccessAt = known?.lastSuccessAt ?? null;
  const read = await terms.read();
  if (!read.ok) return { name, state: 'down', terms: null, lastSuccessAt };
  const { limits, fees } = read.value.pair;
  const isFailing = known?.openUntil !== null && known?.openUntil !== undefined && known.openUntil > at;
  return {
    ...{ name, lastSuccessAt, state: isFailing ? 'failing' : 'up' },
    terms: { minimumSats: sats(BigInt(limits.minimal)), maximumSats: sats(BigInt(limits.maximal)), feePercent: fees.percentage },
  };
}
