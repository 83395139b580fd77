type Each<T> = {
  /** At a time. */
  readonly atOnce: number;
  readonly work: (item: T) => Promise<unknown>;
  /** Told of each that failed; it holds up no other. */
  readonly failed: (item: T, error: unknown) => void;
};

/** Begins `work` for all items in their order, at most `atOnce` at a time, and returns when all are over. */
export async function eachAtOnce<T>(items: readonly T[], { atOnce, work, failed }: Each<T>): Promise<void> {
  const rest = items.values(); // one for all runners: each takes the next
  const run = async () => {
    for (const item of rest) {
      try {
        await work(item);
      } catch (error) {
        failed(item, error);
      }
    }
  };
  await Promise.all(Array.from({ length: atOnce }, run));
}
