/** The only door to the time of day. Business code takes a `Clock`, pure rules take `at: Date`. */
export type Clock = () => Date;

export const SECOND_MS = 1_000;
export const MINUTE_MS = 60 * SECOND_MS;
export const HOUR_MS = 60 * MINUTE_MS;
export const DAY_MS = 24 * HOUR_MS;

export const systemClock: Clock = () => new Date();

/** A clock that runs `offsetMs()` ahead of another: the sandbox moves time with it, a server aligns itself with its database. */
export function offsetClock(base: Clock, offsetMs: () => number): Clock {
  return () => new Date(base().getTime() + offsetMs());
}

export function addMs(at: Date, ms: number): Date {
  return new Date(at.getTime() + ms);
}

/** Milliseconds on a clock that only moves forward; for durations and deadlines of I/O, never for business. */
export function monotonicMs(): number {
  return performance.now();
}

/** Resolves after real time has passed (I/O pacing). Rejects with the signal's reason when it is aborted first. */
export function pause(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason);
    const onAbort = () => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', onAbort);
      resolve();
    }, ms);
    signal?.addEventListener('abort', onAbort, { once: true });
  });
}

/**
 * A pause that may be ended: `rest` then resolves at once; one at a time. For what ends hundreds of times a second: an aborted `pause` makes an
 * error with its stack each time.
 */
export function makeRest(): { readonly rest: (ms: number) => Promise<void>; readonly end: () => void } {
  let end = () => {};
  const rest = (ms: number) =>
    new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms);
      end = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  return { rest, end: () => end() };
}

/** Does it after real time has passed. Answers how to call that off: for limits that are nearly never reached. */
export function later(ms: number, act: () => void): () => void {
  const timer = setTimeout(act, ms);
  return () => clearTimeout(timer);
}

/**
 * A signal that is aborted after real time has passed, or with `within`. `done`: nobody waits any more. An `AbortSignal.timeout` cannot be told
 * so; where there are thousands a minute, each would go off long after its work, for nobody.
 */
export function deadline(ms: number, within?: AbortSignal): { readonly signal: AbortSignal; readonly done: () => void } {
  const over = new AbortController();
  const end = () => over.abort();
  const timer = setTimeout(end, ms).unref();
  within?.addEventListener('abort', end, { once: true });
  if (within?.aborted) end();
  const done = () => {
    clearTimeout(timer);
    within?.removeEventListener('abort', end);
  };
  return { signal: over.signal, done };
}

/** Reason of an abort that only ends a wait: with none given, each would make an error and its stack for nobody. */
export const IN_TIME = 'in time';

/** Resolves once the event loop has done what waits for it. */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
