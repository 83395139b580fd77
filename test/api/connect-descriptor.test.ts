import type { Avopay, LogLine } from '../support/avopay.ts';
import { inspect } from 'node:util';
import { HDKey } from '@scure/bip32';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { systemRandom } from '../../src/lib/random.ts';
import { deriveAddress } from '../../src/wallets/derive-address.ts';
import { keptLog, startAvopay } from '../support/avopay.ts';
import { connect, freshDescriptor, merchant } from '../support/merchants.ts';
import { directPayments } from '../support/direct.ts';
import { wholeDatabase } from '../support/whole-database.ts';
import { parsed } from '../support/wallets.ts';

const lines: LogLine[] = [];
let avopay: Avopay;
beforeAll(async () => {
  avopay = await startAvopay({}, keptLog(lines));
});
afterAll(() => avopay.stop());

const graphql = (query: string, key: string | null, variables: object = {}) =>
  avopay.call('POST', '/graphql', { key, body: { query, variables } });
const CONNECT = `mutation ($direct: String, $claim: String) { connectDescriptors(lbtcDescriptor: $direct, btclnDescriptor: $claim) {
  __typename ... on Wallet { via fingerprint firstAddress unusedAddresses gapLimit warnings } ... on Refusal { kind code message field }
} }`;

describe('POST /api/v1/connect/descriptor', () => {
  test('D-1: connects with a secret key, says connected, and what the merchant can compare', async () => {
    const shop = await merchant(avopay);
    const descriptor = freshDescriptor();
    const reply = await connect(avopay, shop, descriptor);
    expect(reply.status).toBe(200);
    const { fingerprint } = parsed(descriptor);
    const firstAddress = deriveAddress(parsed(descriptor), 0).confidential;
    expect(reply.body).toEqual({ connected: true, first_address: firstAddress, fingerprint, warnings: [] });
    const wallet = await avopay.call('GET', '/api/v1/wallet', { key: shop.key });
    expect(wallet.body).toMatchObject({ via: 'api', first_address: firstAddress, unused_addresses: 0, gap_limit: 20 });
  });

  test('P-16: before it, creating a payment is refused in the documented words; after it a payment is made', async () => {
    const shop = await merchant(avopay);
    const create = () => avopay.call('POST', '/api/v1/payments', { key: shop.key, body: { amount: 5, currency: 'EUR' } });
    expect(await create()).toMatchObject({ status: 400, body: { error: 'Wallet not connected — connect your AQUA wallet first' } });
    expect((await avopay.call('GET', '/api/v1/wallet', { key: shop.key })).status).toBe(404);
    await connect(avopay, shop, freshDescriptor());
    expect((await create()).status).toBe(201);
  });

  test('D-2: a second time answers 409 with the documented words, with the same descriptor too, without asking the chain', async () => {
    const shop = await merchant(avopay);
    const descriptor = freshDescriptor();
    await connect(avopay, shop, descriptor);
    const refused = {
      status: 409,
      body: { error: 'Wallet already connected — contact support to reset', code: 'wallet_already_connected' },
    };
    await avopay.call('POST', '/sandbox/faults', { body: { chain: 'down' }, key: null });
    try {
      expect(await connect(avopay, shop, descriptor)).toMatchObject(refused);
      expect(await connect(avopay, shop, freshDescriptor())).toMatchObject(refused);
    } finally {
      await avopay.call('DELETE', '/sandbox/faults', { key: null });
    }
  });

  test('while the chain cannot be read it answers 503 in plain words, and connects nothing', { timeout: 30_000 }, async () => {
    const shop = await merchant(avopay);
    const descriptor = freshDescriptor();
    await avopay.call('POST', '/sandbox/faults', { body: { chain: 'down' }, key: null });
    const refused = await connect(avopay, shop, descriptor);
    await avopay.call('DELETE', '/sandbox/faults', { key: null });
    expect(refused).toMatchObject({ status: 503, body: { error: 'The Liquid network cannot be read right now — please retry' } });
    expect((await avopay.call('GET', '/api/v1/wallet', { key: shop.key })).status).toBe(404);
    expect((await connect(avopay, shop, descriptor)).status).toBe(200);
  });

  test('is for secret keys alone, and says so before it looks at the body', async () => {
    const shop = await merchant(avopay);
    expect(await connect(avopay, { key: shop.publishableKey }, 'nonsense')).toMatchObject({
      status: 403,
      body: { error: 'Secret key required for this endpoint' },
    });
    const unknown = await avopay.call('POST', '/api/v1/connect/descriptor', { key: null, body: {} });
    expect(unknown).toMatchObject({ status: 401, body: { error: 'Invalid or missing API key' } });
  });

  test('D-1: refuses in words of its own what is missing, too long, or no descriptor', async () => {
    const shop = await merchant(avopay);
    const good = freshDescriptor();
    const missing = 'lbtc_descriptor and btcln_descriptor are required';
    const starts = 'The descriptor must start with ct(slip77( and end with its closing bracket.';
    const rows: readonly (readonly [unknown, unknown, string])[] = [
      [undefined, undefined, missing],
      [good, undefined, missing],
      [undefined, good, missing],
      ['', '', missing],
      [`${good}${' '.repeat(501 - good.length)}`, good, 'lbtc_descriptor: The descriptor is longer than 500 characters.'],
      [good, 'elsh(wpkh(x))', `btcln_descriptor: ${starts}`],
      ['elsh(wpkh(x))', 'elsh(wpkh(x))', starts],
      [12, good, `lbtc_descriptor: ${starts}`],
      [good, good.replace('/0/*', '/1/*').slice(0, -9), 'btcln_descriptor: The key must end in /0/* or /<0;1>/*, the receiving addresses.'],
    ];
    for (const [direct, claim, error] of rows) {
      const reply = await avopay.call('POST', '/api/v1/connect/descriptor', {
        key: shop.key,
        body: { lbtc_descriptor: direct, btcln_descriptor: claim },
      });
      expect(reply, error).toMatchObject({ status: 400, body: { error } });
    }
    expect((await connect(avopay, shop, good)).status).toBe(200);
  });

  test('D-6: a wallet of another account is refused, and the owner keeps it', async () => {
    const [owner, other] = [await merchant(avopay), await merchant(avopay)];
    const descriptor = freshDescriptor();
    await connect(avopay, owner, descriptor);
    expect(await connect(avopay, other, descriptor.replace('/0/*', '/<0;1>/*').slice(0, -9))).toMatchObject({
      status: 409,
      body: { error: 'This wallet is already connected to another account' },
    });
    expect((await avopay.call('GET', '/api/v1/wallet', { key: owner.key })).status).toBe(200);
  });

  test('D-7: a wallet that was used before is connected behind its last address, with a word about its history', async () => {
    const shop = await merchant(avopay);
    const descriptor = freshDescriptor();
    await directPayments(avopay).send(deriveAddress(parsed(descriptor), 6).confidential, 5_000);
    const reply = await connect(avopay, shop, descriptor);
    expect(reply.body.warnings).toEqual([expect.stringContaining('was used before')]);
    const created = await avopay.call('POST', '/api/v1/payments', { key: shop.key, body: { amount: 5, currency: 'EUR' } });
    const payment = await avopay.call('GET', `/api/v1/payments/${created.body.payment_id}`, { key: shop.key });
    expect(payment.body.liquid_address).toBe(deriveAddress(parsed(descriptor), 7).confidential);
  });
});

describe('connectDescriptors', () => {
  test('answers a wallet, then the same refusal as REST, with the field at fault', async () => {
    const shop = await merchant(avopay);
    const descriptor = freshDescriptor();
    const bad = await graphql(CONNECT, shop.key, { direct: descriptor, claim: 'x' });
    expect(bad.body.data.connectDescriptors).toMatchObject({ kind: 'INVALID', code: 'descriptor_form', field: 'btclnDescriptor' });
    const done = await graphql(CONNECT, shop.key, { direct: descriptor, claim: freshDescriptor() });
    expect(done.body.data.connectDescriptors).toMatchObject({ __typename: 'Wallet', via: 'api', unusedAddresses: 0 });
    const again = await graphql(CONNECT, shop.key, { direct: descriptor, claim: descriptor });
    expect(again.body.data.connectDescriptors).toMatchObject({ kind: 'CONFLICT', code: 'wallet_already_connected' });
  });

  test('and wallet are for secret keys alone', async () => {
    const shop = await merchant(avopay);
    const reply = await graphql('{ wallet { firstAddress } }', shop.publishableKey);
    expect(reply.body).toMatchObject({ data: { wallet: null }, errors: [{ message: 'Secret key required for this endpoint' }] });
  });
});

describe('a private key', () => {
  const key = HDKey.fromMasterSeed(systemRandom(64), { public: 0x043587cf, private: 0x04358394 }).derive("m/49'/1'/0'");
  const secret = key.privateExtendedKey;
  const canary = secret.slice(8, 40);
  const slip77 = 'c4'.repeat(32);
  const text = `ct(slip77(${slip77}),elsh(wpkh(${secret}/0/*)))`;

  test('D-3: is refused loudly wherever it stands, and neither the log nor the database ever holds it', async () => {
    const shop = await merchant(avopay);
    const loud = expect.stringContaining('PRIVATE key');
    const forms = [text, `my key is ${secret}`, `${text}${' '.repeat(500)}`, `\n${secret}`];
    for (const form of forms) {
      const reply = await connect(avopay, shop, form, freshDescriptor());
      expect(reply).toMatchObject({ status: 400, body: { code: 'descriptor_private_key', error: loud } });
      expect(reply.text).not.toContain(canary);
    }
    const answers = [
      await graphql(CONNECT, shop.key, { direct: text, claim: text }),
      await graphql(`mutation { connectDescriptors(lbtcDescriptor: "${text}", nonsense: "${text}") { __typename } }`, shop.key),
      await graphql(`mutation { connectDescriptors(lbtcDescriptor: "${text}`, shop.key),
      await graphql(CONNECT, null, { direct: text }),
      await avopay.call('POST', '/api/v1/connect/descriptor', { key: shop.key, body: `{"lbtc_descriptor": "${text}` }),
      await avopay.call('POST', `/api/v1/connect/descriptor?lbtc_descriptor=${encodeURIComponent(text)}`, { key: shop.key, body: {} }),
      await avopay.call('GET', `/api/v1/connect/${secret}`, { key: shop.key }),
    ];
    expect(answers[0]?.body.data.connectDescriptors.message).toEqual(loud);
    for (const { status } of answers) expect(status).toBeLessThan(500);
    expect(lines.length).toBeGreaterThan(0);
    const log = lines.map((line) => inspect(line, { depth: 12, maxStringLength: null })).join('\n');
    expect(log).not.toContain(canary);
    expect(log).not.toContain(slip77);
    expect(await wholeDatabase(avopay.db)).not.toContain(canary);
  });
});
