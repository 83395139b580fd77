import type { Clock } from '../../src/lib/time.ts';
import type { FaultSource } from '../faults/faults.ts';
import { createServer } from 'node:http';
import express from 'express';
import { SECOND_MS } from '../../src/lib/time.ts';
import { NO_FAULTS } from '../faults/faults.ts';
import { rateFault, toldPrice, toldTime } from '../faults/rate-faults.ts';
import { listen } from '../provider/listen.ts';

/** TABLE: what one bitcoin costs, in whole units, and how CoinCap names the currency. All prices agree with each other. */
export const PRICES = {
  EUR: { price: 80_188, id: 'euro', sign: '€' },
  USD: { price: 86_603, id: 'united-states-dollar', sign: '$' },
  GBP: { price: 68_541, id: 'british-pound-sterling', sign: '£' },
  CAD: { price: 121_244, id: 'canadian-dollar', sign: '$' },
  AUD: { price: 133_369, id: 'australian-dollar', sign: '$' },
  JPY: { price: 12_990_450, id: 'japanese-yen', sign: '¥' },
  CHF: { price: 75_377, id: 'swiss-franc', sign: 'CHF' },
  DKK: { price: 598_202, id: 'danish-krone', sign: 'kr' },
  BRL: { price: 467_656, id: 'brazilian-real', sign: 'R$' },
} as const;

/** CoinCap prints prices with 16 decimals. */
const RATE_DECIMALS = 16;

export type Rates = {
  readonly url: string;
  readonly port: number;
  readonly coingecko: string;
  readonly coincap: string;
  close(): Promise<void>;
};

type RatesOptions = { readonly now: Clock; readonly host: string; readonly port: number; readonly faults?: FaultSource };
/** How the sources are to fail, and their clock. */
type Telling = { readonly faults: FaultSource; readonly now: Clock };

/** Price sources in the shapes of CoinGecko's `/simple/price` and CoinCap's `/assets/bitcoin` and `/rates`, at fixed prices. */
export async function startRates(options: RatesOptions): Promise<Rates> {
  const telling: Telling = { faults: options.faults ?? NO_FAULTS, now: options.now };
  const app = express();
  app.disable('x-powered-by');
  app.use('/coingecko', rateFault(telling.faults, true));
  app.use('/coincap', rateFault(telling.faults, false));
  app.get('/coingecko/api/v3/simple/price', (request, response) => {
    const { ids, vs_currencies: currencies, include_last_updated_at: stamped } = request.query;
    const body = simplePrice(telling, { ids: String(ids ?? ''), currencies: String(currencies ?? ''), isStamped: stamped === 'true' });
    response.type('json').send(JSON.stringify(body).replaceAll('"NaN"', 'NaN')); // as a careless program writes it: no JSON at all
  });
  app.get('/coincap/v2/assets/bitcoin', (_request, response) => {
    const data = { id: 'bitcoin', symbol: 'BTC', name: 'Bitcoin', priceUsd: bitcoinUsd(telling) };
    response.json({ data, timestamp: stampOf(telling).getTime() });
  });
  app.get(
    '/coincap/v2/rates',
    (_request, response) => void response.json({ data: rateRows(telling), timestamp: stampOf(telling).getTime() }),
  );
  app.use((_request, response) => void response.status(404).json({ error: 'not found' }));
  const listening = await listen(createServer(app), options);
  return { ...listening, coingecko: `${listening.url}/coingecko/api/v3`, coincap: `${listening.url}/coincap/v2` };
}

/** Only what was asked for: other coins and currencies are left out, as the real one does. */
function simplePrice(telling: Telling, asked: { ids: string; currencies: string; isStamped: boolean }): object {
  if (!asked.ids.split(',').includes('bitcoin')) return {};
  const wanted = asked.currencies.toUpperCase().split(',');
  const prices = Object.entries(PRICES).filter(([currency]) => wanted.includes(currency));
  const bitcoin = Object.fromEntries(prices.map(([currency, { price }]) => [currency.toLowerCase(), toldPrice(telling.faults, price)]));
  const stamp = Math.floor(stampOf(telling).getTime() / SECOND_MS);
  return { bitcoin: asked.isStamped ? { ...bitcoin, last_updated_at: stamp } : bitcoin };
}

function rateRows(telling: Telling): readonly object[] {
  const fiat = Object.entries(PRICES).map(([symbol, { id, sign, price }]) => {
    return { id, symbol, currencySymbol: sign, type: 'fiat', rateUsd: ratio(PRICES.USD.price, price) };
  });
  return [{ id: 'bitcoin', symbol: 'BTC', currencySymbol: '₿', type: 'crypto', rateUsd: bitcoinUsd(telling) }, ...fiat];
}

function bitcoinUsd({ faults }: Telling): string {
  const told = toldPrice(faults, PRICES.USD.price);
  return told === 'NaN' ? told : ratio(told, 1);
}

function stampOf({ faults, now }: Telling): Date {
  return toldTime(faults, now());
}

/** A quotient as decimal text, cut off after 16 decimals. */
function ratio(numerator: number, denominator: number): string {
  const scaled = (BigInt(numerator) * 10n ** BigInt(RATE_DECIMALS)) / BigInt(denominator);
  const digits = scaled.toString().padStart(RATE_DECIMALS + 1, '0');
  return `${digits.slice(0, -RATE_DECIMALS)}.${digits.slice(-RATE_DECIMALS)}`;
}
