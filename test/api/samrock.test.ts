import type { Avopay, LogLine } from '../support/avopay.ts';
import type { Merchant } from '../support/merchants.ts';
import type { Json } from '../support/json.ts';
import { inspect } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { systemRandom } from '../../src/lib/random.ts';
import { ROUTES } from '../../rest-adapter/routes.ts';
import { LIMITS } from '../../src/limits/limits.ts';
import { deriveAddress } from '../../src/wallets/derive-address.ts';
import { keptLog, startAvopay } from '../support/avopay.ts';
import { directPayments } from '../support/direct.ts';
import { wholeDatabase } from '../support/whole-database.ts';
import { follow } from '../support/live.ts';
import { connect, freshDescriptor, merchant } from '../support/merchants.ts';
import { parsed } from '../support/wallets.ts';

const lines: LogLine[] = [];
let avopay: Avopay;
beforeAll(async () => {
  avopay = await startAvopay({}, keptLog(lines));
});
afterAll(() => avopay.stop());

const JSON_TYPE = 'application/json';
const FORM_TYPE = 'application/x-www-form-urlencoded';
const BITCOIN = 'wpkh([8f681564/84h/0h/0h]bitcoincanary/0/*)';

/** What the wallet sends; `lightning` names the part as AQUA or as the protocol's page does. */
function message(descriptor: string, lightning: 'BTC-LN' | 'BTCLN' = 'BTC-LN'): string {
  const LBTC = { Descriptor: descriptor };
  return JSON.stringify({ version: '1.0', BTC: { Descriptor: BITCOIN }, LBTC, [lightning]: { Type: 'boltz', LBTC } });
}
/** A multipart form as AQUA posts it: a boundary that no header names. */
const multipart = (json: string) =>
  `--dart-http-boundary-x+y\r\ncontent-disposition: form-data; name="json"\r\n\r\n${json}\r\n--dart-http-boundary-x+y--\r\n`;

type Scan = { status: number; text: string; body: Json };
/** The phone posts to the very address that it has scanned; `url` names the public host, the test's server listens beside it. */
async function scan(url: string, body: string, type: string | null = JSON_TYPE): Promise<Scan> {
  const { pathname, search } = new URL(url);
  const headers = type === null ? {} : { 'content-type': type };
  const response = await fetch(`${avopay.url}${pathname}${search}`, { method: 'POST', headers, body: Buffer.from(body) });
  const text = await response.text();
  return { status: response.status, text, body: JSON.parse(text) };
}
const offer = async ({ key }: Merchant): Promise<Json> => {
  const reply = await avopay.call('POST', '/api/v1/connect/offers', { key });
  if (reply.status !== 201) throw new Error(reply.text);
  return reply.body;
};
const read = async ({ key }: Merchant, id: string): Promise<Json> =>
  (await avopay.call('GET', `/api/v1/connect/offers/${id}`, { key })).body;

describe('D-10: a wallet that scans the code', () => {
  const shapes: readonly (readonly [string, (json: string) => string, string | null])[] = [
    ['as JSON', (json) => json, JSON_TYPE],
    ['as JSON without a content type', (json) => json, null],
    ['as an ordinary form', (json) => new URLSearchParams({ json }).toString(), FORM_TYPE],
    ['as a multipart form that calls itself JSON', multipart, JSON_TYPE],
    ['as a multipart form with a wrong boundary in its header', multipart, 'multipart/form-data; boundary=other'],
    ['as JSON that was wrapped once more', (json) => JSON.stringify({ json }), JSON_TYPE],
  ];
  test.each(shapes)('%s is connected and told exactly 200', async (_how, shape, type) => {
    const shop = await merchant(avopay);
    const { id, url, state } = await offer(shop);
    expect(state).toBe('pending');
    const descriptor = freshDescriptor();
    const reply = await scan(url, shape(message(descriptor)), type);
    expect(reply).toMatchObject({ status: 200, body: { Success: true, Result: { LBTC: { Success: true }, BTC_LN: { Success: true } } } });
    const first_address = deriveAddress(parsed(descriptor), 0).confidential;
    expect(await read(shop, id)).toMatchObject({ state: 'success', first_address, fingerprint: parsed(descriptor).fingerprint });
    const wallet = await avopay.call('GET', '/api/v1/wallet', { key: shop.key });
    expect(wallet.body).toMatchObject({ via: 'samrock', first_address });
  });

  test('with the protocol’s own name for Lightning, or with one descriptor of the two, is connected too', async () => {
    for (const body of [
      message(freshDescriptor(), 'BTCLN'),
      JSON.stringify({ LBTC: { Descriptor: freshDescriptor() } }),
      JSON.stringify({ 'BTC-LN': { LBTC: { Descriptor: freshDescriptor() } } }),
    ]) {
      const { url } = await offer(await merchant(avopay));
      expect((await scan(url, body)).status).toBe(200);
    }
  });

  test('is asked for Liquid and Lightning alone, and a Bitcoin descriptor that comes unasked rests nowhere', async () => {
    const shop = await merchant(avopay);
    const { url } = await offer(shop);
    const asked = new URL(url);
    expect(asked.pathname).toMatch(/^\/samrock\/wof_[0-9a-z]{26}$/);
    expect(asked.searchParams.get('setup')).toBe('liquid-chain,btc-ln');
    expect(asked.searchParams.get('otp')).toMatch(/^[0-9A-Za-z_-]{32}$/);
    await scan(url, message(freshDescriptor()));
    const rows = await wholeDatabase(avopay.db);
    expect(rows).toContain(shop.id);
    const password = asked.searchParams.get('otp') ?? '?';
    for (const secret of ['bitcoincanary', password]) {
      expect(rows).not.toContain(secret);
      expect(inspect(lines, { depth: 12, maxStringLength: null })).not.toContain(secret);
    }
  });

  test('is seen at once by whoever follows the offer, and once in the event log', async () => {
    const shop = await merchant(avopay);
    const { id, url } = await offer(shop);
    const query = 'subscription ($id: ID!) { walletOfferUpdated(id: $id) { state message firstAddress } }';
    const live = follow(avopay.url, query, { id }, shop.key);
    expect(await live.until(({ state }) => state === 'pending')).toMatchObject({ firstAddress: null });
    const descriptor = freshDescriptor();
    await scan(url, message(descriptor));
    const { firstAddress } = await live.until(({ state }) => state === 'success');
    expect(firstAddress).toBe(deriveAddress(parsed(descriptor), 0).confidential);
    await live.close();
    const said = await directPayments(avopay).query('SELECT type FROM "Event" WHERE "accountId" = $1 ORDER BY sequence', [shop.id]);
    expect(said.map(({ type }) => type)).toEqual(['wallet.offer_answered', 'wallet.connected']);
  });
});

describe('D-10: a code', () => {
  test('can be asked for five times a minute', () => {
    expect(LIMITS.wallet_setup).toMatchObject({ limit: 5, windowMs: 60_000, per: 'account' });
    expect(ROUTES.find(({ method, path }) => method === 'POST' && path === '/api/v1/connect/offers')?.limit).toBe('wallet_setup');
  });

  test('connects once: a second scan is refused, and twenty at once connect one wallet', async () => {
    const shop = await merchant(avopay);
    const { url } = await offer(shop);
    const scans = await Promise.all(Array.from({ length: 20 }, () => scan(url, message(freshDescriptor()))));
    expect(scans.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(new Set(scans.map(({ status }) => status))).toEqual(new Set([200, 410]));
    expect(await scan(url, message(freshDescriptor()))).toMatchObject({
      status: 410,
      body: { Success: false, Error: 'wallet_offer_spent' },
    });
  });

  test('of whose two only one is scanned first leaves the other refused, because a wallet is connected', async () => {
    const shop = await merchant(avopay);
    const [one, two] = [await offer(shop), await offer(shop)];
    const scans = await Promise.all([scan(one.url, message(freshDescriptor())), scan(two.url, message(freshDescriptor()))]);
    expect(scans.map(({ status }) => status).sort()).toEqual([200, 409]);
    const late = await avopay.call('POST', '/api/v1/connect/offers', { key: shop.key });
    expect(late).toMatchObject({ status: 409, body: { error: 'Wallet already connected — contact support to reset' } });
  });

  test('with a wrong password, or of nobody, is not known, and spends nothing', async () => {
    const shop = await merchant(avopay);
    const { id, url } = await offer(shop);
    const body = message(freshDescriptor());
    for (const wrong of [
      url.replace(/otp=.*/, `otp=${'A'.repeat(32)}`),
      url.replace(/\?.*/, ''),
      url.replace(/wof_.{26}/, 'wof_00000000000000000000000000'),
      url.replace(/wof_.{26}/, 'x'),
    ]) {
      expect(await scan(wrong, body)).toMatchObject({ status: 404, body: { Success: false } });
    }
    const other = await merchant(avopay);
    expect((await avopay.call('GET', `/api/v1/connect/offers/${id}`, { key: other.key })).status).toBe(404);
    expect((await scan(url, body)).status).toBe(200);
  });

  test('that was answered with something useless is spent, and says in words what was wrong', async () => {
    const shop = await merchant(avopay);
    const rows: readonly (readonly [string, number, string])[] = [
      ['', 400, 'The wallet sent nothing that could be understood — update the wallet, then scan a new code'],
      ['{"LBTC":', 400, 'The wallet sent nothing that could be understood — update the wallet, then scan a new code'],
      [message('ct(x)'), 400, 'The blinding key must be slip77(…) with 64 hexadecimal digits.'],
    ];
    for (const [body, status, words] of rows) {
      const { id, url } = await offer(shop);
      expect(await scan(url, body)).toMatchObject({ status, body: { Success: false, Message: words } });
      expect(await read(shop, id)).toMatchObject({ state: 'error', message: words, first_address: null });
      expect((await scan(url, message(freshDescriptor()))).status).toBe(410);
    }
  });

  test('scanned while the chain cannot be read answers 4xx, connects nothing and says so', { timeout: 30_000 }, async () => {
    const shop = await merchant(avopay);
    const { id, url } = await offer(shop);
    await avopay.call('POST', '/sandbox/faults', { body: { chain: 'down' }, key: null });
    const reply = await scan(url, message(freshDescriptor()));
    await avopay.call('DELETE', '/sandbox/faults', { key: null });
    expect(reply.status).toBe(409);
    expect(await read(shop, id)).toMatchObject({ state: 'error', message: expect.stringContaining('cannot be read right now') });
    expect((await avopay.call('GET', '/api/v1/wallet', { key: shop.key })).status).toBe(404);
  });

  test('of a wallet that is connected to another account says so to the phone', async () => {
    const descriptor = freshDescriptor();
    await connect(avopay, await merchant(avopay), descriptor);
    const { url } = await offer(await merchant(avopay));
    expect(await scan(url, message(descriptor))).toMatchObject({ status: 409, body: { Error: 'wallet_of_other_account' } });
  });

  test('is good for less than five minutes', async () => {
    const shop = await merchant(avopay);
    const [one, two] = [await offer(shop), await offer(shop)];
    const move = (advance_s: number) => avopay.call('POST', '/sandbox/clock', { body: { advance_s }, key: null });
    await move(280);
    expect((await read(shop, one.id)).state).toBe('pending');
    await move(21);
    expect(await read(shop, one.id)).toMatchObject({ state: 'error', message: expect.stringContaining('expired') });
    expect((await scan(two.url, message(freshDescriptor()))).status).toBe(410);
  });

  test('answers nothing but POST, and nothing above 64 kB', async () => {
    const { url } = await offer(await merchant(avopay));
    const { pathname, search } = new URL(url);
    expect((await avopay.call('GET', `${pathname}${search}`, { key: null })).status).toBe(405);
    expect((await scan(url, 'x'.repeat(70_000))).status).toBe(413);
    expect((await scan(url, message(freshDescriptor()))).status).toBe(200);
  });

  test('no body that a stranger makes up brings forth a 5xx', async () => {
    const shop = await merchant(avopay);
    const bodies = [
      'null',
      '[]',
      '"x"',
      '{"json":"{\\"json\\":1}"}',
      '--\r\n\r\n',
      '--x',
      'json=%',
      'json=',
      '\0',
      '{"LBTC":{"Descriptor":7}}',
    ];
    for (const body of [...bodies, Buffer.from(systemRandom(300)).toString('latin1'), `${'['.repeat(9_000)}`]) {
      const { url } = await offer(shop);
      expect((await scan(url, body)).status, body.slice(0, 20)).toBe(400);
    }
  });
});
