import type { Avopay } from '../support/avopay.ts';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startAvopay } from '../support/avopay.ts';
import { countingProxy } from '../support/counting-proxy.ts';

/** `PAYMENTS=500 npm test test/journeys/provider-outage.test.ts` is the published figure; the suite plays a slice of it. */
const PAYMENTS = Number(process.env['PAYMENTS'] ?? 30);
/** So many are asked for at a time. */
const AT_ONCE = 5;
/** Longer than a provider rests. */
const REST_S = 61;
const NOWHERE = 'http://127.0.0.1:9'; // the discard port: nothing listens

type Proxy = Awaited<ReturnType<typeof countingProxy>>;
let avopay: Avopay;
let preferred: Proxy;
let spare: Proxy;
let world: string;
beforeAll(async () => {
  [preferred, spare] = [await countingProxy(), await countingProxy()];
  avopay = await startAvopay({ ROLE: 'api', SWAP_PROVIDERS: `preferred=${preferred.url}/v2,spare=${spare.url}/v2` });
  world = (await avopay.call('GET', '/sandbox', { key: null })).body.provider_url.replace(/\/v2$/, '');
  preferred.leadTo(world);
  spare.leadTo(world);
});
afterAll(async () => {
  await avopay.stop();
  await preferred.close();
  await spare.close();
});

let made = 0;
const failed: string[] = [];
async function create(count: number): Promise<void> {
  for (let left = count; left > 0; left -= AT_ONCE) {
    const replies = await Promise.all(
      Array.from({ length: Math.min(AT_ONCE, left) }, () =>
        avopay.call('POST', '/api/v1/payments', { body: { amount: 10, currency: 'EUR' } }),
      ),
    );
    made += replies.length;
    failed.push(...replies.filter(({ status }) => status !== 201).map(({ text }) => text));
  }
}
const asked = ({ passed }: Proxy) => passed.filter(({ path }) => !path.endsWith('/expiry')).map(({ method, path }) => `${method} ${path}`);
const creations = (proxy: Proxy) => asked(proxy).filter((call) => call === 'POST /v2/swap/reverse').length;
const rest = () => avopay.call('POST', '/sandbox/clock', { body: { advance_s: REST_S }, key: null });
const health = async () => (await avopay.db.query(`SELECT state FROM "ProviderHealth" WHERE provider = 'preferred'`)).rows[0]?.state;
const said = async () => {
  const { body } = await avopay.call('POST', '/graphql', { body: { query: '{ providers { name state } }' } });
  return body.data.providers.map(({ name, state }: { name: string; state: string }) => `${name} ${state}`);
};
function forget(): void {
  preferred.passed.length = spare.passed.length = 0;
}

test(`P-20: the preferred provider goes down in the middle of ${PAYMENTS} payments: none fails, none is asked of the dead one while it rests, and it serves again by itself`, {
  timeout: 900_000,
}, async () => {
  await create(Math.ceil(PAYMENTS / 3));
  expect([creations(preferred), creations(spare)]).toEqual([made, 0]);
  expect(await said()).toEqual(['preferred up', 'spare up']);

  preferred.leadTo(NOWHERE);
  await create(AT_ONCE); // they find out
  expect(await health()).toBe('open');
  forget();
  await create(Math.ceil(PAYMENTS / 3));
  expect(asked(preferred)).toEqual([]);
  expect(creations(spare)).toBe(Math.ceil(PAYMENTS / 3));
  expect(await said()).toEqual([expect.stringMatching(/^preferred (?:failing|down)$/), 'spare up']); // its terms may be a minute old

  await rest();
  forget();
  await create(AT_ONCE);
  expect(asked(preferred)).toEqual(['GET /v2/swap/reverse']); // one of them, which hears that it is still dead
  expect(await health()).toBe('open');

  preferred.leadTo(world);
  forget();
  await create(AT_ONCE);
  expect(asked(preferred)).toEqual([]); // alive, and nobody knows
  expect(await said()).toEqual(['preferred failing', 'spare up']);
  await rest();
  forget();
  await create(AT_ONCE);
  expect(creations(preferred)).toBe(1);
  expect(await health()).toBe('closed');
  forget();
  await create(Math.max(AT_ONCE, PAYMENTS - made));
  expect(creations(spare)).toBe(0);
  expect(await said()).toEqual(['preferred up', 'spare up']);
  expect(failed).toEqual([]);
  const { rows } = await avopay.db.query(`SELECT count(*)::int AS n FROM "Swap" WHERE invoice IS NOT NULL`);
  expect(rows[0].n).toBe(made);
});
