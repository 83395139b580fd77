import type { Database } from './lib/database.ts';
import { PrismaPg } from '@prisma/adapter-pg';
import { PrismaClient } from '../prisma/generated/client.ts';
import { DirectPool, type DirectPoolOptions } from './direct-pool.ts';
import { makeDatabase } from './lib/database.ts';
import { statementNames } from './lib/statement-names.ts';

/** Statements of Prisma's that each connection keeps prepared: all of them, with room for lists of a few lengths. Some 10 KiB each on the server. */
const STATEMENTS_MAX = 500;

/** `close` ends Prisma and the pool. */
export type OpenDatabase = Readonly<{ prisma: PrismaClient; pool: DirectPool; database: Database; close: () => Promise<void> }>;
export type PrismaOptions = {
  /** Told of every statement that Prisma sends. */
  readonly onPrismaQuery?: (query: { readonly query: string; readonly params: string }) => void;
  /** Names of Prisma's statements: one set for each set of connections. */
  readonly names?: ReturnType<typeof prismaNames>;
};

/** Prisma on a pool that hot statements go through as well. Nothing is connected before the first statement. */
export function openDatabase(options: DirectPoolOptions & PrismaOptions): OpenDatabase {
  const { onPrismaQuery, ...rest } = options;
  const pool = new DirectPool(rest);
  const prisma = prismaOn(pool, onPrismaQuery ? { onPrismaQuery } : {});
  const close = async () => {
    await prisma.$disconnect();
    if (!pool.ending) await pool.end(); // Prisma asked nothing, so it ends nothing
  };
  return { prisma, pool, database: makeDatabase(prisma, pool), close };
}

/** Prisma's client on a pool, which ends with it. */
export function prismaOn(pool: DirectPool, { onPrismaQuery, names = prismaNames() }: PrismaOptions): PrismaClient {
  const adapter = new PrismaPg(pool, { disposeExternalPool: true, statementNameGenerator: names });
  if (!onPrismaQuery) return new PrismaClient({ adapter });
  const telling = new PrismaClient({ adapter, log: [{ emit: 'event', level: 'query' }] });
  telling.$on('query', onPrismaQuery);
  return telling as unknown as PrismaClient; // the same client, which also tells of its queries
}

export function prismaNames() {
  return statementNames(STATEMENTS_MAX);
}
