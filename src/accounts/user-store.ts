import type { Database, Tx } from '../lib/database.ts';
import { inTx } from '../lib/database.ts';

/** Whether somebody signs in with this address, which is normalised. */
export async function hasUser({ client }: Database, email: string): Promise<boolean> {
  return (await client.user.findUnique({ where: { email }, select: { id: true } })) !== null;
}

/** Holds an address until the end of the transaction, against everybody else who makes an account for it or moves to it. */
export async function holdEmail(tx: Tx, email: string): Promise<void> {
  await inTx(tx).$executeRaw`SELECT pg_advisory_xact_lock(hashtextextended(${`email ${email}`}, 0))`;
}
