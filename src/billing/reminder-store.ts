import type { Database } from '../lib/database.ts';
import type { Random } from '../lib/random.ts';
import type { EndingPlan, Reminder } from './remind.ts';
import { newId } from '../lib/ids.ts';

/** Bounds a round's memory: far more plans than end within a week. */
const ENDING_MAX = 10_000;

export async function findEndingPlans({ client }: Database, after: Date, until: Date): Promise<readonly EndingPlan[]> {
  const rows = await client.account.findMany({
    where: { status: 'active', planEndsAt: { gt: after, lte: until } },
    select: { id: true, planEndsAt: true, users: { where: { role: 'owner' }, select: { email: true }, orderBy: { id: 'asc' }, take: 1 } },
    orderBy: { planEndsAt: 'asc' },
    take: ENDING_MAX,
  });
  return rows.flatMap(({ id, planEndsAt, users: [owner] }) =>
    owner && planEndsAt ? [{ accountId: id, email: owner.email, planEndsAt }] : [],
  );
}

/** What is there already stays as it is. */
export async function queueReminders(
  { client }: Database,
  random: Random,
  { reminders, at }: { reminders: readonly Reminder[]; at: Date },
): Promise<number> {
  const data = reminders.map((reminder) => ({ ...reminder, id: newId(random, 'mail'), attempts: 0, createdAt: at, nextAttemptAt: at }));
  return (await client.mailOutbox.createMany({ data, skipDuplicates: true })).count;
}
