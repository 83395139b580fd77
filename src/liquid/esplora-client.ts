import type { HttpCall, HttpReply } from '../lib/http-client.ts';
import type { ChainSource } from './chain-source.ts';
import type { LiquidTransaction } from './transaction.ts';
import type { z } from 'zod';
import { sha256, toHex } from '../lib/bytes.ts';
import { ChainSourceFault } from './chain-source.ts';
import {
  blockHashSchema,
  heightOf,
  outspendSchema,
  statusSchema,
  tipHeightSchema,
  transactionsSchema,
  txidsSchema,
  unspentSchema,
} from './esplora-wire.ts';
import { tryParseTransaction } from './transaction.ts';

/** Reads are small; a source slower than this is as good as away, and there is another one. */
export const READ_TIMEOUT_MS = 5_000;
/** A node verifies proofs before it answers; a broadcast cut short is an unknown, which costs a second look. */
export const BROADCAST_TIMEOUT_MS = 10_000;
/** Esplora's page of confirmed transactions, and its one page of unconfirmed ones. */
const CHAIN_PAGE = 25;
const MEMPOOL_PAGE = 50;
/** 2500 transactions: a swap script sees two, a merchant's address a few. More is someone's flood, and "unknown" is the honest answer. */
export const SCRIPT_PAGES_MAX = 100;
const REASON_CHARS_MAX = 300;
/** What nodes say about a transaction that they have already (`sendrawtransaction` of Bitcoin Core and Elements, -27 by number). */
const KNOWN_ALREADY =
  /txn-already-in-mempool|txn-already-known|txn-same-nonwitness-data-in-mempool|transaction already in block chain|already in utxo set|outputs already in utxo|"code"\s*:\s*-27\b/i;

type Seen = z.infer<typeof transactionsSchema>[number];

/** Blockstream's Esplora over HTTP. `source.url` is the root of its API, as in `https://blockstream.info/liquid/api`. */
export function esploraClient(deps: { http: HttpCall }, source: { name: string; url: string }): ChainSource {
  const get = readerOf(deps.http, source);
  const transactionContents = async (txid: string) => {
    const reply = await get(`/tx/${hexOnly(txid)}/hex`);
    return reply && parsedTransaction(source.name, txid, reply.text.trim());
  };
  return {
    name: source.name,
    transactionContents,
    forgetContents() {}, // it remembers nothing
    async tipHeight() {
      const reply = await get('/blocks/tip/height');
      if (!reply) throw new ChainSourceFault(source.name, 'it has no tip');
      return parsed(source.name, tipHeightSchema, reply.text);
    },
    async transactionStatus(txid) {
      const reply = await get(`/tx/${hexOnly(txid)}/status`);
      if (!reply) return null;
      const status = parsedJson(source.name, statusSchema, reply);
      if (status.confirmed) return { confirmed: true, height: heightOf(status) };
      // Esplora says "unconfirmed" of transactions that it has never seen, too.
      return (await transactionContents(txid)) === null ? null : { confirmed: false, height: null };
    },
    async scriptTransactions(scriptPubKey) {
      return await scriptHistory(source.name, get, `/scripthash/${toHex(sha256(scriptPubKey))}`);
    },
    async outspend(txid, vout) {
      const reply = await get(`/tx/${hexOnly(txid)}/outspend/${vout}`);
      if (!reply) throw new ChainSourceFault(source.name, 'it does not know the transaction of that output');
      const outspend = parsedJson(source.name, outspendSchema, reply);
      return outspend.spent ? { spent: true, txid: outspend.txid, height: heightOf(outspend.status) } : { spent: false };
    },
    broadcast: (hex) => broadcast(deps.http, source, hex),
    ...wholeChain(source.name, get),
  };
}

/** What is read of the chain as a whole, whoever it concerns. */
function wholeChain(name: string, get: Reader): Pick<ChainSource, 'mempoolTxids' | 'blockHash' | 'blockTxids'> {
  return {
    async mempoolTxids() {
      const reply = await get('/mempool/txids');
      if (!reply) throw new ChainSourceFault(name, 'it shows no mempool');
      return parsedJson(name, txidsSchema, reply);
    },
    async blockHash(height) {
      const reply = await get(`/block-height/${height}`);
      return reply && parsed(name, blockHashSchema, reply.text);
    },
    async blockTxids(hash) {
      const reply = await get(`/block/${hexOnly(hash)}/txids`);
      return reply && parsedJson(name, txidsSchema, reply);
    },
  };
}

type Reader = (path: string) => Promise<HttpReply | null>;

/** Null = 404. @throws ChainSourceFault on any other failure. */
function readerOf(http: HttpCall, source: { name: string; url: string }): Reader {
  return async (path) => {
    const reply = await http({ method: 'GET', url: root(source.url) + path, timeoutMs: READ_TIMEOUT_MS });
    if (reply.status === 200) return reply;
    if (reply.status === 404) return null;
    throw new ChainSourceFault(source.name, `answered ${reply.status} to a read`);
  };
}

async function scriptHistory(name: string, get: Reader, path: string): Promise<readonly { txid: string; height: number | null }[]> {
  const heights = new Map<string, number | null>();
  const add = (rows: readonly Seen[]) => {
    for (const row of rows) heights.set(row.txid, heightOf(row.status) ?? heights.get(row.txid) ?? null);
  };
  const read = async (suffix: string, schema: z.ZodType<Seen[]>) => {
    const reply = await get(path + suffix);
    return reply ? parsedJson(name, schema, reply) : [];
  };
  let page = await read('/txs', transactionsSchema);
  add(page);
  // The page of unconfirmed ones cannot be turned: whoever fills it must not hide a payment behind it, and an unspent output shows here too.
  if (page.filter((row) => !row.status.confirmed).length >= MEMPOOL_PAGE) add(await read('/utxo', unspentSchema));
  for (let turn = 1; ; turn++) {
    const confirmed = page.filter((row) => row.status.confirmed);
    const last = confirmed.at(-1);
    if (!last || confirmed.length < CHAIN_PAGE) break;
    if (turn >= SCRIPT_PAGES_MAX) throw new ChainSourceFault(name, 'the script has more transactions than we read');
    page = await read(`/txs/chain/${last.txid}`, transactionsSchema);
    add(page);
  }
  return [...heights].map(([txid, height]) => ({ txid, height }));
}

async function broadcast(
  http: HttpCall,
  source: { name: string; url: string },
  hex: string,
): Promise<{ accepted: true } | { accepted: false; reason: string }> {
  const reply = await http({ method: 'POST', url: `${root(source.url)}/tx`, text: hex, timeoutMs: BROADCAST_TIMEOUT_MS });
  if (reply.status === 200) return { accepted: true };
  if (KNOWN_ALREADY.test(reply.text)) return { accepted: true };
  if (reply.status === 400) return { accepted: false, reason: reply.text.slice(0, REASON_CHARS_MAX) };
  throw new ChainSourceFault(source.name, `answered ${reply.status} to a broadcast`);
}

function parsedTransaction(name: string, txid: string, hex: string): LiquidTransaction {
  const transaction = tryParseTransaction(hex);
  if (!transaction) throw new ChainSourceFault(name, 'it answered with something that is no transaction');
  if (transaction.txid !== txid) throw new ChainSourceFault(name, 'it answered with another transaction');
  return transaction;
}

function parsedJson<T>(name: string, schema: z.ZodType<T>, reply: HttpReply): T {
  let value: unknown;
  try {
    value = JSON.parse(reply.text);
  } catch {
    throw new ChainSourceFault(name, 'it answered with something that is not JSON');
  }
  return parsed(name, schema, value);
}

function parsed<T>(name: string, schema: z.ZodType<T>, value: unknown): T {
  const result = schema.safeParse(value);
  if (!result.success) throw new ChainSourceFault(name, 'its answer has another shape than documented');
  return result.data;
}

function root(url: string): string {
  return url.replace(/\/+$/, '');
}

/** Only whole txids and block hashes go into a path. */
function hexOnly(hash: string): string {
  if (!/^[0-9a-f]{64}$/.test(hash)) throw new RangeError('not a txid');
  return hash;
}
