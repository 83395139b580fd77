/** Runs tasks one after the other, in the order of the calls. A task that fails does not stop the next. */
export function makeQueue(): { enqueue<T>(task: () => Promise<T>): Promise<T>; drained(): Promise<void> } {
  let last: Promise<unknown> = Promise.resolve();
  return {
    enqueue(task) {
      const run = last.then(task);
      last = run.catch(() => undefined); // its caller hears of it
      return run;
    },
    async drained() {
      await last;
    },
  };
}
