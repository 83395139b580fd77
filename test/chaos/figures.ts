import type { Testimony } from './witness.ts';
import type { Told } from './payers.ts';
import type pg from 'pg';
import { RANK } from './payers.ts';

/** What the last line of the run says. Anything but `kills` that is not 0 is a failure. */
export type Figures = {
  readonly kills: number;
  readonly lost: number;
  readonly paid_without_event: number;
  readonly event_without_paid: number;
  readonly double_claims: number;
  readonly stuck: number;
  readonly stale_writes: number;
  readonly acknowledged_rows_lost: number;
};

/** What the figures are counted from: each from another witness. */
export type Evidence = {
  readonly kills: number;
  readonly told: Told;
  readonly rows: readonly PaymentRow[];
  readonly doubles: readonly string[];
  readonly unannounced: readonly string[];
  readonly invented: readonly string[];
  /** Payments and swaps with money in them that nobody has finished. */
  readonly stuck: readonly string[];
  readonly testimony: Testimony;
  /** Of paid payments, transactions that the chain does not know. */
  readonly unknownTxids: readonly string[];
  /** What the merchant's wallet, opened with a gap limit of 20, does not hold of what its payments say. */
  readonly wallet: { readonly missingSats: bigint; readonly invisibleSats: bigint };
};
export type PaymentRow = { readonly id: string; readonly status: string; readonly txid: string | null };

export function countFigures(evidence: Evidence): { readonly figures: Figures; readonly words: readonly string[] } {
  const { told, rows, testimony, wallet } = evidence;
  const found = new Map(rows.map((row) => [row.id, row.status]));
  const missing = [...told.statuses].flatMap(([id, status]) => {
    const now = found.get(id);
    if (now === undefined) return [`${id} was acknowledged and is not there`];
    const isBehind = now !== status && (RANK[now] ?? 0) <= (RANK[status] ?? 0);
    return isBehind && now !== 'detected' ? [`${id} was said to be ${status} and is ${now}`] : [];
  });
  const lost = [
    ...[...told.paid].flatMap((id) =>
      found.get(id) === 'paid' || evidence.stuck.includes(id) ? [] : [`${id} was paid for and is ${found.get(id)}`],
    ),
    ...evidence.unknownTxids.map((id) => `the chain does not know what paid ${id}`),
    ...(wallet.missingSats === 0n ? [] : [`the wallet holds ${wallet.missingSats} sats less than its payments say`]),
    ...(wallet.invisibleSats === 0n ? [] : [`${wallet.invisibleSats} sats lie beyond the gap limit`]),
  ];
  const lists = {
    lost,
    paid_without_event: evidence.unannounced,
    event_without_paid: evidence.invented,
    double_claims: evidence.doubles,
    stuck: evidence.stuck,
    stale_writes: testimony.stale,
    acknowledged_rows_lost: [...missing, ...told.contradictions],
  };
  const words = Object.entries(lists).flatMap(([name, list]) => list.map((word) => `${name}: ${word}`));
  const count = (name: keyof typeof lists) => lists[name].length;
  return {
    words,
    figures: {
      kills: evidence.kills,
      lost: count('lost'),
      paid_without_event: count('paid_without_event'),
      event_without_paid: count('event_without_paid'),
      double_claims: count('double_claims'),
      stuck: count('stuck'),
      stale_writes: count('stale_writes'),
      acknowledged_rows_lost: count('acknowledged_rows_lost'),
    },
  };
}

/** Whether a run with these figures has kept every promise. */
export function isClean(figures: Figures): boolean {
  return Object.entries(figures).every(([name, value]) => name === 'kills' || value === 0);
}

type Db = Pick<pg.Client, 'query'>;
const ids = async (db: Db, sql: string): Promise<string[]> => (await db.query<{ id: string }>(sql)).rows.map(({ id }) => id);

export const readPaymentRows = async (db: Db): Promise<PaymentRow[]> =>
  (await db.query<PaymentRow>(`SELECT id, status, txid FROM "Payment"`)).rows;

export const readUnannounced = (db: Db) =>
  ids(
    db,
    `SELECT id FROM "Payment" p WHERE status = 'paid'
     AND NOT EXISTS (SELECT 1 FROM "Event" e WHERE e."subjectId" = p.id AND e.type = 'payment.confirmed')`,
  );

export const readInvented = (db: Db) =>
  ids(
    db,
    `SELECT e.id FROM "Event" e WHERE type = 'payment.confirmed'
     AND NOT EXISTS (SELECT 1 FROM "Payment" p WHERE p.id = e."subjectId" AND p.status = 'paid')`,
  );

/** One payment that took money twice, one lockup or one transaction that counted twice. */
export const readDoubles = (db: Db) =>
  ids(
    db,
    `SELECT "subjectId" AS id FROM "Swap" WHERE status IN ('claim_accepted', 'claim_buried') GROUP BY 1 HAVING count(*) > 1
     UNION ALL SELECT 'lockup ' || "lockupTxid" FROM "Swap" WHERE "lockupTxid" IS NOT NULL GROUP BY "lockupTxid", "lockupVout" HAVING count(*) > 1
     UNION ALL SELECT 'claim ' || txid FROM "Payment" WHERE method = 'lightning' GROUP BY txid HAVING count(*) > 1
     UNION ALL SELECT id FROM "Payment" WHERE exception = 'paid_twice'
     UNION ALL SELECT "subjectId" FROM "Event" WHERE type = 'payment.confirmed' GROUP BY 1 HAVING count(*) > 1`,
  );

/** Money is on its way to somebody, and has not come: payments that were seen paid for, and swaps between lockup and accepted claim. */
export const readOpen = (db: Db, paidFor: ReadonlySet<string>) =>
  db
    .query<{ id: string }>(
      `SELECT id FROM "Payment" WHERE status IN ('pending', 'detected') AND id = ANY($1)
       UNION SELECT "subjectId" FROM "Swap" WHERE status IN ('lockup_seen', 'lockup_ok', 'claim_stored', 'revealed', 'held')`,
      [[...paidFor]],
    )
    .then(({ rows }) => rows.map(({ id }) => id));
