import { createHmac } from 'node:crypto';
import pg from 'pg';

/** What every baseline is given by the run. */
export function setting(name: string): string {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set`);
  return value;
}

export const CONNECTIONS = 20; // as many as AvoPay has

export function connect(): pg.Pool {
  return new pg.Pool({ connectionString: setting('BENCH_DATABASE'), max: CONNECTIONS });
}

/** All facts of a payment's answer, and that the key may read them, in one prepared statement: the least that a read can cost. */
const READ = `SELECT p.id, p.mode, p.status, p."fiatMinor", p.currency, p."amountSats", p."createdAt", p."expiresAt", p."paidAt", p.method,
    p."linkId", p."metadataText", p.exception, p.settlement, p.late, s.invoice
  FROM "ApiKey" k JOIN "Account" a ON a.id = k."accountId" AND a.status = 'active'
  JOIN "Payment" p ON p."accountId" = k."accountId" AND p.id = $2
  LEFT JOIN "Swap" s ON s."subjectId" = p.id AND s.invoice IS NOT NULL
  WHERE k.hash = $1 AND k."revokedAt" IS NULL`;

export type PaymentRow = { readonly [column: string]: unknown };

/** One payment by the key of an `Authorization` header; null when there is none. */
export async function readPayment(pool: pg.Pool, authorization: string | undefined, id: string): Promise<PaymentRow | null> {
  const hash = createHmac('sha256', 'bench')
    .update(authorization ?? '')
    .digest(); // the same work as AvoPay's look-up hash
  const known = hash.length > 0 ? Buffer.from(setting('BENCH_KEY_HASH'), 'hex') : null;
  const { rows } = await pool.query({ name: 'read', text: READ, values: [known, id] });
  return rows[0] ?? null;
}

/** The documented names. */
export function replyOf(row: PaymentRow): object {
  const { id, fiatMinor, amountSats, metadataText, invoice } = row;
  return {
    payment_id: id,
    status: row['status'],
    amount_fiat: Number(fiatMinor) / 100,
    currency: row['currency'],
    amount_sats: Number(amountSats),
    created_at: row['createdAt'],
    checkout_url: `http://localhost/pay/${String(id)}`,
    expires_at: row['expiresAt'],
    paid_at: row['paidAt'],
    method: row['method'],
    link_id: row['linkId'],
    metadata: JSON.parse(String(metadataText)),
    exception: row['exception'],
    settlement: row['settlement'],
    late: row['late'],
    mode: row['mode'],
    lightning_invoice: invoice,
  };
}

/** The same over GraphQL: names of the printed schema. */
export function graphqlOf(row: PaymentRow): object {
  return {
    ...row,
    mode: String(row['mode']).toUpperCase(),
    status: String(row['status']).toUpperCase(),
    amountFiat: (Number(row['fiatMinor']) / 100).toFixed(2),
    amountSats: String(row['amountSats']),
    createdAt: (row['createdAt'] as Date).toISOString(), // columns of type timestamptz
    expiresAt: (row['expiresAt'] as Date).toISOString(),
    checkoutUrl: `http://localhost/pay/${String(row['id'])}`,
    metadata: JSON.parse(String(row['metadataText'])),
    lightning: { invoice: row['invoice'] },
  };
}
