import type { LiquidReceipt as ReceiptRow } from '../../prisma/generated/client.ts';
import type { Database, Tx, Write } from '../lib/database.ts';
import type { LiquidFacts } from './credit-liquid.ts';
import { askIn, inTx } from '../lib/database.ts';
import { countOf, findIn, insertInto, rowsOf } from '../lib/row-statements.ts';

export const RECEIPT_VERDICTS = ['credited', 'extra', 'late', 'wrong_asset', 'dust', 'unreadable', 'claim', 'foreign'] as const;
export type ReceiptVerdict = (typeof RECEIPT_VERDICTS)[number];
export type ReceiptState = 'mempool' | 'confirmed' | 'dropped' | 'replaced';

/** An output that was seen on an address of ours, also a worthless one. */
export type Receipt = Readonly<{
  id: string;
  accountId: string;
  txid: string;
  vout: number;
  addressId: string;
  asset: string | null;
  valueSats: bigint | null;
  paymentId: string | null;
  verdict: ReceiptVerdict;
  seenAt: Date;
}>;
export type KnownOutput = Readonly<{ paymentId: string | null /** It has not gone since. */; isLive: boolean }>;
export type Mined = Readonly<{ height: number; hash: string }>;

/** Verdicts whose coins came for the payment. */
const CREDITED: readonly string[] = ['credited', 'late', 'extra'] satisfies readonly ReceiptVerdict[];
/** Verdicts whose coins paid it: what came on top does not hold up the settlement. */
const PAYING: readonly string[] = ['credited', 'late'] satisfies readonly ReceiptVerdict[];
const LIVE: readonly string[] = ['mempool', 'confirmed'] satisfies readonly ReceiptState[];
/** Two blocks are final on Liquid. */
const BURIED_BLOCKS = 2;

/** What is on record of these outputs of one transaction. */
export async function knownOutputs(tx: Tx, txid: string, vouts: readonly number[]): Promise<readonly KnownOutput[]> {
  const rows = await rowsOf(askIn(tx), findOutputs({ txid }));
  return rows.filter(({ vout }) => vouts.includes(vout)).map(({ paymentId, state }) => ({ paymentId, isLive: LIVE.includes(state) }));
}

const findOutputs = findIn<Pick<ReceiptRow, 'txid' | 'vout' | 'paymentId' | 'state'>>('LiquidReceipt', [
  'txid',
  'vout',
  'paymentId',
  'state',
]);
const insertRow = insertInto<ReceiptRow>('LiquidReceipt', { orSkip: true });

const WAITING = { state: 'mempool', height: null, blockHash: null } as const;

/** Writes an output down as waiting, in a commit with other writes. Counts nothing where it is on record. */
export function writeReceipt(receipt: Receipt): Write {
  return insertRow({ ...receipt, ...WAITING });
}

/** Writes outputs down as waiting. One that had gone and comes back keeps whose it was. */
export async function insertReceipts(tx: Tx, receipts: readonly Receipt[]): Promise<void> {
  let fresh = 0;
  for (const receipt of receipts) fresh += await countOf(askIn(tx), writeReceipt(receipt));
  if (fresh === receipts.length) return;
  const back = receipts.map(({ txid, vout }) => ({ txid, vout, state: { in: ['dropped', 'replaced'] } }));
  await inTx(tx).liquidReceipt.updateMany({ where: { OR: back }, data: WAITING });
}

/** Whose receipts these are, by where they stand: null among them for receipts that belong to no payment. */
export async function paymentsOfReceipts(
  database: Database,
  where: { txids: readonly string[] } | { aboveHeight: number },
): Promise<readonly (string | null)[]> {
  const rows = await database.client.liquidReceipt.findMany({
    where: whereOf(where),
    select: { paymentId: true },
    distinct: ['paymentId'],
  });
  return rows.map((row) => row.paymentId);
}

/** Moves the receipts of one payment (null: of none) that stand there. */
export async function moveReceipts(
  tx: Tx,
  where: ({ txids: readonly string[] } | { aboveHeight: number }) & { paymentId: string | null },
  to: { state: ReceiptState; mined: Mined | null },
): Promise<void> {
  const data = { state: to.state, height: to.mined?.height ?? null, blockHash: to.mined?.hash ?? null };
  await inTx(tx).liquidReceipt.updateMany({ where: { ...whereOf(where), paymentId: where.paymentId }, data });
}

function whereOf(where: { txids: readonly string[] } | { aboveHeight: number }) {
  return 'txids' in where ? { txid: { in: [...where.txids] } } : { state: 'confirmed', height: { gt: where.aboveHeight } };
}

/** What lies on a payment's address now. `followedHeight`: up to where the blocks are known; null when none is. */
export async function readLiquidFacts(tx: Tx, paymentId: string, followedHeight: number | null): Promise<LiquidFacts> {
  const rows = (await rowsOf(askIn(tx), receiptsOf({ paymentId })))
    .filter(({ state }) => LIVE.includes(state))
    .sort((a, b) => a.seenAt.getTime() - b.seenAt.getTime() || (a.id < b.id ? -1 : 1));
  const came = rows.filter((row) => CREDITED.includes(row.verdict));
  const unclear = rows.filter((row) => row.verdict === 'foreign');
  const paying = came.filter((row) => PAYING.includes(row.verdict));
  const decisive = paying.length > 0 ? paying : came;
  const isMined = decisive.length > 0 && decisive.every((row) => row.state === 'confirmed' && row.height !== null);
  const isDeep = followedHeight !== null && decisive.every((row) => followedHeight - (row.height ?? followedHeight) + 1 >= BURIED_BLOCKS);
  return {
    creditedSats: totalOf(came),
    unclearSats: totalOf(unclear),
    txid: decisive.at(-1)?.txid ?? null,
    depth: !isMined ? 'waiting' : isDeep ? 'buried' : 'mined',
  };
}

type ReceiptFacts = Pick<ReceiptRow, 'id' | 'txid' | 'valueSats' | 'paymentId' | 'verdict' | 'state' | 'height' | 'seenAt'>;
const receiptsOf = findIn<ReceiptFacts>('LiquidReceipt', ['id', 'txid', 'valueSats', 'verdict', 'state', 'height', 'seenAt']);

/** Receipts that wait, or were mined above `height`: each transaction once. */
export async function openReceipts(database: Database, height: number): Promise<readonly { txid: string; height: number | null }[]> {
  const rows = await database.client.liquidReceipt.findMany({
    where: { OR: [{ state: 'mempool' }, { state: 'confirmed', height: { gt: height } }] },
    select: { txid: true, height: true },
    distinct: ['txid'],
  });
  return rows;
}

function totalOf(rows: readonly { valueSats: bigint | null }[]): bigint {
  return rows.reduce((sum, { valueSats }) => sum + (valueSats ?? 0n), 0n);
}
