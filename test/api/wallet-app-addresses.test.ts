import type { Avopay } from '../support/avopay.ts';
import type { Merchant } from '../support/merchants.ts';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { sha256, toHex } from '../../src/lib/bytes.ts';
import { deriveAddress, deriveScript } from '../../src/wallets/derive-address.ts';
import { startAvopay } from '../support/avopay.ts';
import { countingProxy } from '../support/counting-proxy.ts';
import { directPayments } from '../support/direct.ts';
import { connect, freshDescriptor, merchant } from '../support/merchants.ts';
import { SHARED_KEYS, startBeside } from '../support/second-server.ts';
import { parsed } from '../support/wallets.ts';

/** Merchants' wallet apps hand out addresses of the same accounts as the server, which takes L-BTC alone here. */
let avopay: Avopay;
beforeAll(async () => {
  avopay = await startAvopay({ ...SHARED_KEYS, SWAP_PROVIDERS: ',' });
});
afterAll(() => avopay.stop());

const direct = () => directPayments(avopay);
const addressOf = (descriptor: string, index: number) => deriveAddress(parsed(descriptor), index).confidential;
async function shop(): Promise<Merchant & { descriptor: string }> {
  const owner = await merchant(avopay);
  const descriptor = freshDescriptor();
  const connected = await connect(avopay, owner, descriptor);
  if (connected.status !== 200) throw new Error(connected.text);
  return { ...owner, descriptor };
}
const create = ({ key }: Merchant, at: Pick<Avopay, 'call'> = avopay) =>
  at.call('POST', '/api/v1/payments', { key, body: { amount: 5, currency: 'EUR' } });
async function addressFor(owner: Merchant): Promise<string> {
  const { body } = await create(owner);
  return (await avopay.call('GET', `/api/v1/payments/${body.payment_id}`, { key: owner.key })).body.liquid_address;
}
const faults = (settings: object) => avopay.call('POST', '/sandbox/faults', { body: settings, key: null });
const healthy = () => avopay.call('DELETE', '/sandbox/faults', { key: null });
const advance = (advance_s: number) => avopay.call('POST', '/sandbox/clock', { body: { advance_s }, key: null });

test('D-7: of thirty payments made at once every address that was given had been asked about', async () => {
  const owner = await shop();
  const chain = await countingProxy();
  chain.leadTo((await avopay.call('GET', '/sandbox', { key: null })).body.chain_url);
  const beside = await startBeside(avopay, { ROLE: 'api', SWAP_PROVIDERS: ',', LIQUID_CHAIN_URLS: `watched=${chain.url}` });
  try {
    const replies = await Promise.all(Array.from({ length: 30 }, () => create(owner, beside)));
    const made = replies.filter(({ status }) => status === 201);
    expect(made).toHaveLength(15);
    const asked = new Set(chain.passed.flatMap(({ path }) => /^\/scripthash\/([0-9a-f]{64})\/txs$/.exec(path)?.[1] ?? []));
    for (let index = 0; index < 15; index++) expect(asked).toContain(toHex(sha256(deriveScript(parsed(owner.descriptor), index))));
    // Once they are gone the next one, too: had the app used it, there would be room.
    expect(asked.size).toBeLessThanOrEqual(16);
  } finally {
    await beside.stop();
    await chain.close();
  }
});

test('D-7: an address that the wallet’s own app had paid meanwhile is passed over, and never given to a payer', async () => {
  const owner = await shop();
  for (const index of [0, 1, 3]) await direct().send(addressOf(owner.descriptor, index), 700);
  const given = [await addressFor(owner), await addressFor(owner), await addressFor(owner)];
  expect(given).toEqual([2, 4, 5].map((index) => addressOf(owner.descriptor, index)));
  const used = await direct().query(
    `SELECT a."index" FROM "Address" a JOIN "ScriptChain" c ON c.id = a."chainId" WHERE c."accountId" = $1 AND "everUsedAt" IS NOT NULL ORDER BY 1`,
    [owner.id],
  );
  expect(used).toEqual([{ index: 0 }, { index: 1 }, { index: 3 }]);
  expect(await direct().query('SELECT "nextIndex", "lastUsedIndex" FROM "ScriptChain" WHERE "accountId" = $1', [owner.id])).toEqual([
    { nextIndex: 6, lastUsedIndex: 3 },
  ]);
});

test('D-7: when the pool is empty, an address that the app used makes room again', async () => {
  const owner = await shop();
  for (let count = 0; count < 15; count++) expect((await create(owner)).status).toBe(201);
  expect(await create(owner)).toMatchObject({ status: 503, body: { code: 'no_address_free' } });
  await direct().send(addressOf(owner.descriptor, 15), 700);
  await advance(11); // what was said of the address counts for ten seconds
  expect(await addressFor(owner)).toBe(addressOf(owner.descriptor, 16));
});

test('D-7: while the chain does not answer an address is given only as long as the chain counts as followed', async () => {
  const owner = await shop();
  expect((await create(owner)).status).toBe(201);
  await faults({ chain: 'down' });
  try {
    expect((await create(owner)).status).toBe(201); // looked through a moment ago: a payment would be seen
    await advance(20);
    expect(await create(owner)).toMatchObject({ status: 503, body: { error: 'Payment provider unavailable — please retry' } });
  } finally {
    await healthy();
  }
  await expect.poll(async () => (await create(owner)).status, { timeout: 10_000 }).toBe(201);
});

test('D-7: late money on a rested address is written down, and the address goes to nobody else', async () => {
  const owner = await shop();
  const { body } = await create(owner);
  const payment = (await avopay.call('GET', `/api/v1/payments/${body.payment_id}`, { key: owner.key })).body;
  await advance(700);
  await expect
    .poll(async () => (await avopay.call('GET', `/api/v1/payments/${payment.payment_id}`, { key: owner.key })).body.status)
    .toBe('expired');
  await direct().send(payment.liquid_address, payment.amount_sats);
  await advance(3_700);
  expect(await addressFor(owner)).toBe(addressOf(owner.descriptor, 1));
  await expect
    .poll(async () => (await avopay.call('GET', `/api/v1/payments/${payment.payment_id}`, { key: owner.key })).body)
    .toMatchObject({ status: 'paid', late: true });
});
