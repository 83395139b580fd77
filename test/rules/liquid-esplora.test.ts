import type { AddressInfo } from 'node:net';
import { createHash } from 'node:crypto';
import { createServer } from 'node:http';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { fromHex } from '../../src/lib/bytes.ts';
import { HttpFault, httpCall } from '../../src/lib/http-client.ts';
import { ChainSourceFault } from '../../src/liquid/chain-source.ts';
import { esploraClient } from '../../src/liquid/esplora-client.ts';
import { swapVectors, unblindVectors } from '../support/liquid-vectors.ts';

/** What the far side answers, by `METHOD path`; anything else is Esplora's 404. */
const answers = new Map<string, { status?: number; body: string }>();
const asked: string[] = [];
const server = createServer(async (request, reply) => {
  let body = '';
  for await (const chunk of request) body += chunk;
  const key = `${request.method} ${request.url}`;
  asked.push(body ? `${key} ${body}` : key);
  const answer = answers.get(key) ?? { status: 404, body: 'Transaction not found' };
  reply.writeHead(answer.status ?? 200).end(answer.body);
});
let url = '';
beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo; // a listening TCP server has this shape
  url = `http://127.0.0.1:${port}/liquid/api/`;
});
afterAll(() => void server.close());
beforeEach(() => {
  answers.clear();
  asked.length = 0;
});

const { txid, hex } = swapVectors.lockup;
const other = unblindVectors.cases[0]?.hex ?? '';
const script = fromHex(swapVectors.merchant.scriptPubKey);
const client = () => esploraClient({ http: httpCall }, { name: 'test', url });
const say = (path: string, body: unknown, status?: number) =>
  void answers.set(path.replace(' /', ' /liquid/api/'), {
    body: typeof body === 'string' ? body : JSON.stringify(body),
    ...(status ? { status } : {}),
  });
const id = (number: number) => number.toString(16).padStart(64, '0');
const row = (number: number, height: number | null) => ({
  txid: id(number),
  status: height === null ? { confirmed: false } : { confirmed: true, block_height: height, block_hash: id(height) },
});

describe('a chain source', () => {
  test('tells the height of its tip, and nothing that is no height', async () => {
    say('GET /blocks/tip/height', '3510042\n');
    expect(await client().tipHeight()).toBe(3_510_042);
    say('GET /blocks/tip/height', '<html>');
    await expect(client().tipHeight()).rejects.toThrow(ChainSourceFault);
  });

  test('gives a transaction, or null when it does not know it', async () => {
    say(`GET /tx/${txid}/hex`, hex);
    expect((await client().transactionContents(txid))?.hex).toBe(hex);
    expect(await client().transactionContents(id(1))).toBeNull();
  });

  test('is not believed when it gives another transaction, or half of one', async () => {
    say(`GET /tx/${txid}/hex`, other);
    await expect(client().transactionContents(txid)).rejects.toThrow('another transaction');
    say(`GET /tx/${txid}/hex`, hex.slice(0, -2));
    await expect(client().transactionContents(txid)).rejects.toThrow('no transaction');
  });

  test('tells where a transaction stands', async () => {
    say(`GET /tx/${txid}/status`, row(1, 42).status);
    expect(await client().transactionStatus(txid)).toEqual({ confirmed: true, height: 42 });
    say(`GET /tx/${txid}/status`, { confirmed: false });
    say(`GET /tx/${txid}/hex`, hex);
    expect(await client().transactionStatus(txid)).toEqual({ confirmed: false, height: null });
  });

  test('that says "unconfirmed" of a transaction that it cannot show does not know it', async () => {
    say(`GET /tx/${txid}/status`, { confirmed: false });
    expect(await client().transactionStatus(txid)).toBeNull();
    expect(await client().transactionStatus(id(1))).toBeNull();
  });

  test('tells what spent an output', async () => {
    say(`GET /tx/${txid}/outspend/0`, { spent: false });
    say(`GET /tx/${txid}/outspend/1`, { spent: true, txid: id(7), vin: 0, status: { confirmed: false } });
    say(`GET /tx/${txid}/outspend/2`, { spent: true, txid: id(8), vin: 0, status: { confirmed: true, block_height: 9 } });
    expect(await client().outspend(txid, 0)).toEqual({ spent: false });
    expect(await client().outspend(txid, 1)).toEqual({ spent: true, txid: id(7), height: null });
    expect(await client().outspend(txid, 2)).toEqual({ spent: true, txid: id(8), height: 9 });
    await expect(client().outspend(id(1), 0)).rejects.toThrow(ChainSourceFault);
  });

  test.each([500, 502, 429, 400])('that answers %i to a read has said nothing', async (status) => {
    say(`GET /tx/${txid}/status`, 'busy', status);
    say(`GET /tx/${txid}/hex`, 'busy', status);
    await expect(client().transactionStatus(txid)).rejects.toThrow(ChainSourceFault);
    await expect(client().transactionContents(txid)).rejects.toThrow(ChainSourceFault);
  });

  test.each([
    ['no JSON', 'oops'],
    ['another shape', '{"confirmed":"yes"}'],
    ['a list', '[]'],
    ['null', 'null'],
  ])('that answers %s has said nothing', async (_what, body) => {
    say(`GET /tx/${txid}/status`, body);
    await expect(client().transactionStatus(txid)).rejects.toThrow(ChainSourceFault);
  });

  test('that is not there is a fault of the connection', async () => {
    const nowhere = esploraClient({ http: httpCall }, { name: 'nowhere', url: 'http://127.0.0.1:1' });
    await expect(nowhere.tipHeight()).rejects.toThrow(HttpFault);
  });

  test('is never asked for something that is no txid', async () => {
    for (const text of ['../blocks', txid.slice(1), `${txid}0`, txid.toUpperCase()]) {
      await expect(client().transactionContents(text)).rejects.toThrow(RangeError);
    }
    expect(asked).toEqual([]);
  });
});

describe('the history of a script', () => {
  const path = `/scripthash/${scriptHashText()}`;

  test('is empty when nobody used it', async () => {
    say(`GET ${path}/txs`, []);
    expect(await client().scriptTransactions(script)).toEqual([]);
    expect(asked).toEqual([`GET /liquid/api${path}/txs`]);
  });

  test('is read page by page until it is whole, each transaction once', async () => {
    const rows = Array.from({ length: 60 }, (_, number) => row(number + 10, 1_000 - number));
    say(`GET ${path}/txs`, [row(1, null), row(2, null), ...rows.slice(0, 25)]);
    say(`GET ${path}/txs/chain/${id(34)}`, rows.slice(25, 50));
    say(`GET ${path}/txs/chain/${id(59)}`, rows.slice(50));
    const history = await client().scriptTransactions(script);
    expect(history).toHaveLength(62);
    expect(new Set(history.map((found) => found.txid)).size).toBe(62);
    expect(history.filter((found) => found.height === null).map((found) => found.txid)).toEqual([id(1), id(2)]);
    expect(history.find((found) => found.txid === id(69))).toEqual({ txid: id(69), height: 941 });
  });

  test('shows an unspent output behind a flood of unconfirmed transactions', async () => {
    say(
      `GET ${path}/txs`,
      Array.from({ length: 50 }, (_, number) => row(number + 100, null)),
    );
    say(`GET ${path}/utxo`, [{ ...row(1, null), vout: 0, valuecommitment: '08' }]);
    expect(await client().scriptTransactions(script)).toContainEqual({ txid: id(1), height: null });
  });

  test('that never ends is unknown, not cut', async () => {
    const page = Array.from({ length: 25 }, (_, number) => row(number + 10, 5));
    say(`GET ${path}/txs`, page);
    say(`GET ${path}/txs/chain/${id(34)}`, page);
    await expect(client().scriptTransactions(script)).rejects.toThrow('more transactions');
  });

  test('is unknown when one of its pages is', async () => {
    say(
      `GET ${path}/txs`,
      Array.from({ length: 25 }, (_, number) => row(number + 10, 5)),
    );
    say(`GET ${path}/txs/chain/${id(34)}`, 'busy', 503);
    await expect(client().scriptTransactions(script)).rejects.toThrow(ChainSourceFault);
  });
});

describe('a broadcast', () => {
  test('is accepted with the txid', async () => {
    say('POST /tx', txid);
    expect(await client().broadcast(hex)).toEqual({ accepted: true });
    expect(asked).toEqual([`POST /liquid/api/tx ${hex}`]);
  });

  test.each([
    'sendrawtransaction RPC error: {"code":-27,"message":"Transaction already in block chain"}',
    'sendrawtransaction RPC error -27: Transaction outputs already in utxo set',
    'txn-already-in-mempool',
    'sendrawtransaction RPC error: {"code":-26,"message":"txn-already-known"}',
    'sendrawtransaction RPC error: {"code":-26,"message":"txn-same-nonwitness-data-in-mempool"}',
  ])('of what is known already is accepted: %s', async (text) => {
    say('POST /tx', text, 400);
    expect(await client().broadcast(hex)).toEqual({ accepted: true });
  });

  test.each([
    'sendrawtransaction RPC error: {"code":-26,"message":"min relay fee not met, 18 < 19"}',
    'sendrawtransaction RPC error: {"code":-25,"message":"bad-txns-inputs-missingorspent"}',
    'sendrawtransaction RPC error: {"code":-26,"message":"txn-mempool-conflict"}',
    'sendrawtransaction RPC error: {"code":-270,"message":"something else"}',
  ])('that the node refuses is refused with its reason: %s', async (text) => {
    say('POST /tx', text, 400);
    expect(await client().broadcast(hex)).toEqual({ accepted: false, reason: text });
  });

  test.each([500, 429, 404])('answered with %i is neither accepted nor refused', async (status) => {
    say('POST /tx', 'busy', status);
    await expect(client().broadcast(hex)).rejects.toThrow(ChainSourceFault);
  });
});

/** Esplora's script hash: SHA-256, not reversed. */
function scriptHashText(): string {
  return createHash('sha256').update(script).digest('hex');
}
