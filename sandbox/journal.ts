import { mkdir, open } from 'node:fs/promises';
import { dirname } from 'node:path';

/** What the sandbox remembers: one JSON value per line, appended and never changed. */
export type Journal<T> = {
  /** What was there when the journal was opened, oldest first. */
  readonly entries: readonly T[];
  /** Resolves once the entry is on the disk. Entries become durable in the order of the calls. */
  append(entry: T): Promise<void>;
  /** Waits for what was appended, then lets go of the file. */
  close(): Promise<void>;
};

type Waiting = { readonly line: string; readonly done: () => void; readonly failed: (reason: unknown) => void };

/**
 * Opens the journal at `path` and reads it back; the folder and the file are made when missing. A last line without its line end was torn
 * by a kill before it was acknowledged: it is cut off. Entries must survive JSON (no bigint).
 * @throws Error when a line before the last one is damaged: then the file was altered, and nothing in it can be trusted.
 */
export async function openJournal<T>(path: string): Promise<Journal<T>> {
  await mkdir(dirname(path), { recursive: true });
  const file = await open(path, 'a+', 0o600);
  try {
    const bytes = await file.readFile();
    const whole = bytes.lastIndexOf(0x0a) + 1;
    if (whole < bytes.length) await file.truncate(whole);
    const entries = parseLines<T>(bytes.toString('utf8', 0, whole), path);
    await syncFolder(dirname(path));
    return { entries, ...makeWriter<T>(file) };
  } catch (error) {
    await file.close();
    throw error;
  }
}

function parseLines<T>(text: string, path: string): T[] {
  const lines = text.split('\n').slice(0, -1);
  return lines.map((line, index) => {
    try {
      return JSON.parse(line) as T; // our own line: only `append` writes here
    } catch {
      throw new Error(`${path}: line ${index + 1} is damaged`);
    }
  });
}

/** Entries that wait while the disk is busy are written and synced together: a hundred of them cost two syncs, not a hundred. */
function makeWriter<T>(file: Awaited<ReturnType<typeof open>>): Pick<Journal<T>, 'append' | 'close'> {
  let waiting: Waiting[] = [];
  let running: Promise<void> | null = null;
  let broken: unknown = null;
  let closed = false;

  async function drain(): Promise<void> {
    await null; // lets `running` be set before anything can fail
    while (waiting.length > 0) {
      const batch = waiting;
      waiting = [];
      try {
        if (broken !== null) throw broken;
        await file.appendFile(batch.map(({ line }) => line).join(''));
        await file.datasync();
        for (const { done } of batch) done();
      } catch (error) {
        broken = error; // after a failed sync nobody knows what is on the disk: nothing more is acknowledged
        for (const { failed } of batch) failed(error);
      }
    }
    running = null;
  }

  return {
    append(entry) {
      if (closed) return Promise.reject(new Error('the journal is closed'));
      return new Promise((done, failed) => {
        waiting.push({ line: `${JSON.stringify(entry)}\n`, done, failed });
        running ??= drain();
      });
    },
    async close() {
      if (closed) return;
      closed = true;
      if (running) await running;
      await file.close();
    },
  };
}

/** A new file is only durable once its folder is. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
