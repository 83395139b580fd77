/**
 * The server's time in the browser: what the server said, plus the time passed on a clock that nobody can set. The device's own clock and
 * time zone are never asked.
 */
export type ServerClock = { readonly nowMs: () => number; readonly sync: (serverTimeMs: number) => void };

/** `heardAtMs`: when `serverTimeMs` was heard, on the clock of `monotonicMs`. */
export function startServerClock(serverTimeMs: number, heardAtMs: number, monotonicMs: () => number): ServerClock {
  let offsetMs = serverTimeMs - heardAtMs;
  return {
    nowMs: () => offsetMs + monotonicMs(),
    sync(heardMs) {
      offsetMs = heardMs - monotonicMs();
    },
  };
}
