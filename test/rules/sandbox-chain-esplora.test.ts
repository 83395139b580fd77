import type { OpenedChain } from '../../sandbox/chain/chain.ts';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openChain } from '../../sandbox/chain/open-chain.ts';
import { serveEsplora } from '../../sandbox/chain/serve-esplora.ts';
import { REGTEST } from '../../sandbox/elements/network.ts';
import { fromHex, sha256, toHex } from '../../src/lib/bytes.ts';
import swap from '../vectors/swap.json' with { type: 'json' };

const AT = new Date('2026-11-22T12:00:00Z');
const UNKNOWN = '11'.repeat(32);
const lockupScript = fromHex(swap.lockupScriptPubKey);
let folder: string;
let opened: OpenedChain;
let esplora: { url: string; close(): Promise<void> };

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'avopay-esplora-'));
  opened = await openChain({ folder, now: () => AT, mineByClock: false, initialHeight: 20, seedTransactions: [swap.lockup.hex] });
  esplora = await serveEsplora(opened.chain, { port: 0, host: '127.0.0.1' });
});

afterAll(async () => {
  await esplora.close();
  await opened.chain.close();
  await rm(folder, { recursive: true });
});

async function get(path: string): Promise<{ status: number; type: string | null; body: string }> {
  const reply = await fetch(`${esplora.url}${path}`);
  return { status: reply.status, type: reply.headers.get('content-type'), body: await reply.text() };
}

async function json(path: string): Promise<unknown> {
  const reply = await get(path);
  expect(reply).toMatchObject({ status: 200, type: 'application/json' });
  return JSON.parse(reply.body);
}

async function broadcast(hex: string): Promise<{ status: number; body: string }> {
  const reply = await fetch(`${esplora.url}/tx`, { method: 'POST', body: hex });
  return { status: reply.status, body: await reply.text() };
}

test('tip, heights and hashes are plain text', async () => {
  expect(await get('/blocks/tip/height')).toEqual({ status: 200, type: 'text/plain', body: '20' });
  expect((await get('/blocks/tip/hash')).body).toBe(opened.chain.tipHash());
  expect((await get('/block-height/20')).body).toBe(opened.chain.tipHash());
  expect((await get('/block-height/0')).body).toBe(REGTEST.genesisHash);
  expect(await get('/block-height/21')).toMatchObject({ status: 404, body: 'Block not found' });
});

test('a transaction is shown as Esplora shows it on Liquid: commitments instead of values, no proofs', async () => {
  const hash = opened.chain.block(1)?.hash;
  expect(await json(`/tx/${swap.lockup.txid}`)).toMatchObject({
    txid: swap.lockup.txid,
    version: 2,
    vin: [{ is_coinbase: false, is_pegin: false, prevout: null }],
    vout: [
      {
        scriptpubkey: swap.lockupScriptPubKey,
        scriptpubkey_type: 'v1_p2tr',
        scriptpubkey_address: swap.lockupUnconfidentialAddress,
        valuecommitment: expect.stringMatching(/^0[89][0-9a-f]{64}$/),
        assetcommitment: expect.stringMatching(/^0[ab][0-9a-f]{64}$/),
      },
      { scriptpubkey_type: 'v0_p2wpkh' },
      { value: expect.any(Number), asset: REGTEST.lbtcAsset },
      {},
      { scriptpubkey: '', scriptpubkey_type: 'fee', value: expect.any(Number), asset: REGTEST.lbtcAsset },
    ],
    fee: expect.any(Number),
    status: { confirmed: true, block_height: 1, block_hash: hash, block_time: AT.getTime() / 1000 - 19 * 60 },
  });
  expect((await get(`/tx/${swap.lockup.txid}/hex`)).body).toBe(swap.lockup.hex);
  expect(await get(`/tx/${UNKNOWN}`)).toMatchObject({ status: 404, body: 'Transaction not found' });
  expect(await get(`/tx/${UNKNOWN}/hex`)).toMatchObject({ status: 404, body: 'Transaction not found' });
  expect(await get('/tx/xyz')).toMatchObject({ status: 400, body: 'Invalid hex string' });
  expect(await json(`/tx/${UNKNOWN}/status`)).toEqual({ confirmed: false });
  expect(await json(`/tx/${UNKNOWN}/outspend/0`)).toEqual({ spent: false });
});

test('a broadcast claim goes from the mempool into a block, and every route follows it', async () => {
  const hash = toHex(sha256(lockupScript));
  const { txid, hex } = swap.scriptPathClaim;
  expect(await json(`/scripthash/${hash}/utxo`)).toMatchObject([
    { txid: swap.lockup.txid, vout: 0, status: { confirmed: true }, noncecommitment: expect.any(String) },
  ]);
  expect(await broadcast(`${hex}00`)).toMatchObject({
    status: 400,
    body: expect.stringContaining('sendrawtransaction RPC error: {"code":-22,"message":"TX decode failed'),
  });
  expect(await broadcast(hex)).toEqual({ status: 200, body: txid });
  expect(await broadcast(hex)).toEqual({ status: 200, body: txid });
  expect(await json('/mempool/txids')).toEqual([txid]);
  expect(await json('/mempool/recent')).toEqual([{ txid, fee: 23, vsize: 1339, discount_vsize: 222 }]);
  expect(await json(`/tx/${txid}/status`)).toEqual({ confirmed: false });
  expect(await json(`/tx/${swap.lockup.txid}/outspend/0`)).toEqual({ spent: true, txid, vin: 0, status: { confirmed: false } });
  expect(await json(`/scripthash/${hash}/utxo`)).toEqual([]);
  expect(await json(`/scripthash/${hash}/txs/mempool`)).toMatchObject([{ txid }]);
  await opened.chain.mine(1);
  const status = { confirmed: true, block_height: 21, block_hash: opened.chain.tipHash(), block_time: AT.getTime() / 1000 };
  expect(await json('/mempool/txids')).toEqual([]);
  expect(await json(`/tx/${txid}/status`)).toEqual(status);
  expect(await json(`/tx/${swap.lockup.txid}/outspend/0`)).toEqual({ spent: true, txid, vin: 0, status });
  expect(await json(`/block/${opened.chain.tipHash()}/txids`)).toEqual([txid]);
  expect(await json(`/block/${opened.chain.tipHash()}`)).toMatchObject({
    height: 21,
    tx_count: 1,
    merkle_root: txid,
    previousblockhash: opened.chain.block(20)?.hash,
  });
  expect(await json(`/scripthash/${hash}/txs`)).toMatchObject([{ txid }, { txid: swap.lockup.txid }]);
  expect(await json(`/scripthash/${hash}/txs/chain/${txid}`)).toMatchObject([{ txid: swap.lockup.txid }]);
  expect(await json(`/address/${swap.lockupUnconfidentialAddress}/txs`)).toMatchObject([{ txid }, { txid: swap.lockup.txid }]);
  expect(await broadcast(hex)).toEqual({
    status: 400,
    body: 'sendrawtransaction RPC error: {"code":-27,"message":"Transaction already in block chain"}',
  });
  expect(await broadcast(swap.cooperativeClaim.hex)).toEqual({
    status: 400,
    body: 'sendrawtransaction RPC error: {"code":-25,"message":"bad-txns-inputs-missingorspent"}',
  });
});

test('what no route knows is a plain 404, a bad address a 400, and an unknown script has no history', async () => {
  expect(await get('/nothing')).toMatchObject({ status: 404, type: 'text/plain' });
  expect(await get('/address/bc1qnothing/txs')).toMatchObject({ status: 400 });
  expect(await json(`/scripthash/${UNKNOWN}/txs`)).toEqual([]);
  expect(await json('/fee-estimates')).toMatchObject({ 1: 0.1, 1008: 0.1 });
  expect(await get(`/block/${UNKNOWN}`)).toMatchObject({ status: 404, body: 'Block not found' });
  expect((await fetch(`${esplora.url}/tx`, { method: 'DELETE' })).status).toBe(404);
  expect((await fetch(`${esplora.url}/tx`, { method: 'POST', body: '0'.repeat(1_000_001) })).status).toBe(413);
});

test('a source that is intercepted answers what it is told to', async () => {
  const broken = await serveEsplora(opened.chain, {
    port: 0,
    host: '127.0.0.1',
    intercept: (method) => (method === 'POST' ? { status: 503, body: 'down' } : null),
  });
  const refused = await fetch(`${broken.url}/tx`, { method: 'POST', body: swap.scriptPathClaim.hex });
  expect([refused.status, await refused.text()]).toEqual([503, 'down']);
  expect((await fetch(`${broken.url}/blocks/tip/height`)).status).toBe(200);
  await broken.close();
});
