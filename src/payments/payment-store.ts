import type { Payment as PaymentRow } from '../../prisma/generated/client.ts';
import type { Database, Tx, Write } from '../lib/database.ts';
import type { PaymentId } from '../lib/ids.ts';
import type { Currency } from '../lib/money.ts';
import type { NewPayment, Payment, PaymentCommon } from './payment.ts';
import { askIn, inTx } from '../lib/database.ts';
import { columnsOf, countOf, findIn, firstOf, insertInto, updateIn } from '../lib/row-statements.ts';
import { sats } from '../lib/money.ts';

/** Due rows taken in one round of the sweep: bounds a round's memory and time. */
export const DUE_PAYMENTS_MAX = 200;

const COLUMNS = columnsOf<PaymentRow>({
  ...{ id: 1, accountId: 1, mode: 1, status: 1, version: 1, source: 1, apiKeyId: 1, linkId: 1, visitorHash: 1, currency: 1, fiatMinor: 1 },
  ...{ amountSats: 1, quoteId: 1, redirectUrl: 1, metadataText: 1, lightning: 1, createdAt: 1, expiresAt: 1, nextLookAt: 1, detectedAt: 1 },
  ...{ method: 1, txid: 1, paidAt: 1, late: 1, receivedSats: 1, feesSats: 1, expiryReason: 1, exception: 1, settlement: 1 },
});
const insertRow = insertInto<Partial<PaymentRow>>('Payment');
const findRow = findIn<PaymentRow>('Payment', COLUMNS);
const lockRow = findIn<PaymentRow>('Payment', COLUMNS, { lock: true });
const changeRow = updateIn<PaymentRow>('Payment');

export async function insertPayment(tx: Tx, payment: NewPayment): Promise<void> {
  await askIn(tx)(writePayment(payment));
}

/** The same as a write that is committed with others. */
export function writePayment(payment: NewPayment): Write {
  const { fiat, ...columns } = payment;
  const { currency, minor: fiatMinor } = fiat;
  const fresh = { status: 'pending', version: 0, nextLookAt: payment.expiresAt, late: false, receivedSats: 0n };
  return insertRow({ ...columns, ...fresh, currency, fiatMinor });
}

/** Saves by compare-and-set on the version that was read. Answers false when somebody was faster. */
export async function savePayment(tx: Tx, payment: Payment, readVersion: number): Promise<boolean> {
  return (await countOf(askIn(tx), changeRow({ id: payment.id, version: readVersion }, toRow(payment)))) === 1;
}

/** Puts off the next look at a payment that could not be decided yet. Not a state change: status and version stay. */
export async function postponeLook(database: Database, id: string, nextLookAt: Date): Promise<void> {
  await database.client.payment.updateMany({ where: { id, status: 'pending' }, data: { nextLookAt } });
}

/** In a transaction the row is locked until the commit (lock order: swap, payment, account, event). */
export async function findPaymentForUpdate(tx: Tx, id: string): Promise<Payment | null> {
  const row = await firstOf(askIn(tx), lockRow({ id }));
  return row ? paymentFromRow(row) : null;
}

/** As it stands, without a lock. */
export async function readPayment(tx: Tx, id: string): Promise<Payment | null> {
  const row = await firstOf(askIn(tx), findRow({ id }));
  return row ? paymentFromRow(row) : null;
}

/** For pages that everybody may open: nobody's account stands in the `where`. */
export async function findPayment(database: Database, id: PaymentId): Promise<Payment | null> {
  const row = await database.client.payment.findUnique({ where: { id } });
  return row ? paymentFromRow(row) : null;
}

/** Whose webhook endpoints an event is for: those of its payment's mode; live for everything that is no payment. */
export async function readEventMode(tx: Tx, { subjectId }: { readonly subjectId: string }): Promise<'live' | 'test'> {
  const row = await inTx(tx).payment.findUnique({ where: { id: subjectId }, select: { mode: true } });
  return row?.mode === 'test' ? 'test' : 'live';
}

export async function findDuePayments(database: Database, at: Date): Promise<readonly Payment[]> {
  const rows = await database.client.payment.findMany({
    where: { status: 'pending', nextLookAt: { lte: at } },
    orderBy: { nextLookAt: 'asc' },
    take: DUE_PAYMENTS_MAX,
  });
  return rows.map(paymentFromRow);
}

function toRow(payment: Payment): Partial<PaymentRow> {
  return {
    status: payment.status,
    version: payment.version,
    late: payment.late,
    exception: payment.exception,
    receivedSats: payment.receivedSats,
    nextLookAt: payment.status === 'pending' ? payment.expiresAt : null,
    ...('txid' in payment ? { method: payment.method, txid: payment.txid } : { method: null, txid: null }),
    ...(payment.status === 'detected' ? { detectedAt: payment.detectedAt } : {}),
    ...(payment.status === 'paid' ? { paidAt: payment.paidAt, feesSats: payment.feesSats, settlement: payment.settlement } : {}),
    ...(payment.status === 'expired' ? { expiryReason: payment.reason } : {}),
  };
}

/** The columns that say what a payment is. */
export type StoredPayment = Omit<PaymentRow, 'apiKeyId' | 'visitorHash' | 'nextLookAt'>;

/** A row as the union of its status. @throws Error on a row that no status allows: the database's own checks should have refused it. */
export function paymentFromRow(row: StoredPayment): Payment {
  const common = commonFromRow(row);
  const { method, txid } = row;
  if (row.status === 'pending') return { ...common, status: 'pending' };
  if (row.status === 'expired' && row.expiryReason !== null) return { ...common, status: 'expired', reason: row.expiryReason };
  if (row.status === 'detected' && method !== null && txid !== null && row.detectedAt) {
    return { ...common, status: 'detected', method: method as 'lightning', txid, detectedAt: row.detectedAt }; // CHECK: method list
  }
  if (row.status === 'paid' && method !== null && txid !== null && row.paidAt && row.feesSats !== null && row.settlement !== null) {
    const settlement = row.settlement as 'confirmed'; // CHECK: settlement list
    return { ...common, status: 'paid', method: method as 'lightning', txid, paidAt: row.paidAt, feesSats: sats(row.feesSats), settlement }; // CHECK: method list
  }
  throw new Error(`payment ${row.id} rests in a state that does not exist`);
}

function commonFromRow(row: StoredPayment): PaymentCommon {
  return {
    id: row.id as PaymentId, // only newId writes this column
    accountId: row.accountId,
    mode: row.mode as PaymentCommon['mode'], // CHECKs hold this and the four below to their lists
    version: row.version,
    source: row.source as PaymentCommon['source'],
    linkId: row.linkId,
    fiat: { minor: row.fiatMinor, currency: row.currency as Currency },
    amountSats: sats(row.amountSats),
    quoteId: row.quoteId,
    redirectUrl: row.redirectUrl,
    metadataText: row.metadataText,
    lightning: row.lightning as PaymentCommon['lightning'],
    createdAt: row.createdAt,
    expiresAt: row.expiresAt,
    receivedSats: sats(row.receivedSats),
    late: row.late,
    exception: row.exception as PaymentCommon['exception'],
  };
}
