/** A stream of batches as a stream of their items. Ending it ends the batches at once, also while it waits for one. */
export function oneByOne<T>(batches: AsyncIterableIterator<readonly T[]>): AsyncIterableIterator<T> {
  const waiting: T[] = [];
  return {
    async next() {
      for (;;) {
        if (waiting.length > 0) return { done: false, value: waiting.shift() as T }; // there is one
        const batch = await batches.next();
        if (batch.done) return { done: true, value: undefined };
        waiting.push(...batch.value);
      }
    },
    return: async () => {
      await batches.return?.();
      return { done: true, value: undefined };
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}

/**
 * What lies behind a place that grows: read whenever `ticks` says that there may be more, and again at once for as long as batches come full.
 * At most one batch is in memory.
 */
export function batchesOf<T>(
  ticks: AsyncIterableIterator<unknown>,
  source: { readonly read: () => Promise<readonly T[]>; readonly full: number },
): AsyncIterableIterator<readonly T[]> {
  let behind = false;
  return {
    async next() {
      if (!behind && (await ticks.next()).done) return { done: true, value: undefined };
      const value = await source.read().catch(async (fault: unknown) => {
        await ticks.return?.();
        throw fault;
      });
      behind = value.length === source.full;
      return { done: false, value };
    },
    return: async () => {
      await ticks.return?.();
      return { done: true, value: undefined };
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}
