/**
 * Does together what comes together: while one batch is under way, what comes is kept for the next, and what comes alone is done at once.
 * `work` answers its items in their order; when it throws, all of that batch hear it. `begin`: a batch is what has come when this is over; who asks
 * in the same breath belongs to it.
 */
export function batched<Item, T>(
  work: (items: readonly Item[]) => Promise<readonly T[]>,
  begin: () => Promise<void> = () => Promise.resolve(),
): (item: Item) => Promise<T> {
  type Waiting = { readonly item: Item; readonly resolve: (answer: T) => void; readonly reject: (error: unknown) => void };
  let waiting: Waiting[] = [];
  let isRunning = false;
  const run = async () => {
    while (waiting.length > 0) {
      await begin();
      const batch = waiting;
      waiting = [];
      await answer(batch);
    }
    isRunning = false;
  };
  const answer = async (batch: readonly Waiting[]) => {
    try {
      const answers = await work(batch.map(({ item }) => item));
      for (const [at, { resolve }] of batch.entries()) resolve(answers[at] as T); // one for each item
    } catch (error) {
      for (const { reject } of batch) reject(error);
    }
  };
  return (item) =>
    new Promise((resolve, reject) => {
      waiting.push({ item, resolve, reject });
      if (isRunning) return;
      isRunning = true;
      void run();
    });
}
