import type { Announcement, Bus } from './pubsub.ts';

/** What a stream makes of the announcements that it hears. */
export type AnnouncementReader<T> = {
  /** Called for every announcement, also while a value is being taken. */
  hear(announcement: Announcement): void;
  /** Whether there is something to take. */
  ready(): boolean;
  /** The next value; `pass` goes on waiting, `end` ends the stream. What it throws ends the stream as well. */
  take(): Promise<{ readonly value: T } | 'pass' | 'end'>;
};

/** Sleeps until an announcement of the topic gives its reader something to take. Leaves the bus once it has ended, whoever ended it. */
export function announcementStream<T>(bus: Bus, topic: string, reader: AnnouncementReader<T>): AsyncIterableIterator<T> {
  let done = false;
  let wake: (() => void) | undefined;
  const leave = bus.listen(topic, (announcement) => {
    reader.hear(announcement);
    wake?.();
  });
  const end = () => {
    done = true;
    leave();
    wake?.();
    return { done: true, value: undefined } as const;
  };
  const endAndThrow = (fault: unknown): never => {
    end();
    throw fault;
  };
  return {
    async next() {
      for (;;) {
        while (!done && !reader.ready()) {
          await new Promise<void>((resolve) => {
            wake = resolve;
          });
        }
        if (done) return { done: true, value: undefined };
        const taken = await reader.take().catch(endAndThrow);
        if (taken === 'end') return end();
        if (taken !== 'pass') return { done: false, value: taken.value };
      }
    },
    return: async () => end(),
    throw: async (fault) => endAndThrow(fault),
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}
