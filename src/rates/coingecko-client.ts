import type { RateSource, SourcePrice } from './rate.ts';
import type { HttpCall } from '../lib/http-client.ts';
import type { Currency } from '../lib/money.ts';
import type { Clock } from '../lib/time.ts';
import { CURRENCIES } from '../lib/money.ts';
import { parseDecimal } from './decimal.ts';
import { rateFromPrice } from './rate.ts';
import { readRateText } from './rate-call-client.ts';
import { coingeckoReply, parseJsonKeepingDigits, stampFrom } from './rate-wire.ts';

/** The public address; a key of the paid plans may stand in its query (`?x_cg_demo_api_key=…`). */
export const COINGECKO_URL = 'https://api.coingecko.com/api/v3';

/** CoinGecko's simple price: all currencies in one call (https://docs.coingecko.com/reference/simple-price). */
export function coingeckoClient(deps: { http: HttpCall; now: Clock }, source: { name: string; url: string }): RateSource {
  return {
    name: source.name,
    async read() {
      const askedAt = deps.now();
      const query = { ids: 'bitcoin', vs_currencies: CURRENCIES.join(',').toLowerCase(), include_last_updated_at: 'true' };
      const reply = coingeckoReply.parse(
        parseJsonKeepingDigits(await readRateText(deps.http, { base: source.url, path: '/simple/price', query })),
      );
      const at = stampFrom(reply.bitcoin['last_updated_at'], 1000) ?? askedAt;
      const prices = new Map<Currency, SourcePrice>();
      for (const currency of CURRENCIES) {
        const text = reply.bitcoin[currency.toLowerCase()];
        const price = typeof text === 'string' ? parseDecimal(text) : null;
        if (price) prices.set(currency, { name: source.name, minorPerBtcE4: rateFromPrice(price, currency), at });
      }
      return prices;
    },
  };
}
