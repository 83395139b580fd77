import type { Database } from './lib/database.ts';
import type { Log } from './lib/log.ts';
import type { Clock } from './lib/time.ts';
import type { ForgetDeps } from './retention/forget-old-rows.ts';
import type { Jobs } from './worker.ts';
import { every } from './every.ts';
import { MINUTE_MS } from './lib/time.ts';
import { forgetOldRows } from './retention/forget-old-rows.ts';
import { forgetDeliveries, forgetIdempotencyKeys, forgetMails, forgetSessions, forgetTokens } from './retention/retention-store.ts';

/** Days are what this job waits for: a few minutes late is on time, and the tables are looked through seldom. */
const FORGET_EVERY_MS = 10 * MINUTE_MS;

/** The job that forgets. Registrations have a job of their own (`purge`): theirs asks first what became of their invoices. */
export function buildRetention({ now, log, database }: { now: Clock; log: Log; database: Database }): Jobs {
  const kinds: ForgetDeps['kinds'] = {
    deliveries: (old) => forgetDeliveries(database, old),
    idempotency_keys: (old) => forgetIdempotencyKeys(database, old),
    sessions: (old) => forgetSessions(database, old),
    one_time_tokens: (old) => forgetTokens(database, old),
    mails: (old) => forgetMails(database, old),
  };
  return { forget: every(now, FORGET_EVERY_MS, () => forgetOldRows({ now, log, kinds })) };
}
