import type { Rate, RateSource, RateVerdict, SourcePrice } from './rate.ts';
import type { Log } from '../lib/log.ts';
import type { Currency } from '../lib/money.ts';
import type { Random } from '../lib/random.ts';
import type { Refusal } from '../lib/refusal.ts';
import type { Result } from '../lib/result.ts';
import type { Clock } from '../lib/time.ts';
import { CURRENCIES } from '../lib/money.ts';
import { ok, refuse } from '../lib/result.ts';
import { addMs, SECOND_MS } from '../lib/time.ts';
import { ANCHOR_AGE_MAX_MS, decideRate, isGoodAt, RATE_AGE_SOFT_MS, RATE_UNAVAILABLE } from './rate.ts';

/** Today's rate, at most a minute old while the sources work, at most five minutes when they do not; else the refusal `rate_unavailable`. */
export type CurrentRate = (currency: Currency) => Promise<Result<Rate, Refusal>>;

export type CurrentRateDeps = Readonly<{
  sources: readonly RateSource[];
  now: Clock;
  random: Random;
  log: Log;
  /** The newest rate since `since` that two sources agreed on, from before this process started. Lets a restart live with one source. */
  agreedBefore?: (currency: Currency, since: Date) => Promise<Rate | null>;
}>;

/** From this age on (spread over 15 s, so that several servers do not ask together) a rate is still given but renewed behind the answer. */
const RENEW_AFTER_MS = 30 * SECOND_MS;
const RENEW_SPREAD_MS = 15 * SECOND_MS;

/** What is known per currency: the last good rate, and the last that two sources agreed on. */
type Held = { readonly good: Map<Currency, Rate>; readonly agreed: Map<Currency, Rate> };

/** One cache for all currencies: a look asks every source once, and one look at a time runs however many callers wait. */
export function makeCurrentRate(deps: CurrentRateDeps): CurrentRate {
  const held: Held = { good: new Map(), agreed: new Map() };
  let flight: Promise<void> | null = null;
  let renewAfterMs = RENEW_AFTER_MS;

  const look = (): Promise<void> => {
    flight ??= readSources(deps, held).finally(() => {
      flight = null;
      renewAfterMs = RENEW_AFTER_MS + Math.floor(((deps.random(1)[0] ?? 0) / 256) * RENEW_SPREAD_MS);
    });
    return flight;
  };

  return async (currency) => {
    const known = held.good.get(currency);
    const ageMs = known ? deps.now().getTime() - known.takenAt.getTime() : Number.POSITIVE_INFINITY;
    if (known && ageMs >= 0 && ageMs <= RATE_AGE_SOFT_MS && isGoodAt(known, deps.now())) {
      if (ageMs > renewAfterMs) look().catch((error: unknown) => deps.log.error({ error }, 'renewing the exchange rate failed'));
      return ok(known);
    }
    await look();
    const rate = held.good.get(currency);
    return rate && isGoodAt(rate, deps.now()) ? ok(rate) : refuse(RATE_UNAVAILABLE);
  };
}

async function readSources(deps: CurrentRateDeps, held: Held): Promise<void> {
  const at = deps.now();
  const answers = await Promise.allSettled(deps.sources.map((source) => source.read()));
  answers.forEach((answer, index) => {
    if (answer.status === 'fulfilled') return;
    deps.log.warn({ source: deps.sources[index]?.name, error: reasonOf(answer.reason) }, 'a rate source did not answer');
  });
  const read = answers.flatMap((answer) => (answer.status === 'fulfilled' ? [answer.value] : []));
  const refused: string[] = [];
  for (const currency of CURRENCIES) {
    const prices = read.flatMap((answer) => answer.get(currency) ?? []);
    const verdict = await decide(deps, held, { prices, currency, at });
    if (!verdict.ok) {
      refused.push(`${currency}: ${verdict.reason}`);
      continue;
    }
    held.good.set(currency, verdict.rate);
    if (verdict.agreed) held.agreed.set(currency, verdict.rate);
  }
  if (refused.length > 0) deps.log.warn({ refused }, 'no new exchange rate');
}

type Question = { readonly prices: readonly SourcePrice[]; readonly currency: Currency; readonly at: Date };

/** After a restart nothing vouches for a lone source yet: then the stored rates are asked, once. */
async function decide(deps: CurrentRateDeps, held: Held, { prices, currency, at }: Question): Promise<RateVerdict> {
  const anchor = held.agreed.get(currency) ?? null;
  const verdict = decideRate(prices, { currency, anchor, at });
  if (verdict.ok || verdict.reason !== 'lone_source_not_vouched_for' || anchor || !deps.agreedBefore) return verdict;
  const before = await deps.agreedBefore(currency, addMs(at, -ANCHOR_AGE_MAX_MS));
  if (!before) return verdict;
  held.agreed.set(currency, before);
  return decideRate(prices, { currency, anchor: before, at });
}

/** Faults of the network and of foreign text: the first line is enough, and holds no address. */
function reasonOf(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split('\n', 1).join('').slice(0, 200);
}
