import type { Log } from '../lib/log.ts';
import type { Refusal } from '../lib/refusal.ts';
import type { Clock } from '../lib/time.ts';
import type { Decision, RollingWindow } from './decision.ts';
import type { Limit, LimitName } from './limits.ts';
import { createHash } from 'node:crypto';
import { RateLimiterMemory } from 'rate-limiter-flexible';
import { MINUTE_MS, SECOND_MS } from '../lib/time.ts';
import { LIMITS } from './limits.ts';

/** What became of one use of one limit. */
export type Verdict = {
  readonly name: LimitName;
  readonly limit: number;
  readonly windowSeconds: number;
  /** Null when the counter could not be asked and the row is closed without it. */
  readonly decision: Decision | null;
  readonly refusal: Refusal | null;
};

export type Limiter = {
  /**
   * Spends one use. `subject` is what the row counts by: an address from `clientAddress`, an id, an e-mail address.
   * `limit` replaces the row's number where an account has its own. Null: nothing is limited here.
   */
  readonly take: (name: LimitName, subject: string, limit?: number) => Promise<Verdict | null>;
  /** Whether this address goes on in spite of many refusals: then nothing is looked up for it any more. */
  readonly isHammering: (address: string) => Promise<boolean>;
};

/** With RATE_LIMITS=off nothing is counted and nothing is said. */
export const UNLIMITED: Limiter = { take: async () => null, isHammering: async () => false };

/** Refusals a minute of one address from which on it is refused without a look into the database. A client that honours Retry-After has one. */
export const REFUSALS_MAX = 120;

/** A Redis that comes back does so within seconds (reconnects are at most 2 s apart). */
const DOWN_RETRY_SECONDS = 5;
const DOWN: Refusal = {
  kind: 'unavailable',
  code: 'limits_unavailable',
  message: 'This is unavailable for a moment — please retry',
  retryAfterSeconds: DOWN_RETRY_SECONDS,
};

export type LimiterDeps = {
  readonly now: Clock;
  readonly log: Log;
  /** Counts for all processes; the same as `local` when there is only one. */
  readonly shared: RollingWindow;
  /** Counts in this process while the shared one is away. */
  readonly local: RollingWindow;
};

export function makeLimiter(deps: LimiterDeps): Limiter {
  let isDown = false;
  const say = (down: boolean, error?: unknown) => {
    if (down === isDown) return; // once per outage, not once per request
    isDown = down;
    if (down) deps.log.warn({ error }, 'the shared rate limits cannot be asked');
    else deps.log.info({}, 'the shared rate limits are back');
  };
  // A coarse guard of this process: it only decides how cheaply a refusal is made.
  const refusals = new RateLimiterMemory({ points: REFUSALS_MAX, duration: MINUTE_MS / SECOND_MS });
  return {
    isHammering: async (address) => ((await refusals.get(address))?.consumedPoints ?? 0) > REFUSALS_MAX,
    take: async (name, subject, limit = LIMITS[name].limit) => {
      const row: Limit = LIMITS[name];
      const ask = { bucket: name, subject: subjectOf(row, subject), limit, windowMs: row.windowMs, at: deps.now() };
      const decision = await deps.shared.take(ask).then(
        (decided) => {
          say(false);
          return decided;
        },
        (error: unknown) => {
          say(true, error);
          return row.whenDown === 'open' ? deps.local.take(ask) : null;
        },
      );
      if (decision?.allowed === false && row.per === 'ip') await refusals.penalty(ask.subject);
      const windowSeconds = row.windowMs / SECOND_MS; // every window of the table is whole seconds
      return { name, limit, windowSeconds, decision, refusal: decision ? refusalOf(decision) : DOWN };
    },
  };
}

function refusalOf({ allowed, retryAfterSeconds }: Decision): Refusal | null {
  if (allowed) return null;
  const message = `Too many requests — retry in ${retryAfterSeconds} seconds`;
  return { kind: 'rate-limited', code: 'rate_limited', message, retryAfterSeconds };
}

/** E-mail addresses rest nowhere in clear, also not as a key of Redis. */
function subjectOf(row: Limit, subject: string): string {
  return row.per === 'email' ? createHash('sha256').update(subject.trim().toLowerCase()).digest('hex') : subject;
}
