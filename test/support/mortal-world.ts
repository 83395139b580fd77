import type { RunningProcess } from '../../scripts/spawn-server.ts';
import type { Books } from './books.ts';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort, spawnAvopay, spawnSandbox } from '../../scripts/spawn-server.ts';
import { startDatabaseServer } from '../../src/database-server.ts';
import { makeLog } from '../../src/lib/log.ts';
import { readBooks } from './books.ts';

export const VICTIMS = ['avopay', 'sandbox'] as const;
export type Victim = (typeof VICTIMS)[number];

/** AvoPay as a process that is killed and started again, with its sandbox inside it or in a process of its own. */
export type MortalWorld = {
  readonly url: string;
  readonly secretKey: string;
  /** kill -9 to the process that this is in, then starts it again on the same folder. */
  readonly killAndRestart: (victim: Victim) => Promise<void>;
  /** Stops everything as Ctrl-C does; answers the exit codes and what is in the books then. */
  readonly close: (of: {
    accountId: string;
    wallet: Parameters<typeof readBooks>[2];
  }) => Promise<{ codes: (number | null)[]; books: Books }>;
  /** Whatever still runs ends; the folder goes. */
  readonly remove: () => Promise<void>;
};

export async function openMortalWorld({ isSandboxOutside }: { isSandboxOutside: boolean }): Promise<MortalWorld> {
  const folder = await mkdtemp(join(tmpdir(), 'avopay-kill-'));
  const [port, sandboxPort] = [await freePort(), await freePort()];
  const startSandbox = () => spawnSandbox({ folder: join(folder, 'far'), port: sandboxPort });
  const place = isSandboxOutside ? { sandboxUrl: `http://127.0.0.1:${sandboxPort}` } : {};
  const startAvopay = () => spawnAvopay({ dataDir: folder, port, ...place });
  let sandbox: RunningProcess | null = isSandboxOutside ? await startSandbox() : null;
  let avopay: RunningProcess | null = await startAvopay();
  const { secretKey } = avopay;
  const stop = async () => {
    const codes = [await avopay?.stop(), await sandbox?.stop()].filter((code) => code !== undefined);
    avopay = sandbox = null;
    return codes;
  };
  return {
    url: `http://127.0.0.1:${port}`,
    secretKey,
    async killAndRestart(victim) {
      if (victim === 'sandbox' && sandbox) {
        await sandbox.kill();
        sandbox = await startSandbox();
      } else {
        await avopay?.kill();
        avopay = await startAvopay();
      }
    },
    async close({ accountId, wallet }) {
      const codes = await stop();
      const database = await startDatabaseServer({ dataDir: folder, log: makeLog('silent') });
      const books = await readBooks(database.connectionString, accountId, wallet).finally(() => database.stop());
      return { codes, books };
    },
    async remove() {
      await stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
