import type { Clock } from '../../src/lib/time.ts';
import { createServer } from 'node:http';
import express from 'express';
import { SECOND_MS } from '../../src/lib/time.ts';
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
const BITCOIN_USD = ratio(PRICES.USD.price, 1);

export type Rates = {
  readonly url: string;
  readonly port: number;
  readonly coingecko: string;
  readonly coincap: string;
  close(): Promise<void>;
};

/** Price sources in the shapes of CoinGecko's `/simple/price` and CoinCap's `/assets/bitcoin` and `/rates`, at fixed prices. */
export async function startRates(options: { now: Clock; host: string; port: number }): Promise<Rates> {
  const app = express();
  app.disable('x-powered-by');
  app.get('/coingecko/api/v3/simple/price', (request, response) => {
    const { ids, vs_currencies: currencies, include_last_updated_at: stamped } = request.query;
    response.json(simplePrice(String(ids ?? ''), String(currencies ?? ''), stamped === 'true' ? options.now() : null));
  });
  app.get('/coincap/v2/assets/bitcoin', (_request, response) => {
    response.json({ data: { id: 'bitcoin', symbol: 'BTC', name: 'Bitcoin', priceUsd: BITCOIN_USD }, timestamp: options.now().getTime() });
  });
  app.get('/coincap/v2/rates', (_request, response) => void response.json({ data: rateRows(), timestamp: options.now().getTime() }));
  app.use((_request, response) => void response.status(404).json({ error: 'not found' }));
  const listening = await listen(createServer(app), options);
  return { ...listening, coingecko: `${listening.url}/coingecko/api/v3`, coincap: `${listening.url}/coincap/v2` };
}

/** Only what was asked for: other coins and currencies are left out, as the real one does. */
function simplePrice(ids: string, currencies: string, stampedAt: Date | null): object {
  if (!ids.split(',').includes('bitcoin')) return {};
  const wanted = currencies.toUpperCase().split(',');
  const prices = Object.entries(PRICES).filter(([currency]) => wanted.includes(currency));
  const bitcoin = Object.fromEntries(prices.map(([currency, { price }]) => [currency.toLowerCase(), price]));
  return { bitcoin: stampedAt ? { ...bitcoin, last_updated_at: Math.floor(stampedAt.getTime() / SECOND_MS) } : bitcoin };
}

function rateRows(): readonly object[] {
  const fiat = Object.entries(PRICES).map(([symbol, { id, sign, price }]) => {
    return { id, symbol, currencySymbol: sign, type: 'fiat', rateUsd: ratio(PRICES.USD.price, price) };
  });
  return [{ id: 'bitcoin', symbol: 'BTC', currencySymbol: '₿', type: 'crypto', rateUsd: BITCOIN_USD }, ...fiat];
}

/** A quotient as decimal text, cut off after 16 decimals. */
function ratio(numerator: number, denominator: number): string {
  const scaled = (BigInt(numerator) * 10n ** BigInt(RATE_DECIMALS)) / BigInt(denominator);
  const digits = scaled.toString().padStart(RATE_DECIMALS + 1, '0');
  return `${digits.slice(0, -RATE_DECIMALS)}.${digits.slice(-RATE_DECIMALS)}`;
}
