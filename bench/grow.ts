import type pg from 'pg';
import { setTimeout } from 'node:timers/promises';

export type Growth = { readonly accountId: string; readonly from: number; readonly to: number };

/** Payments that were never paid in the time that they had are what most rows of a shop look like: quote, swap, event and leased address. */
export async function grow(client: pg.Pool | pg.PoolClient, { accountId, from, to }: Growth): Promise<void> {
  const values = [accountId, from + 1, to];
  const series = 'FROM generate_series($2::int, $3::int) n';
  const { rows } = await client.query(`SELECT "directChainId" AS chain FROM "Wallet" WHERE "accountId" = $1 AND "endedAt" IS NULL`, [
    accountId,
  ]);
  const statements = [
    `INSERT INTO "RateQuote" (id, currency, "minorPerBtcE4", sources, "takenAt")
       SELECT 'quo_g' || n, 'EUR', 80000000000, '[{"name":"bench","price":"80000","at":"2020-01-01T00:00:00.000Z"}]', ${PAST} ${series} WHERE $1 <> ''`,
    `INSERT INTO "Event" (id, "accountId", sequence, type, "subjectId", "subjectVersion", facts, "createdAt")
       SELECT 'evt_g' || n, $1, 1000000 + n, 'payment.expired', ${ID}, 1, '{}', ${PAST} ${series}`,
    `INSERT INTO "Payment" (id, "accountId", mode, status, version, source, currency, "fiatMinor", "amountSats", "quoteId", "metadataText", lightning,
         "createdAt", "expiresAt", late, "receivedSats", "expiryReason")
       SELECT ${ID}, $1, 'live', 'expired', 1, 'secret', 'EUR', 4999, 62341, 'quo_g' || n, '{}', 'offered',
         ${PAST}, ${PAST} + interval '10 minutes', false, 0, 'unpaid' ${series}`,
    `INSERT INTO "Swap" (id, "accountId", subject, "subjectId", attempt, status, version, fence, provider, "keyEra", "keyIndex", "claimPublicKey",
         "preimageHash", "invoiceSats", "requestJson", invoice, "invoiceExpiresAt", "createdAt")
       SELECT 'swp_g' || n, $1, 'payment', ${ID}, 0, 'expired', 4, 1, 'bench', 99, n, sha256(n::text::bytea) || '\\x02'::bytea,
         sha256(n::text::bytea), 62341, '{}', repeat('l', 300), ${PAST}, ${PAST} ${series}`,
  ];
  const addresses = [
    `INSERT INTO "Address" (id, "chainId", "index", "scriptPubKey", "everUsedAt")
       SELECT 'adr_g' || n, $1, 1000000 + n, '\\x0014'::bytea || substr(sha256(n::text::bytea), 1, 20), ${PAST} ${series}`,
    `INSERT INTO "AddressLease" (id, "accountId", "addressId", purpose, "paymentId", "amountSats", "leasedAt", "releasedAt")
       SELECT 'lse_g' || n, $1, 'adr_g' || n, 'direct', ${ID}, 62341, ${PAST}, ${PAST} + interval '10 minutes' ${series}`,
    `INSERT INTO "Address" (id, "chainId", "index", "scriptPubKey")
       SELECT 'adr_r' || n, $1, 900000 + n, '\\x0014'::bytea || substr(sha256(('r' || n)::bytea), 1, 20)
       FROM generate_series(0, ${PASSED_ON - 1}) n WHERE $2::int < $3::int ON CONFLICT DO NOTHING`,
    `INSERT INTO "AddressLease" (id, "accountId", "addressId", purpose, "paymentId", "amountSats", "leasedAt", "releasedAt")
       SELECT 'lse_r' || n, $1, 'adr_r' || n % ${PASSED_ON}, 'direct', 'pmt_r' || n, 62341, ${PAST}, ${PAST} + interval '10 minutes' ${series}`,
  ];
  await client.query('BEGIN');
  for (const text of statements) await client.query(text, values);
  for (const [place, text] of addresses.entries()) await client.query(text, place % 2 ? values : [rows[0].chain, from + 1, to]);
  await client.query('COMMIT');
  for (const table of ['Payment', 'Swap', 'Event', 'Address', 'AddressLease', 'RateQuote']) await client.query(`VACUUM ANALYZE "${table}"`);
}

/** Waits until PostgreSQL has written what it holds, and clears nothing up: what is measured next is the work alone. */
export async function comeToRest(client: pg.Pool | pg.PoolClient): Promise<void> {
  await client.query('CHECKPOINT');
  for (let looks = 0; looks < LOOKS_MAX; looks++) {
    const { rowCount } = await client.query(`SELECT 1 FROM pg_stat_activity WHERE backend_type = 'autovacuum worker'`);
    if (rowCount === 0) return;
    await setTimeout(LOOK_MS);
  }
}

/** Half a minute. */
const [LOOKS_MAX, LOOK_MS] = [60, 500];
/** Addresses that nobody has used, each of them promised to one payer after another. */
const PASSED_ON = 10;
/** One a minute, the newest a year ago. */
const PAST = `timestamptz '2020-01-01' + n * interval '10 seconds'`;
const ID = `'pmt_' || lpad(n::text, 26, '0')`;

export function grownId(n: number): string {
  return `pmt_${String(n).padStart(26, '0')}`;
}

export function grownAt(n: number): Date {
  return new Date(Date.UTC(2020, 0, 1) + n * 10_000);
}
