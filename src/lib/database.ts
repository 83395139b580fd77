import type { Prisma, PrismaClient } from '../../prisma/generated/client.ts';

/** The database as stores see it. Only files named `*-store.ts`, `outbox.ts` and `idempotency.ts` look inside. */
export type Database = {
  readonly client: PrismaClient;
  /** Runs `work` in one transaction (read committed). Its writes become visible together, or not at all. */
  readonly transact: <T>(work: (tx: Tx) => Promise<T>) => Promise<T>;
};

/** A running transaction, opaque to use cases: they hand it from store to store so that slices commit together. */
export type Tx = { readonly __brand: 'Tx' };

/** How long a transaction may wait for a connection, and run. Row locks are held for milliseconds; more means something is stuck. */
const TX_WAIT_MS = 10_000;
const TX_RUN_MS = 15_000;

/** `committed` is told after each commit, with the transaction that it ended. */
export function makeDatabase(client: PrismaClient, committed: (tx: Tx) => void = () => {}): Database {
  return {
    client,
    transact: async (work) => {
      let done: Tx | undefined;
      const value = await client.$transaction(
        (tx) => {
          done = wrapTx(tx);
          return work(done);
        },
        { maxWait: TX_WAIT_MS, timeout: TX_RUN_MS },
      );
      if (done) committed(done);
      return value;
    },
  };
}

/** For stores: the Prisma client of a running transaction. */
export function inTx(tx: Tx): Prisma.TransactionClient {
  return tx as unknown as Prisma.TransactionClient; // the brand hides Prisma from use cases; only wrapTx makes one
}

function wrapTx(tx: Prisma.TransactionClient): Tx {
  return tx as unknown as Tx; // see inTx
}
