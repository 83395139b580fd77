/** What is told between processes: that something changed, never what. Readers re-read. */
export type Announcement = {
  readonly topic: string;
  readonly version: number;
  /** Which of the topic's things, where a topic has many. */
  readonly id?: string;
};

export type Bus = {
  readonly publish: (announcement: Announcement) => void;
  /** Registers at once; `listener` hears everything published from now on, here or in another process. */
  readonly listen: (topic: string, listener: (announcement: Announcement) => void) => () => void;
  readonly close: () => Promise<void>;
};

export type LocalBus = Bus & {
  /** Announcements may have been lost: every listener is told to look. */
  readonly rouse: () => void;
};

/** Announcements within one process. */
export function localBus(): LocalBus {
  const listeners = new Map<string, Set<(announcement: Announcement) => void>>();
  const publish = (announcement: Announcement) => {
    for (const listener of [...(listeners.get(announcement.topic) ?? [])]) listener(announcement);
  };
  return {
    publish,
    rouse: () => {
      for (const topic of [...listeners.keys()]) publish({ topic, version: 0 });
    },
    listen: (topic, listener) => {
      const set = listeners.get(topic) ?? new Set();
      listeners.set(topic, set.add(listener));
      return () => {
        set.delete(listener);
        if (set.size === 0 && listeners.get(topic) === set) listeners.delete(topic);
      };
    },
    close: async () => listeners.clear(),
  };
}
