import type { Log } from '../lib/log.ts';
import type { Secret } from '../lib/secret.ts';
import type { Ask, RollingWindow } from './decision.ts';
import { decisionOf } from './decision.ts';

/** A request waits no longer than this for the counter: then the row's rule for a lost Redis holds. */
const ANSWER_WITHIN_MS = 500;
/** Redis forgets a subject by its own clock; ours may run this much behind it over one window. */
const CLOCK_DRIFT_MS = 10_000;

/**
 * The same steps as `rolling-window.ts`, in one piece: uses as a sorted set by their time, which comes in as an argument.
 * Answers allowed (0 or 1), the number counted, and the time of the use that leaves first.
 */
const TAKE = `
local key = KEYS[1]
local given, window, limit, keep = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local at = given
local newest = tonumber(redis.call('ZRANGE', key, -1, -1, 'WITHSCORES')[2])
if newest and newest - given > window then
  redis.call('DEL', key)
elseif newest and newest > given then
  at = newest
end
redis.call('ZREMRANGEBYSCORE', key, '-inf', at - window)
local counted = redis.call('ZCARD', key)
local allowed = 0
if counted < limit then
  allowed = 1
  counted = counted + 1
  redis.call('ZADD', key, at, string.format('%.0f:%d', at, redis.call('ZCOUNT', key, at, at)))
  redis.call('PEXPIRE', key, keep)
end
local index = math.max(0, counted - limit)
local leaves = tonumber(redis.call('ZRANGE', key, index, index, 'WITHSCORES')[2]) or at
return { allowed, counted, leaves }
`;

/** Counts for all processes together. `take` rejects when Redis does not answer within `answerWithinMs`. */
export async function redisWindow(url: Secret<string>, log: Log, answerWithinMs = ANSWER_WITHIN_MS): Promise<RollingWindow> {
  const { Redis } = await import('ioredis'); // loaded only where there is a Redis
  const redis = new Redis(url.reveal(), {
    ...{ maxRetriesPerRequest: 1, enableOfflineQueue: false, lazyConnect: true },
    commandTimeout: answerWithinMs,
  });
  redis.on('error', (error) => log.warn({ error }, 'redis connection failed'));
  await redis.connect();
  return {
    take: async (ask: Ask) => {
      const key = `avopay:limit:${ask.bucket}:${ask.subject}`;
      const answer = await redis.eval(TAKE, 1, key, ask.at.getTime(), ask.windowMs, ask.limit, ask.windowMs + CLOCK_DRIFT_MS);
      const [allowed, counted, leaves] = answer as [number, number, number]; // what the script above returns
      return decisionOf(ask, { allowed: allowed === 1, counted, leavesAtMs: leaves + ask.windowMs });
    },
    close: async () => redis.disconnect(),
  };
}
