import type { Log } from '../lib/log.ts';
import { monotonicMs, pause } from '../lib/time.ts';

export type HintIntake = {
  /** Takes a caller's token and answers at once, whatever it is worth. Never throws. */
  take(provider: string, token: string): void;
  /** Forgets what waits. */
  stop(): Promise<void>;
};

export type IntakeDeps = {
  readonly log: Log;
  /** The live swap of this provider and token; null for anything else. */
  readonly find: (provider: string, token: string) => Promise<string | null>;
  readonly lookSoon: (swapId: string) => void;
};

/** One swap is looked at this often at most, however many hints come: strangers must not make us hammer provider and chain. */
export const HINT_GAP_MS = 2_000;
/** Lookups of tokens at once: a flood of forged ones must leave requests their database connections. */
const LOOKUPS_AT_ONCE = 2;
/** Distinct tokens that wait for a lookup. What does not fit is dropped: the sweep would be enough alone. */
const WAITING_MAX = 1_000;

/** Hints of providers, coalesced: the first is followed at once, those of the next two seconds together at their end, so that none is lost. */
export function hintIntake(deps: IntakeDeps): HintIntake {
  const waiting = new Map<string, { provider: string; token: string }>();
  const resting = new Map<string, { again: boolean }>();
  const stopping = new AbortController();
  const lookups = new Set<Promise<void>>();

  const follow = (swapId: string) => {
    const rest = resting.get(swapId);
    if (rest) {
      rest.again = true;
      return;
    }
    resting.set(swapId, { again: false });
    deps.lookSoon(swapId);
    void restThenFollow(swapId);
  };
  const restThenFollow = async (swapId: string) => {
    const end = monotonicMs() + HINT_GAP_MS;
    while (monotonicMs() < end && !stopping.signal.aborted) {
      await pause(Math.max(1, end - monotonicMs()), stopping.signal).catch(() => undefined); // stopped: nothing more is followed
    }
    const again = resting.get(swapId)?.again === true;
    resting.delete(swapId);
    if (again && !stopping.signal.aborted) follow(swapId);
  };
  const drain = () => {
    for (const [key, { provider, token }] of waiting) {
      if (lookups.size >= LOOKUPS_AT_ONCE) return;
      waiting.delete(key);
      const lookup = deps
        .find(provider, token)
        .then((swapId) => {
          if (swapId !== null && !stopping.signal.aborted) follow(swapId);
        })
        .catch((error: unknown) => deps.log.warn({ err: error, provider }, 'a hint could not be followed'))
        .finally(() => {
          lookups.delete(lookup);
          drain();
        });
      lookups.add(lookup);
    }
  };
  return {
    take(provider, token) {
      const key = `${provider}\0${token}`;
      if (stopping.signal.aborted || (waiting.size >= WAITING_MAX && !waiting.has(key))) return;
      waiting.set(key, { provider, token });
      drain();
    },
    async stop() {
      stopping.abort(new Error('stopped'));
      waiting.clear();
      await Promise.allSettled(lookups);
    },
  };
}
