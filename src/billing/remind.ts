import type { Clock } from '../lib/time.ts';
import { addMs, DAY_MS } from '../lib/time.ts';

/** TABLE: days before a plan ends on which its owner is told (conformance R-14). */
export const REMINDER_DAYS = [7, 3, 1] as const;

/** An account whose plan ends soon, with its owner's address. */
export type EndingPlan = { readonly accountId: string; readonly email: string; readonly planEndsAt: Date };
/** A mail that is owed; `dedupeKey` names the reason: one mail for each. */
export type Reminder = {
  readonly dedupeKey: string;
  readonly accountId: string;
  readonly recipient: string;
  readonly template: 'plan_reminder';
  readonly facts: { readonly days: string; readonly planEndsAt: string };
};

export type RemindDeps = {
  readonly now: Clock;
  /** Plans that end after the first time and not after the second. */
  readonly findEnding: (after: Date, until: Date) => Promise<readonly EndingPlan[]>;
  /** Answers how many of them were new. */
  readonly queue: (reminders: readonly Reminder[], at: Date) => Promise<number>;
};

/** Queues the reminders that are due. A server that was away for days sends the one that fits today, not all that were missed. */
export async function remindOfPlans(deps: RemindDeps): Promise<number> {
  const at = deps.now();
  const ending = await deps.findEnding(at, addMs(at, Math.max(...REMINDER_DAYS) * DAY_MS));
  return ending.length === 0
    ? 0
    : deps.queue(
        ending.map((plan) => reminderOf(plan, at)),
        at,
      );
}

function reminderOf({ accountId, email, planEndsAt }: EndingPlan, at: Date): Reminder {
  const leftMs = planEndsAt.getTime() - at.getTime();
  const days = Math.min(...REMINDER_DAYS.filter((day) => leftMs <= day * DAY_MS));
  const facts = { days: `${days}`, planEndsAt: planEndsAt.toISOString() };
  const dedupeKey = `plan-reminder:${accountId}:${planEndsAt.toISOString()}:${days}d`;
  return { dedupeKey, accountId, recipient: email, template: 'plan_reminder', facts };
}
