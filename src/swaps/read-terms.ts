import type { Sats } from '../lib/money.ts';
import type { Refusal } from '../lib/refusal.ts';
import type { Result } from '../lib/result.ts';
import type { LightningTerms } from './lightning.ts';
import type { ProviderEntry, Providers } from './providers.ts';
import type { ProviderPair } from './provider-wire.ts';
import { sats } from '../lib/money.ts';
import { ok, refuse } from '../lib/result.ts';
import { LIGHTNING_NOT_CONFIGURED, PROVIDER_UNAVAILABLE } from './lightning.ts';
import { payerSatsFor } from './swap-fees.ts';

/**
 * Live limits on the invoice amount: the widest that the providers which answer offer together. One that rests after failures is asked only
 * when no other answers: a dead one that hangs would delay every payment.
 */
export async function readTerms(providers: Providers): Promise<Result<LightningTerms, Refusal>> {
  if (!providers.configured) return refuse(LIGHTNING_NOT_CONFIGURED);
  const { well, resting } = await providers.byHealth();
  const answered = await readPairs(well);
  const pairs = answered.length > 0 ? answered : await readPairs(resting);
  if (pairs.length === 0) return refuse(PROVIDER_UNAVAILABLE);
  const limits = pairs.map((pair) => pair.limits);
  const minimumSats = sats(BigInt(Math.min(...limits.map(({ minimal }) => minimal))));
  const maximumSats = sats(BigInt(Math.max(...limits.map(({ maximal }) => maximal))));
  const payerSats = (netSats: Sats) => pairs.map((pair) => payerSatsFor(netSats, pair)).reduce((most, each) => (each > most ? each : most));
  return ok({ minimumSats, maximumSats, payerSats });
}

async function readPairs(entries: readonly ProviderEntry[]): Promise<readonly ProviderPair[]> {
  const read = await Promise.all(entries.map(({ terms }) => terms.read()));
  return read.flatMap((terms) => (terms.ok ? [terms.value.pair] : []));
}
