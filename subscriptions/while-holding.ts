import type { Bus } from './pubsub.ts';

export type Holding = {
  readonly bus: Bus;
  /** Where it is announced that somebody's right may have ended. */
  readonly topic: string;
  /** Asked afresh at each announcement, and before each state is passed on: an announcement may be lost, and keys expire in silence. */
  readonly stillHolds: () => Promise<boolean>;
  /** Called once, when the stream is ended for it. */
  readonly lost: () => void;
};

const OVER = { done: true, value: undefined } as const;

/** The same stream for as long as its reader may read it. A reader that waits is told at once, whatever the stream itself is doing. */
export function whileHolding<T>(stream: AsyncIterable<T>, { bus, topic, stillHolds, lost }: Holding): AsyncIterableIterator<T> {
  const inner = stream[Symbol.asyncIterator]();
  let isOver = false;
  let wake: (() => void) | undefined;
  const finish = async () => {
    if (isOver) return;
    isOver = true;
    leave();
    wake?.();
    await inner.return?.();
  };
  const check = async () => {
    if (isOver || (await stillHolds())) return !isOver;
    if (!isOver) lost();
    await finish();
    return false;
  };
  // What cannot be asked now is asked before the next state; a fault there ends the stream.
  const leave = bus.listen(topic, () => void check().catch(() => {}));
  const step = async (): Promise<IteratorResult<T>> => {
    try {
      const state = await inner.next();
      if (!state.done) return (await check()) ? state : OVER;
    } catch (fault) {
      await finish();
      throw fault;
    }
    await finish();
    return OVER;
  };
  return {
    next: () => {
      if (isOver) return Promise.resolve(OVER);
      return new Promise((resolve, reject) => {
        wake = () => resolve(OVER);
        step().then(resolve, reject);
      });
    },
    return: async () => {
      await finish();
      return OVER;
    },
    throw: async (fault) => {
      await finish();
      throw fault;
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}
