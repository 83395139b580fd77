import type { Block, Chain } from './chain.ts';
import { fromHex, sha256, toHex } from '../../src/lib/bytes.ts';
import { parseAddress } from '../elements/address.ts';
import { REGTEST } from '../elements/network.ts';
import { parseTransaction, transactionId } from '../elements/transaction.ts';
import { blockJson, outspendJson, statusJson, transactionJson, utxoJson } from './esplora-wire.ts';

export type Answer = { readonly status: number; readonly body: unknown };
type Found = readonly string[];
type Route = { readonly pattern: RegExp; readonly answer: (chain: Chain, found: Found) => Answer };

/** Esplora's page sizes. */
const MEMPOOL_TXS_MAX = 50;
const CHAIN_TXS_MAX = 25;
const RECENT_MAX = 10;
const BLOCKS_MAX = 10;
/** sat per vbyte; Liquid's fees do not move. */
const FEE_RATE = 0.1;
const FEE_TARGETS = [1, 2, 3, 4, 5, 6, 10, 20, 144, 504, 1008] as const;

const HASH = '([0-9a-fA-F]{64})';

/** TABLE: what is answered to GET. Text bodies are strings, the rest is JSON. */
const ROUTES: readonly Route[] = [
  { pattern: /^\/blocks\/tip\/height$/, answer: (chain) => text(String(chain.height())) },
  { pattern: /^\/blocks\/tip\/hash$/, answer: (chain) => text(chain.tipHash()) },
  {
    pattern: /^\/blocks(?:\/(\d{1,10}))?$/,
    answer: (chain, [from]) => ok(blocksDown(chain, from === undefined ? chain.height() : Number(from))),
  },
  {
    pattern: /^\/block-height\/(\d{1,10})$/,
    answer: (chain, [height]) => withBlock(chain.block(Number(height)), (block) => text(block.hash)),
  },
  { pattern: route(`/block/${HASH}`), answer: (chain, [hash]) => withBlock(blockOf(chain, hash), (block) => ok(blockJson(chain, block))) },
  { pattern: route(`/block/${HASH}/txids`), answer: (chain, [hash]) => withBlock(blockOf(chain, hash), (block) => ok(block.txids)) },
  { pattern: route(`/block/${HASH}/status`), answer: (chain, [hash]) => ok(blockStatus(chain, blockOf(chain, hash))) },
  { pattern: /^\/mempool$/, answer: (chain) => ok(mempoolSummary(chain)) },
  { pattern: /^\/mempool\/txids$/, answer: (chain) => ok(chain.mempool().map(({ txid }) => txid)) },
  { pattern: /^\/mempool\/recent$/, answer: (chain) => ok(recent(chain)) },
  { pattern: /^\/fee-estimates$/, answer: () => ok(Object.fromEntries(FEE_TARGETS.map((target) => [target, FEE_RATE]))) },
  { pattern: route(`/tx/${HASH}`), answer: (chain, [txid]) => found(transactionJson(chain, lower(txid))) },
  { pattern: route(`/tx/${HASH}/hex`), answer: (chain, [txid]) => found(chain.transaction(lower(txid))?.hex ?? null) },
  { pattern: route(`/tx/${HASH}/raw`), answer: (chain, [txid]) => found(rawOf(chain, lower(txid))) },
  // Like the real one, which says "not confirmed" of a transaction that it has never seen, and "not spent" of its outputs.
  {
    pattern: route(`/tx/${HASH}/status`),
    answer: (chain, [txid]) => ok(statusJson(chain, chain.transaction(lower(txid))?.height ?? null)),
  },
  {
    pattern: route(`/tx/${HASH}/outspend/(\\d{1,9})`),
    answer: (chain, [txid, vout]) => ok(outspendJson(chain, lower(txid), Number(vout))),
  },
  { pattern: route(`/tx/${HASH}/outspends`), answer: (chain, [txid]) => found(outspends(chain, lower(txid))) },
];

/** Address and script-hash routes: `/address/:address/…` and `/scripthash/:sha256(script)/…`. */
const SCRIPT_ROUTE = /^\/(address|scripthash)\/([0-9a-zA-Z]{1,200})\/(txs|txs\/mempool|txs\/chain|txs\/chain\/[0-9a-fA-F]{64}|utxo)$/;

/** `scriptOf` finds the script behind a script hash that the chain has seen. */
export function answerGet(chain: Chain, path: string, scriptOf: (scripthash: string) => Uint8Array | null): Answer {
  for (const { pattern, answer } of ROUTES) {
    const match = pattern.exec(path);
    if (match) return answer(chain, match.slice(1));
  }
  const [, kind, name, what] = SCRIPT_ROUTE.exec(path) ?? [];
  if (kind !== undefined && name !== undefined && what !== undefined) return answerScript(chain, { kind, name, what }, scriptOf);
  if (/^\/(tx|block)\/[^/]+/.test(path)) return text('Invalid hex string', 400);
  return text('endpoint does not exist', 404);
}

/** `POST /tx`: the hex as text; answers the txid, or elementsd's words. */
export async function answerBroadcast(chain: Chain, body: string): Promise<Answer> {
  if (isMined(chain, body.trim())) return rpcError(-27, 'Transaction already in block chain');
  const accepted = await chain.accept(body);
  if (accepted.ok) return text(accepted.txid);
  return rpcError(codeOf(accepted.reason), accepted.reason);
}

/** elementsd: -22 what cannot be read, -25 missing inputs, -26 what its rules refuse. */
function codeOf(reason: string): number {
  if (reason.startsWith('TX decode failed')) return -22;
  return reason === 'bad-txns-inputs-missingorspent' ? -25 : -26;
}

function rpcError(code: number, message: string): Answer {
  return text(`sendrawtransaction RPC error: ${JSON.stringify({ code, message })}`, 400);
}

/** A second broadcast is fine while the transaction waits in the mempool, and an error once it is mined. */
function isMined(chain: Chain, hex: string): boolean {
  try {
    const tx = parseTransaction(hex);
    const txid = transactionId(tx);
    return (chain.transaction(txid)?.height ?? null) !== null;
  } catch {
    return false; // not a transaction: `accept` says so
  }
}

type ScriptQuestion = { readonly kind: string; readonly name: string; readonly what: string };

function answerScript(chain: Chain, { kind, name, what }: ScriptQuestion, scriptOf: (scripthash: string) => Uint8Array | null): Answer {
  const destination = kind === 'address' ? parseAddress(REGTEST, name) : null;
  if (kind === 'address' && !destination) return text('Invalid Bitcoin address', 400);
  if (kind === 'scripthash' && !/^[0-9a-fA-F]{64}$/.test(name)) return text('Invalid hex string', 400);
  const script = destination?.script ?? scriptOf(name.toLowerCase());
  if (!script) return ok([]);
  return ok(what === 'utxo' ? utxoJson(chain, script) : scriptTransactions(chain, script, what));
}

/** Newest first: up to 50 of the mempool, then 25 mined ones; `txs/chain/:txid` goes on after that one. */
function scriptTransactions(chain: Chain, script: Uint8Array, what: string): unknown[] {
  const newest = chain.transactionsOfScript(script).toReversed();
  const waiting = newest.filter(({ height }) => height === null).slice(0, MEMPOOL_TXS_MAX);
  const mined = newest.filter(({ height }) => height !== null);
  const after = mined.findIndex(({ txid }) => txid === what.slice('txs/chain/'.length).toLowerCase());
  const page = mined.slice(after + 1, after + 1 + CHAIN_TXS_MAX);
  const wanted = what === 'txs' ? [...waiting, ...page] : what === 'txs/mempool' ? waiting : page;
  return wanted.map(({ txid }) => transactionJson(chain, txid));
}

export function scripthash(script: Uint8Array): string {
  return toHex(sha256(script));
}

function blocksDown(chain: Chain, from: number): unknown[] {
  const heights = Array.from({ length: BLOCKS_MAX }, (_, index) => from - index);
  return heights.flatMap((height) => {
    const block = chain.block(height);
    return block ? [blockJson(chain, block)] : [];
  });
}

function blockStatus(chain: Chain, block: Block | null): unknown {
  if (!block) return { in_best_chain: false };
  return { in_best_chain: true, height: block.height, next_best: chain.block(block.height + 1)?.hash ?? null };
}

function mempoolSummary(chain: Chain): unknown {
  const waiting = chain.mempool();
  return {
    count: waiting.length,
    vsize: waiting.reduce((sum, each) => sum + each.vsize, 0),
    total_fee: waiting.reduce((sum, each) => sum + Number(each.feeSats), 0), // below 2^53: all the sats there are
    fee_histogram: [],
  };
}

function recent(chain: Chain): unknown[] {
  const newest = chain.mempool().slice(-RECENT_MAX).reverse();
  return newest.map(({ txid, feeSats, vsize, discountVsize }) => ({ txid, fee: Number(feeSats), vsize, discount_vsize: discountVsize })); // fees are small
}

function rawOf(chain: Chain, txid: string): Uint8Array | null {
  const known = chain.transaction(txid);
  return known && fromHex(known.hex);
}

function outspends(chain: Chain, txid: string): unknown[] | null {
  const known = chain.transaction(txid);
  return known && parseTransaction(known.hex).outputs.map((_, vout) => outspendJson(chain, txid, vout));
}

function route(path: string): RegExp {
  return new RegExp(`^${path}$`);
}

function lower(hex: string | undefined): string {
  return (hex ?? '').toLowerCase();
}

function blockOf(chain: Chain, hash: string | undefined): Block | null {
  const height = chain.blockHeight(lower(hash));
  return height === null ? null : chain.block(height);
}

function withBlock(block: Block | null, answer: (block: Block) => Answer): Answer {
  return block ? answer(block) : text('Block not found', 404);
}

function found(body: unknown): Answer {
  return body === null ? text('Transaction not found', 404) : ok(body);
}

function ok(body: unknown): Answer {
  return { status: 200, body };
}

function text(body: string, status = 200): Answer {
  return { status, body };
}
