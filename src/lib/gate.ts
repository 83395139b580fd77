/** Runs work behind a door that lets a few through at a time; the rest waits in line, and beyond the line's end is turned away. */
export type Gate = <T>(work: () => Promise<T>) => Promise<T>;

/** @param full makes what is thrown when the line is full */
export function makeGate(options: { readonly atOnce: number; readonly waitingMax: number; readonly full: () => Error }): Gate {
  let running = 0;
  const waiting: (() => void)[] = [];
  const enter = (): Promise<void> => {
    if (running < options.atOnce) {
      running += 1;
      return Promise.resolve();
    }
    if (waiting.length >= options.waitingMax) return Promise.reject(options.full());
    return new Promise((resolve) => waiting.push(resolve));
  };
  const leave = () => {
    const next = waiting.shift();
    if (next)
      next(); // the place is handed on, so `running` stays
    else running -= 1;
  };
  return async (work) => {
    await enter();
    try {
      return await work();
    } finally {
      leave();
    }
  };
}
