import type pg from 'pg';

/** The change that readers are told of: one commit, as small as it can be. */
export async function pay(pool: pg.Pool, id: string): Promise<void> {
  await pool.query({
    name: 'pay',
    text: `INSERT INTO bare_paid (id, status) VALUES ($1, 'PAID') ON CONFLICT (id) DO UPDATE SET status = 'PAID'`,
    values: [id],
  });
}

/** Enough of a Checkout for the bench's subscription. */
export async function checkoutOf(pool: pg.Pool, id: string): Promise<object> {
  const { rows } = await pool.query({ name: 'checkout', text: 'SELECT status FROM bare_paid WHERE id = $1', values: [id] });
  return { paymentId: id, status: rows[0]?.status ?? 'PENDING' };
}

export const PAID_TABLE = 'CREATE TABLE IF NOT EXISTS bare_paid (id text PRIMARY KEY, status text NOT NULL)';

/** What a socket is told, as graphql-ws writes it. */
export const PAID_FRAME = '{"id":"1","type":"next","payload":{"data":{"checkout":{"status":"PAID"}}}}';
