import type { Place, World } from './world.ts';
import type { Database } from './lib/database.ts';
import type { CurrentRate } from './rates/current-rate.ts';
import { httpCall } from './lib/http-client.ts';
import { COINCAP_URL, coincapClient } from './rates/coincap-client.ts';
import { COINGECKO_URL, coingeckoClient } from './rates/coingecko-client.ts';
import { makeCurrentRate } from './rates/current-rate.ts';
import { readAgreedQuote } from './rates/quote-store.ts';

/** The current rate from both sources, at the addresses of the settings or their public ones. */
export function buildRates(world: World, database: Database): CurrentRate {
  const place = (name: string, url: string): Place => ({ name, url: world.rates.find((rate) => rate.name === name)?.url ?? url });
  const deps = { http: httpCall, now: world.now };
  return makeCurrentRate({
    sources: [coingeckoClient(deps, place('coingecko', COINGECKO_URL)), coincapClient(deps, place('coincap', COINCAP_URL))],
    ...{ now: world.now, random: world.random, log: world.log },
    agreedBefore: (currency, since) => readAgreedQuote(database, currency, since),
  });
}
