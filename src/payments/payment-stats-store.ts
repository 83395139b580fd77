import type { Database } from '../lib/database.ts';
import type { Currency, Fiat, Sats } from '../lib/money.ts';
import { CURRENCIES, sats } from '../lib/money.ts';
import { addMs, DAY_MS } from '../lib/time.ts';

export type StatsDay = Readonly<{
  /** Of UTC: 2026-05-15. */
  day: string;
  paid: number;
  fiat: Fiat;
  sats: Sats;
}>;
export type PaymentStats = Readonly<{
  currency: Currency;
  started: number;
  paid: number;
  fiat: Fiat;
  sats: Sats;
  days: readonly StatsDay[];
}>;

export type StatsQuery = Readonly<{ accountId: string; mode: 'live' | 'test'; days: number; currency: Currency | null; at: Date }>;

type PaidRow = { readonly currency: string; readonly day: string; readonly paid: bigint; readonly minor: bigint; readonly amount: bigint };

/** What was started and paid in the last `days` days of UTC, today with them; a row for each currency that had any, and one per day, quiet ones too. */
export async function readPaymentStats(database: Database, query: StatsQuery): Promise<readonly PaymentStats[]> {
  const { accountId, mode, days, currency, at } = query;
  const today = new Date(Math.floor(at.getTime() / DAY_MS) * DAY_MS);
  const since = addMs(today, -(days - 1) * DAY_MS);
  const [started, paid] = await Promise.all([
    database.client.payment.groupBy({
      by: ['currency'],
      where: { accountId, mode, createdAt: { gte: since }, ...(currency ? { currency } : {}) },
      _count: { _all: true },
    }),
    database.client.$queryRaw<PaidRow[]>`
      SELECT "currency", to_char("paidAt" AT TIME ZONE 'UTC', 'YYYY-MM-DD') AS day, count(*) AS paid, sum("fiatMinor")::bigint AS minor, sum("amountSats")::bigint AS amount
      FROM "Payment" WHERE "accountId" = ${accountId} AND "mode" = ${mode} AND "status" = 'paid' AND "paidAt" >= ${since}::timestamptz
        AND (${currency}::text IS NULL OR "currency" = ${currency}) GROUP BY 1, 2`,
  ]);
  const dayNames = Array.from({ length: days }, (_, index) =>
    addMs(since, index * DAY_MS)
      .toISOString()
      .slice(0, 10),
  );
  const startedOf = new Map(started.map((row) => [row.currency, row._count._all]));
  return CURRENCIES.flatMap((one) => {
    const rows = paid.filter((row) => row.currency === one);
    return rows.length === 0 && !startedOf.has(one) ? [] : [statsOf(one, { rows, dayNames, started: startedOf.get(one) ?? 0 })];
  });
}

function statsOf(
  currency: Currency,
  { rows, dayNames, started }: { rows: readonly PaidRow[]; dayNames: readonly string[]; started: number },
): PaymentStats {
  const byDay = new Map(rows.map((row) => [row.day, row]));
  const days = dayNames.map((day) => {
    const row = byDay.get(day);
    return { day, paid: Number(row?.paid ?? 0n), fiat: { minor: row?.minor ?? 0n, currency }, sats: sats(row?.amount ?? 0n) };
  });
  return {
    currency,
    started,
    days,
    paid: days.reduce((sum, { paid }) => sum + paid, 0),
    fiat: { minor: days.reduce((sum, { fiat }) => sum + fiat.minor, 0n), currency },
    sats: sats(days.reduce((sum, day) => sum + day.sats, 0n)),
  };
}
