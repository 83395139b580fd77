import type { Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { HttpCall } from '../../src/lib/http-client.ts';
import type { Currency } from '../../src/lib/money.ts';
import type { Rate, RateSource } from '../../src/rates/rate.ts';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { httpCall } from '../../src/lib/http-client.ts';
import { makeLog } from '../../src/lib/log.ts';
import { CURRENCIES, CURRENCY_EXPONENTS } from '../../src/lib/money.ts';
import { systemRandom } from '../../src/lib/random.ts';
import { coincapClient } from '../../src/rates/coincap-client.ts';
import { coingeckoClient } from '../../src/rates/coingecko-client.ts';
import { makeCurrentRate } from '../../src/rates/current-rate.ts';

/** What a bitcoin costs in these tests, in hundredths (yen too), and what a unit of each currency costs in dollars. */
export const TRUTH: { readonly [C in Currency]: number } = {
  EUR: 80188.12,
  USD: 92216.34,
  GBP: 68310.5,
  CAD: 127258.55,
  AUD: 141092.01,
  JPY: 14293533,
  CHF: 73773.07,
  DKK: 598484.05,
  BRL: 497968.24,
};
export const START = new Date('2026-05-15T14:00:00.000Z');
/** The real deadline is 3 s; a test does not wait for it. */
const http: HttpCall = (call) => httpCall({ ...call, timeoutMs: Math.min(call.timeoutMs, 1_000) });

type Reply = {
  readonly status?: number;
  readonly body?: string;
  readonly how?: 'hang' | 'drip' | 'reset' | 'endless';
  readonly location?: string;
};
type Script = (path: string, at: Date) => Reply;
const servers: Server[] = [];

export function closeMarkets(): void {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
}

function answer(response: ServerResponse, reply: Reply): void {
  response.on('error', () => undefined);
  if (reply.how === 'hang') return;
  if (reply.how === 'reset') return void response.socket?.resetAndDestroy();
  response.writeHead(reply.status ?? 200, { 'content-type': 'application/json', ...(reply.location ? { location: reply.location } : {}) });
  if (reply.how === 'drip') return void response.write('{"bitcoin":');
  if (reply.how === 'endless') {
    const pour = () => {
      while (!response.destroyed && response.write(' '.repeat(65_536)));
    };
    response.on('drain', pour);
    pour();
    return;
  }
  response.end(reply.body);
}

/** Both sources as real HTTP servers, and the product's cache over them. */
export async function market(options: { gecko?: Script; cap?: Script; agreedBefore?: Rate } = {}) {
  let at = START;
  const scripts = { gecko: options.gecko ?? geckoTells(), cap: options.cap ?? capTells() };
  const calls: string[] = [];
  const listen = async (name: 'gecko' | 'cap') => {
    const server = createServer((request, response) => {
      calls.push(`${name} ${request.url}`);
      answer(response, scripts[name](request.url ?? '', at));
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    servers.push(server);
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}/v`;
  };
  const now = () => at;
  const sources: RateSource[] = [
    coingeckoClient({ http, now }, { name: 'coingecko', url: await listen('gecko') }),
    coincapClient({ http, now }, { name: 'coincap', url: await listen('cap') }),
  ];
  const before = options.agreedBefore;
  const currentRate = makeCurrentRate({
    sources,
    now,
    random: systemRandom,
    log: makeLog('silent'),
    ...(before ? { agreedBefore: async () => before } : {}),
  });
  return { currentRate, calls, scripts, sources, advance: (ms: number) => (at = new Date(at.getTime() + ms)), now };
}

export function geckoTells(change: (prices: Record<string, unknown>, at: Date) => unknown = (prices) => prices): Script {
  return (_path, at) => {
    const prices: Record<string, unknown> = Object.fromEntries(CURRENCIES.map((currency) => [currency.toLowerCase(), TRUTH[currency]]));
    return { body: JSON.stringify({ bitcoin: change({ ...prices, last_updated_at: Math.floor(at.getTime() / 1000) }, at) }) };
  };
}

type CapRow = { id: string; symbol: string; type: string; rateUsd: string | null };
export function capTells(
  change: (rows: CapRow[]) => unknown = (rows) => rows,
  stampMs: (at: Date) => number = (at) => at.getTime(),
): Script {
  return (path, at) => {
    if (path.endsWith('/assets/bitcoin'))
      return { body: JSON.stringify({ data: { id: 'bitcoin', symbol: 'BTC', priceUsd: String(TRUTH.USD) }, timestamp: stampMs(at) }) };
    const fiat = CURRENCIES.map((currency) => ({
      id: `unit-of-${currency}`,
      symbol: currency,
      type: 'fiat',
      rateUsd: String(TRUTH.USD / TRUTH[currency]),
    }));
    return {
      body: JSON.stringify({
        data: change([{ id: 'bitcoin', symbol: 'BTC', type: 'crypto', rateUsd: String(TRUTH.USD) }, ...fiat]),
        timestamp: stampMs(at),
      }),
    };
  };
}

export const times = (factor: number) =>
  geckoTells((prices) =>
    Object.fromEntries(Object.entries(prices).map(([name, price]) => [name, name === 'last_updated_at' ? price : Number(price) * factor])),
  );
const capTimes = (factor: number) =>
  capTells((rows) => rows.map((row) => (row.id === 'bitcoin' ? { ...row, rateUsd: String(TRUTH.USD * factor) } : row)));
const all = (value: unknown) => geckoTells((prices) => Object.fromEntries(Object.keys(prices).map((name) => [name, value])));
export const text =
  (body: string): Script =>
  () => ({ body });
const how =
  (kind: NonNullable<Reply['how']>): Script =>
  () => ({ how: kind });
export const down: Script = () => ({ status: 503, body: 'down' });

/** TABLE: what sources have done and may do. */
export const BAD: { readonly [name: string]: { gecko?: Script; cap?: Script } } = {
  'zero from the first': { gecko: all(0) },
  'NaN as a bare word': { gecko: text(`{"bitcoin":{"eur":NaN}}`) },
  'NaN as text': { gecko: all('NaN') },
  'Infinity as text': { gecko: all('Infinity') },
  'an overflowing number': { gecko: text('{"bitcoin":{"eur":1e999,"usd":1e999}}') },
  'a vanishing number': { gecko: text('{"bitcoin":{"eur":1e-300,"usd":1e-300}}') },
  'negative prices': { gecko: times(-1) },
  'null prices': { gecko: all(null) },
  'prices in a list': { gecko: all([80188]) },
  'prices times 100': { gecko: times(100) },
  'prices over 100': { gecko: times(0.01) },
  'both times 100': { gecko: times(100), cap: capTimes(100) },
  'both over 100': { gecko: times(0.01), cap: capTimes(0.01) },
  'one 3 % high': { gecko: times(1.03) },
  'one 3 % low': { cap: capTimes(0.97) },
  'one 40 % high and the other down': { gecko: times(1.4), cap: down },
  'one 40 % low and the other hanging': { gecko: how('hang'), cap: capTimes(0.6) },
  'yen under every name': { gecko: geckoTells((prices) => Object.fromEntries(Object.keys(prices).map((name) => [name, TRUTH.JPY]))) },
  'euros and kroner swapped': { gecko: geckoTells((prices) => ({ ...prices, eur: TRUTH.DKK, dkk: TRUTH.EUR })) },
  'euros and kroner swapped, the other down': { gecko: geckoTells((prices) => ({ ...prices, eur: TRUTH.DKK, dkk: TRUTH.EUR })), cap: down },
  'unit prices upside down': {
    cap: capTells((rows) => rows.map((row) => (row.type === 'fiat' ? { ...row, rateUsd: String(1 / Number(row.rateUsd)) } : row))),
  },
  'unit prices of zero': { cap: capTells((rows) => rows.map((row) => (row.type === 'fiat' ? { ...row, rateUsd: '0' } : row))) },
  'a coin that is called EUR': { cap: capTells((rows) => [{ id: 'euro-coin', symbol: 'EUR', type: 'crypto', rateUsd: '0.01' }, ...rows]) },
  'prices of an hour ago, 10 % off': {
    gecko: geckoTells((prices, at) => ({
      ...Object.fromEntries(Object.entries(prices).map(([name, price]) => [name, Number(price) * 1.1])),
      last_updated_at: at.getTime() / 1000 - 3600,
    })),
  },
  'both of an hour ago': {
    gecko: geckoTells((prices, at) => ({ ...prices, eur: TRUTH.EUR * 1.1, last_updated_at: at.getTime() / 1000 - 3600 })),
    cap: capTells(
      (rows) => rows,
      (at) => at.getTime() - 3_600_000,
    ),
  },
  'prices of tomorrow': {
    gecko: geckoTells((prices, at) => ({ ...prices, eur: TRUTH.EUR * 1.01, last_updated_at: at.getTime() / 1000 + 86_400 })),
  },
  'a hanging source': { gecko: how('hang') },
  'both hanging': { gecko: how('hang'), cap: how('hang') },
  'an answer that drips': { gecko: how('drip') },
  'an endless answer': { cap: how('endless') },
  'a reset connection': { gecko: how('reset') },
  'not JSON': { gecko: text('<html>busy</html>') },
  'half of the JSON': { cap: text('{"data":[{"id":"bitcoin","symb') },
  'JSON of another form': { gecko: text('{"prices":[]}'), cap: text('[]') },
  'an empty body': { gecko: text(''), cap: text('') },
  'status 500 with good-looking prices': { gecko: (path, at) => ({ ...times(1.1)(path, at), status: 500 }) },
  'status 429 from both': { gecko: () => ({ status: 429 }), cap: () => ({ status: 429 }) },
  'a redirect': { gecko: () => ({ status: 302, location: 'http://127.0.0.1:1/' }) },
  'both down': { gecko: down, cap: down },
};

/** How far a rate lies from the truth, in hundredths of a percent. */
export function offBy(rate: Rate): number {
  const truth = BigInt(Math.round(TRUTH[rate.currency] * 100)) * 10n ** BigInt(CURRENCY_EXPONENTS[rate.currency] + 2);
  const apart = rate.minorPerBtcE4 > truth ? rate.minorPerBtcE4 - truth : truth - rate.minorPerBtcE4;
  return Number((apart * 10_000n) / truth);
}
