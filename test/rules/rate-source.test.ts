import type { HttpCall } from '../../src/lib/http-client.ts';
import type { Rate } from '../../src/rates/rate.ts';
import { afterEach, expect, test } from 'vitest';
import { CURRENCIES } from '../../src/lib/money.ts';
import { coincapClient } from '../../src/rates/coincap-client.ts';
import { rateText } from '../../src/rates/rate.ts';
import { BAD, capTells, closeMarkets, down, geckoTells, market, offBy, START, text, times } from '../support/rate-market.ts';

afterEach(closeMarkets);

test('at least thirty ways to answer badly are scripted', () => {
  expect(Object.keys(BAD).length).toBeGreaterThanOrEqual(30);
});

test.each(Object.keys(BAD))(
  'no rate is more than two percent off, neither at the first look nor after good ones, with %s',
  async (name) => {
    const scripts = BAD[name] ?? {};
    const cold = await market(scripts);
    const warm = await market();
    const good = await warm.currentRate('EUR');
    Object.assign(warm.scripts, { gecko: scripts.gecko ?? warm.scripts.gecko, cap: scripts.cap ?? warm.scripts.cap });
    warm.advance(6 * 60_000);
    const given: Rate[] = [];
    for (const { currentRate } of [cold, warm]) {
      for (const currency of ['EUR', 'JPY', 'DKK'] as const) {
        const rate = await currentRate(currency);
        if (rate.ok) given.push(rate.value);
        else
          expect(rate.error).toMatchObject({
            kind: 'unavailable',
            code: 'rate_unavailable',
            message: 'Failed to fetch exchange rate — please retry',
          });
      }
    }
    expect(good.ok).toBe(true);
    expect(
      given.filter((rate) => offBy(rate) > 200).map((rate) => `${rate.currency} ${rateText(rate.minorPerBtcE4, rate.currency)}`),
    ).toEqual([]);
  },
);

test('two good sources give their median to the last digit, with what each of them said', async () => {
  const { currentRate } = await market({
    gecko: text('{"bitcoin":{"eur":80188.123456789,"jpy":14293533,"last_updated_at":1778853590}}'),
    cap: text(
      '{"data":[{"id":"bitcoin","symbol":"BTC","rateUsd":"92216.34"},{"id":"euro","symbol":"EUR","rateUsd":"1.15"},{"id":"yen","symbol":"JPY","rateUsd":"0.00645"}],"timestamp":1778853599000}',
    ),
  });
  const euro = await currentRate('EUR');
  // (80188.123456 + 80188.121739) / 2, each cut at the sixth digit.
  expect(euro.ok && euro.value).toEqual({
    currency: 'EUR',
    minorPerBtcE4: 80188122597n,
    sources: [
      { name: 'coincap', price: '80188.121739', at: new Date(1778853599000) },
      { name: 'coingecko', price: '80188.123456', at: new Date(1778853590000) },
    ],
    takenAt: START,
  });
  const yen = await currentRate('JPY');
  expect(yen.ok && yen.value.minorPerBtcE4).toBe((142935330000n + 142971069767n) / 2n);
});

test('all nine documented currencies come out of one look', async () => {
  const { currentRate, calls } = await market();
  const rates = await Promise.all(CURRENCIES.map((currency) => currentRate(currency)));
  expect(rates.filter((rate) => rate.ok && rate.value.sources.length === 2 && offBy(rate.value) <= 1)).toHaveLength(9);
  expect(calls).toHaveLength(2);
});

test('P-19: a thousand reads at once on a cold cache make two calls', async () => {
  const { currentRate, calls } = await market();
  const rates = await Promise.all(Array.from({ length: 1000 }, (_, i) => currentRate(CURRENCIES[i % 9] ?? 'EUR')));
  expect(rates.every((rate) => rate.ok)).toBe(true);
  expect(calls.sort()).toEqual([
    'cap /v/rates',
    'gecko /v/simple/price?ids=bitcoin&vs_currencies=eur%2Cusd%2Cgbp%2Ccad%2Caud%2Cjpy%2Cchf%2Cdkk%2Cbrl&include_last_updated_at=true',
  ]);
});

test('a list without bitcoin sends the client to the asset page', async () => {
  const { currentRate, calls } = await market({ cap: capTells((rows) => rows.filter((row) => row.id !== 'bitcoin')) });
  const rate = await currentRate('EUR');
  expect(rate.ok && rate.value.sources).toHaveLength(2);
  expect(calls).toContain('cap /v/assets/bitcoin');
});

test('P-19: a rate is used for at most a minute, renewed behind the answer before that, and while sources are down for five minutes at most', async () => {
  const { currentRate, calls, scripts, advance } = await market();
  const takenAt = async () => {
    const rate = await currentRate('EUR');
    return rate.ok ? rate.value.takenAt.getTime() - START.getTime() : 'refused';
  };
  const seen = [await takenAt()];
  advance(29_000);
  seen.push(await takenAt());
  expect(calls).toHaveLength(2);
  advance(20_000); // 49 s: old enough to be renewed, young enough to be given
  seen.push(await takenAt());
  await expect.poll(async () => [calls.length, await takenAt()]).toEqual([4, 49_000]);
  advance(61_000);
  seen.push(await takenAt());
  expect(calls).toHaveLength(6);
  Object.assign(scripts, { gecko: down, cap: down });
  advance(300_000);
  seen.push(await takenAt());
  advance(1);
  seen.push(await takenAt());
  Object.assign(scripts, { gecko: geckoTells(), cap: capTells() });
  seen.push(await takenAt());
  expect(seen).toEqual([0, 0, 0, 110_000, 110_000, 'refused', 410_001]);
});

test('one source alone is believed within 15 % of the last agreed rate, and never moves that mark itself', async () => {
  const { currentRate, scripts, advance } = await market();
  await currentRate('EUR');
  scripts.cap = down;
  const lone = async (factor: number) => {
    scripts.gecko = times(factor);
    advance(301_000);
    return (await currentRate('EUR')).ok;
  };
  const verdicts = [await lone(1.149), await lone(1.151), await lone(0.851), await lone(0.849), await lone(1.149), await lone(1.3)];
  expect(verdicts).toEqual([true, false, true, false, true, false]);
  advance(24 * 3_600_000);
  expect(await lone(1)).toBe(false);
});

test('after a restart one source alone is measured by the stored rates, and refused where there are none', async () => {
  const before: Rate = { currency: 'EUR', minorPerBtcE4: 80_000_000_000n, sources: [], takenAt: new Date(START.getTime() - 3_600_000) };
  const vouched = await (await market({ cap: down, agreedBefore: before })).currentRate('EUR');
  const contradicted = await (await market({ cap: down, agreedBefore: { ...before, minorPerBtcE4: 60_000_000_000n } })).currentRate('EUR');
  const unknown = await (await market({ cap: down })).currentRate('EUR');
  expect([vouched.ok, contradicted.ok, unknown.ok]).toEqual([true, false, false]);
});

test('a coin that shares its symbol with a currency is not taken for it', async () => {
  const coin = { id: 'euro-coin', symbol: 'EUR', type: 'crypto', rateUsd: '0.01' };
  const { currentRate } = await market({ cap: capTells((rows) => [coin, ...rows]) });
  const rate = await currentRate('EUR');
  expect(rate.ok && rate.value.sources).toHaveLength(2);
});

test('a base address keeps its own query, which may hold a key', async () => {
  const calls: string[] = [];
  const spy: HttpCall = async (call) => {
    calls.push(call.url);
    return { status: 404, text: '' };
  };
  await expect(
    coincapClient({ http: spy, now: () => START }, { name: 'c', url: 'https://rates.example/v3/?apiKey=k' }).read(),
  ).rejects.toThrow('answered 404');
  expect(calls).toEqual(['https://rates.example/v3/rates?apiKey=k']);
});
