import type { PlanPeriod as PeriodRow } from '../../prisma/generated/client.ts';
import type { Database, Tx } from '../lib/database.ts';
import type { Plan } from './plan.ts';
import type { NewPeriod, PeriodStatus, PlanPeriod } from './plan-period.ts';
import { inTx } from '../lib/database.ts';
import { sats } from '../lib/money.ts';

/** Years of monthly periods: what an account can look back on at once. */
const PERIODS_MAX = 50;

export async function insertOpenPeriod(tx: Tx, period: NewPeriod): Promise<void> {
  await inTx(tx).planPeriod.create({ data: { ...period, status: 'open', version: 0 } });
}

/** A period that is paid from the start: the payment came before the account. */
export async function insertPaidPeriod(tx: Tx, period: NewPeriod & { readonly startsAt: Date; readonly endsAt: Date }): Promise<void> {
  await inTx(tx).planPeriod.create({ data: { ...period, status: 'paid', version: 1 } });
}

/** Locked until the commit (lock order: swap, period, account, event). */
export async function lockPeriod(tx: Tx, id: string): Promise<PlanPeriod | null> {
  await inTx(tx).$queryRaw`SELECT 1 FROM "PlanPeriod" WHERE "id" = ${id} FOR UPDATE`;
  const row = await inTx(tx).planPeriod.findUnique({ where: { id } });
  return row ? fromRow(row) : null;
}

/** Ends what was open, by compare-and-set on the version that was read; false when it has ended already. */
export async function endPeriod(
  tx: Tx,
  period: Pick<PlanPeriod, 'id' | 'version'>,
  end: { readonly status: 'expired' } | { readonly status: 'paid'; readonly startsAt: Date; readonly endsAt: Date },
): Promise<boolean> {
  const { count } = await inTx(tx).planPeriod.updateMany({
    where: { id: period.id, version: period.version, status: 'open' },
    data: { ...end, version: period.version + 1 },
  });
  return count === 1;
}

/** When the paid periods began that lead up to `until` without a gap; `until` itself where none does. Called with the account locked. */
export async function findPlanBegin(tx: Tx, accountId: string, until: Date): Promise<Date> {
  const rows = await inTx(tx).$queryRaw<{ began: Date | null }[]>`
    WITH RECURSIVE run AS (
      SELECT "startsAt" FROM "PlanPeriod" WHERE "accountId" = ${accountId} AND "status" = 'paid' AND "endsAt" = ${until}::timestamptz
      UNION
      SELECT p."startsAt" FROM "PlanPeriod" p JOIN run ON p."endsAt" = run."startsAt" WHERE p."accountId" = ${accountId} AND p."status" = 'paid'
    )
    SELECT min("startsAt") AS began FROM run`;
  return rows[0]?.began ?? until;
}

/** Newest first. */
export async function listPeriods({ client }: Database, accountId: string): Promise<readonly PlanPeriod[]> {
  const rows = await client.planPeriod.findMany({
    where: { accountId },
    orderBy: [{ createdAt: 'desc' }, { id: 'asc' }],
    take: PERIODS_MAX,
  });
  return rows.map(fromRow);
}

/** What of this plan has been asked for last and can perhaps still be paid. */
export async function findOpenPeriod({ client }: Database, accountId: string, plan: Plan): Promise<PlanPeriod | null> {
  const row = await client.planPeriod.findFirst({ where: { accountId, plan, status: 'open' }, orderBy: { createdAt: 'desc' } });
  return row ? fromRow(row) : null;
}

/** @throws Error on a row that no status allows: the database's own checks should have refused it. */
function fromRow(row: PeriodRow): PlanPeriod {
  const { swapId, startsAt, endsAt } = row;
  if (swapId === null) throw new Error(`period ${row.id} has nothing that pays for it`);
  const { id, accountId, usdMinor, quoteId, createdAt, version } = row;
  const plan = row.plan as Plan; // a CHECK holds the column to PLANS
  const common = { id, accountId, plan, usdMinor, sats: sats(row.sats), quoteId, swapId, createdAt, version };
  const status = row.status as PeriodStatus; // a CHECK holds the column to PERIOD_STATUSES
  if (status !== 'paid') return { ...common, status };
  if (!startsAt || !endsAt) throw new Error(`period ${row.id} is paid without its time`);
  return { ...common, status, startsAt, endsAt };
}
