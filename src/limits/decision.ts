import { SECOND_MS } from '../lib/time.ts';

/** One use that somebody asks for. */
export type Ask = {
  readonly bucket: string;
  readonly subject: string;
  readonly limit: number;
  readonly windowMs: number;
  readonly at: Date;
};

export type Decision = {
  readonly allowed: boolean;
  /** Uses left right now; 0 when refused. */
  readonly remaining: number;
  /** Whole seconds until the next use leaves the window. */
  readonly resetSeconds: number;
  /** Whole seconds after which one more try is allowed, the smallest that is true; 0 when this one was. */
  readonly retryAfterSeconds: number;
};

/** An exact rolling window: of allowed uses there are never more than `limit` in any `windowMs`, wherever it begins. Refused ones do not count. */
export type RollingWindow = {
  readonly take: (ask: Ask) => Promise<Decision>;
  readonly close: () => Promise<void>;
};

/**
 * @param counted uses in the window, this one included when it was allowed
 * @param leavesAtMs when so many uses will have left that one more fits, or the oldest one when this was allowed
 */
export function decisionOf(ask: Ask, found: { allowed: boolean; counted: number; leavesAtMs: number }): Decision {
  // Rounded up: a second too early would be refused again.
  const resetSeconds = Math.max(1, Math.ceil((found.leavesAtMs - ask.at.getTime()) / SECOND_MS));
  return {
    allowed: found.allowed,
    remaining: Math.max(0, ask.limit - found.counted),
    resetSeconds,
    retryAfterSeconds: found.allowed ? 0 : resetSeconds,
  };
}
