import type { AccountMove } from './accounts/suspend-account.ts';
import type { NewEvent } from './events/event.ts';
import type { Config } from './config.ts';
import type { Database, StatementDoor, Tx } from './lib/database.ts';
import type { Log } from './lib/log.ts';
import { suspendAccount } from './accounts/suspend-account.ts';
import { DataFolderInUse, runningDatabase, startDatabaseServer } from './database-server.ts';
import { recordEvent } from './events/outbox.ts';
import { loadSealingKey } from './key-files.ts';
import { newId } from './lib/ids.ts';
import { systemRandom } from './lib/random.ts';
import { makeSealer } from './lib/sealed.ts';
import { systemClock } from './lib/time.ts';
import { migrate } from './migrate.ts';
import { openDatabase } from './open-database.ts';
import { settlingDeps } from './build-plans.ts';
import { findHeld } from './registrations/registration-store.ts';
import { releaseRegistration } from './registrations/release-registration.ts';
import { restoreBackup, takeBackup } from './operator-backup.ts';
import { withApp } from './operator-app.ts';
import { heldSwaps } from './swaps/held-swaps-store.ts';
import { releaseSwap } from './swaps/release-swap.ts';
import { resetWallet } from './wallets/reset-wallet.ts';

export type Operator = ReturnType<typeof operatorOn>;

export type OperatorDatabase = { readonly database: Database; readonly pool: StatementDoor };

/** What an operator does by hand, on a database. The server need not run; where it does, it finds the changes by itself. */
export function operatorOn({ database, pool }: OperatorDatabase, config: Config, log: Log, connectionString: string) {
  const random = systemRandom;
  const sealer = makeSealer(loadSealingKey(config, random), random);
  const place = { config, log, prisma: database.client, pool, connectionString };
  const common = { database, random, sealer, log, now: systemClock };
  const record = (tx: Tx, event: NewEvent) => recordEvent(tx, newId(random, 'event'), event);
  const silent = () => Promise.reject(new Error('releasing a swap means nothing to its payment')); // a bug would otherwise pass unseen
  return {
    resetWallet: (accountId: string) => resetWallet({ ...common, recordEvent: record }, accountId),
    suspendAccount: (accountId: string, move: AccountMove) => suspendAccount({ ...common, recordEvent: record }, accountId, move),
    heldSwaps: () => heldSwaps(database),
    heldRegistrations: () => findHeld(database),
    releaseRegistration: (subjectId: string) =>
      releaseRegistration({ ...settlingDeps(common, { sealer, record }), ...common, recordEvent: record }, subjectId),
    releaseSwap: (swapId: string) => releaseSwap({ ...common, onProgress: silent }, swapId),
    backUp: (file: string) => takeBackup({ ...common, config, connectionString }, file),
    restore: (file: string) => restoreBackup({ ...common, config, connectionString }, file),
    audit: () => withApp(place, (app) => app.audit()),
    /** A database that lost everything may be a new one: its tables are made first. */
    recover: async (how: { act: boolean }) => {
      await migrate(connectionString);
      return withApp(place, (app, seed) => app.recover(seed, how));
    },
  };
}

/** One command after another: it never needs more. */
const CONNECTIONS = 2;

/** Runs `work` on the database that the settings name: also on the embedded one, whether a server runs on it or not. */
export async function withOperator<T>(config: Config, log: Log, work: (operator: Operator) => Promise<T>): Promise<T> {
  const place = await reachDatabase(config, log);
  const { database, pool, close } = openDatabase({ connectionString: place.connectionString, max: CONNECTIONS });
  try {
    return await work(operatorOn({ database, pool }, config, log, place.connectionString));
  } finally {
    await close();
    await place.leave();
  }
}

type Place = { readonly connectionString: string; readonly leave: () => Promise<void> };

async function reachDatabase(config: Config, log: Log): Promise<Place> {
  const named = config.DATABASE_URL?.reveal();
  if (named) return { connectionString: named, leave: async () => {} };
  try {
    const embedded = await startDatabaseServer({ dataDir: config.DATA_DIR, log });
    await migrate(embedded.connectionString);
    return { connectionString: embedded.connectionString, leave: embedded.stop };
  } catch (error) {
    if (!(error instanceof DataFolderInUse)) throw error;
    const { connectionString, remove } = runningDatabase(config.DATA_DIR);
    return { connectionString, leave: async () => remove() };
  }
}
