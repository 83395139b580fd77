import type { Avopay } from './avopay.ts';
import pg from 'pg';

export type Books = {
  readonly balanced: boolean;
  readonly walletSats: bigint;
  readonly owedSats: bigint;
  readonly invisibleSats: number;
  readonly paidPayments: number;
  readonly faults: readonly string[];
};

/** TABLE: what must never be true of the database, each as a query that finds nothing. */
const NEVER: readonly (readonly [string, string])[] = [
  [
    'paid without its event',
    `SELECT id FROM "Payment" p WHERE status = 'paid' AND NOT EXISTS (SELECT 1 FROM "Event" e WHERE e."subjectId" = p.id AND e.type = 'payment.confirmed')`,
  ],
  [
    'an event of payment without a paid payment',
    `SELECT id FROM "Event" e WHERE type = 'payment.confirmed' AND NOT EXISTS (SELECT 1 FROM "Payment" p WHERE p.id = e."subjectId" AND p.status = 'paid')`,
  ],
  [
    'paid without a claim that a chain took',
    `SELECT p.id FROM "Payment" p JOIN "Swap" s ON s."subjectId" = p.id WHERE p.status = 'paid' AND s."claimTxid" IS DISTINCT FROM p.txid AND s.status IN ('claim_accepted', 'claim_buried')`,
  ],
  ['a preimage that left before its claim was stored', `SELECT id FROM "Swap" WHERE "revealedAt" IS NOT NULL AND "claimTxSealed" IS NULL`],
  [
    'a claim taken whose payment is not paid',
    `SELECT s.id FROM "Swap" s JOIN "Payment" p ON p.id = s."subjectId" WHERE s.status IN ('claim_accepted', 'claim_buried') AND p.status <> 'paid'`,
  ],
  [
    'two swaps that spend one lockup',
    `SELECT "lockupTxid" FROM "Swap" WHERE "lockupTxid" IS NOT NULL GROUP BY "lockupTxid", "lockupVout" HAVING count(*) > 1`,
  ],
  [
    'paid with L-BTC that is not on record',
    `SELECT p.id FROM "Payment" p WHERE p.status = 'paid' AND p.method = 'liquid' AND p.settlement <> 'dropped'
     AND NOT EXISTS (SELECT 1 FROM "LiquidReceipt" r WHERE r."paymentId" = p.id AND r.txid = p.txid AND r.state IN ('mempool', 'confirmed'))`,
  ],
  [
    'a payment that says it received something else than what lies on its address',
    `SELECT p.id FROM "Payment" p WHERE p."receivedSats" <> CASE WHEN p.status = 'paid' AND p.method = 'lightning' THEN p."amountSats" ELSE 0 END
     + coalesce((SELECT sum(r."valueSats") FROM "LiquidReceipt" r WHERE r."paymentId" = p.id AND r.state IN ('mempool', 'confirmed')), 0)`,
  ],
  [
    'an address promised to two open payments',
    `SELECT l."addressId" FROM "AddressLease" l JOIN "Payment" p ON p.id = l."paymentId" WHERE p.status IN ('pending', 'detected')
     GROUP BY 1 HAVING count(*) > 1`,
  ],
  [
    'a plan or registration paid for that nobody got',
    `SELECT s.id FROM "Swap" s WHERE s.subject <> 'payment' AND s.status IN ('claim_accepted', 'claim_buried')
     AND NOT EXISTS (SELECT 1 FROM "PlanPeriod" p WHERE p."swapId" = s.id AND p.status = 'paid')
     AND NOT EXISTS (SELECT 1 FROM "AuditEntry" a WHERE a.action = 'registration.held' AND a.facts->>'swapId' = s.id)`,
  ],
  ['a gap in an account’s events', `SELECT "accountId" FROM "Event" GROUP BY "accountId" HAVING max(sequence) <> count(*)`],
];

/** Whether the demo merchant's wallet holds exactly what came for its payments, fees as recorded, and nothing impossible rests in the database. */
export async function booksOf(avopay: Pick<Avopay, 'call' | 'connectionString' | 'demo'>): Promise<Books> {
  const wallet = (await avopay.call('GET', '/sandbox/wallet', { key: null })).body;
  return readBooks(avopay.connectionString, avopay.demo.account_id, wallet);
}

export async function readBooks(
  connectionString: string,
  accountId: string,
  wallet: { balance_sats: number; invisible_sats: number },
): Promise<Books> {
  const db = new pg.Client(connectionString);
  await db.connect();
  try {
    const faults: string[] = [];
    for (const [name, sql] of NEVER) {
      const { rows } = await db.query(sql);
      if (rows.length > 0) faults.push(`${name}: ${JSON.stringify(rows)}`);
    }
    const { rows } = await db.query(
      `SELECT (count(*) FILTER (WHERE status = 'paid'))::int AS paid, coalesce(sum("receivedSats" - coalesce("feesSats", 0)), 0)::text AS owed
       FROM "Payment" WHERE "accountId" = $1`,
      [accountId],
    );
    const owedSats = BigInt(rows[0].owed);
    const walletSats = BigInt(wallet.balance_sats);
    const balanced = owedSats === walletSats && faults.length === 0 && wallet.invisible_sats === 0;
    return { balanced, walletSats, owedSats, invisibleSats: wallet.invisible_sats, paidPayments: rows[0].paid, faults };
  } finally {
    await db.end();
  }
}
