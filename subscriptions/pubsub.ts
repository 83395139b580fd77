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

/** Announcements within one process. */
export function localBus(): Bus {
  const listeners = new Map<string, Set<(announcement: Announcement) => void>>();
  return {
    publish: (announcement) => {
      for (const listener of [...(listeners.get(announcement.topic) ?? [])]) listener(announcement);
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
