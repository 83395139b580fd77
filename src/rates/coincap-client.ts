import type { Decimal } from './decimal.ts';
import type { RateSource, SourcePrice } from './rate.ts';
import type { HttpCall } from '../lib/http-client.ts';
import type { Currency } from '../lib/money.ts';
import type { Clock } from '../lib/time.ts';
import { CURRENCIES } from '../lib/money.ts';
import { parseDecimal } from './decimal.ts';
import { rateFromPrices } from './rate.ts';
import { readRateText } from './rate-call-client.ts';
import { coincapAsset, coincapRates, parseJsonKeepingDigits, stampFrom } from './rate-wire.ts';

/** The public address; the key that it asks for stands in its query (`?apiKey=…`). */
export const COINCAP_URL = 'https://rest.coincap.io/v3';

type Deps = { readonly http: HttpCall };

/**
 * CoinCap's `/rates`: dollar prices of bitcoin and of every currency in one call (https://docs.coincap.io). Where the list has no bitcoin,
 * `/assets/bitcoin` is asked as well.
 */
export function coincapClient(deps: Deps & { now: Clock }, source: { name: string; url: string }): RateSource {
  return {
    name: source.name,
    async read() {
      const askedAt = deps.now();
      const rates = coincapRates.parse(parseJsonKeepingDigits(await readRateText(deps.http, { base: source.url, path: '/rates' })));
      const listed = rates.data.find((row) => row.id === 'bitcoin');
      const bitcoin = listed ? { price: listed.rateUsd, timestamp: undefined } : await readAsset(deps, source.url);
      const usdPerBtc = parseDecimal(bitcoin.price);
      const stamps = [rates.timestamp, bitcoin.timestamp].map((text) => stampFrom(text, 1) ?? askedAt);
      const at = stamps.sort((left, right) => left.getTime() - right.getTime())[0] ?? askedAt; // the older of the two
      const prices = new Map<Currency, SourcePrice>();
      for (const currency of CURRENCIES) {
        const usdPerUnit = unitPrice(rates.data, currency);
        const minorPerBtcE4 = usdPerBtc && usdPerUnit ? rateFromPrices(usdPerBtc, usdPerUnit, currency) : null;
        if (minorPerBtcE4 !== null) prices.set(currency, { name: source.name, minorPerBtcE4, at });
      }
      return prices;
    },
  };
}

async function readAsset(deps: Deps, url: string): Promise<{ price: string; timestamp: string | undefined }> {
  const asset = coincapAsset.parse(parseJsonKeepingDigits(await readRateText(deps.http, { base: url, path: '/assets/bitcoin' })));
  return { price: asset.data.priceUsd, timestamp: asset.timestamp };
}

/** Coins share symbols with currencies now and then: only rows of type fiat, or without a type, are looked at. */
function unitPrice(rows: readonly { symbol: string; type?: string | undefined; rateUsd: string }[], currency: Currency): Decimal | null {
  const row = rows.find((candidate) => candidate.symbol === currency && (candidate.type === undefined || candidate.type === 'fiat'));
  if (row) return parseDecimal(row.rateUsd);
  return currency === 'USD' ? { digits: 1n, scale: 0 } : null;
}
