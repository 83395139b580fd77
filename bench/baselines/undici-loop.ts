import { randomBytes } from 'node:crypto';
import { request } from 'undici';
import { answerTasks, endWithParent } from '../answer-tasks.ts';
import { connect } from './ask.ts';

/** A loop of POSTs with the records that AvoPay keeps: the attempt before it, its result and the delivery's end after it. */
const pool = connect();
await pool.query(`CREATE TABLE IF NOT EXISTS bare_delivery (id text PRIMARY KEY, status text NOT NULL, lease timestamptz);
  CREATE TABLE IF NOT EXISTS bare_attempt (id text PRIMARY KEY, delivery text NOT NULL, headers text NOT NULL, status int, head text)`);

/** As many as AvoPay lets run at once. */
const IN_FLIGHT_MAX = 40;
const TAKE = `UPDATE bare_delivery SET lease = now() + interval '30 seconds' WHERE id IN (
  SELECT id FROM bare_delivery WHERE status = 'pending' AND lease IS NULL LIMIT $1 FOR UPDATE SKIP LOCKED) RETURNING id`;

type Job = { readonly url: string; readonly count: number; readonly body: string };

async function deliver({ url, count, body }: Job): Promise<void> {
  await pool.query(`INSERT INTO bare_delivery SELECT gen_random_uuid()::text, 'pending', NULL FROM generate_series(1, $1)`, [count]);
  const worker = async () => {
    for (;;) {
      const { rows } = await pool.query({ name: 'take', text: TAKE, values: [1] });
      if (rows.length === 0) return;
      await post(url, rows[0].id, body);
    }
  };
  await Promise.all(Array.from({ length: IN_FLIGHT_MAX }, worker));
}

async function post(url: string, delivery: string, body: string): Promise<void> {
  const id = randomBytes(16).toString('hex');
  const headers = { 'content-type': 'application/json', 'x-delivery-id': id };
  const insert = 'INSERT INTO bare_attempt (id, delivery, headers) VALUES ($1, $2, $3)';
  await pool.query({ name: 'attempt', text: insert, values: [id, delivery, JSON.stringify(headers)] });
  const answer = await request(url, { method: 'POST', headers, body });
  const head = (await answer.body.text()).slice(0, 2048);
  const client = await pool.connect();
  try {
    await client.query('BEGIN');
    await client.query({
      name: 'result',
      text: 'UPDATE bare_attempt SET status = $2, head = $3 WHERE id = $1',
      values: [id, answer.statusCode, head],
    });
    await client.query({
      name: 'end',
      text: `UPDATE bare_delivery SET status = 'delivered', lease = NULL WHERE id = $1`,
      values: [delivery],
    });
    await client.query('COMMIT');
  } finally {
    client.release();
  }
}

endWithParent();
answerTasks({ port: () => 0, deliver });
