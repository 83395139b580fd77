import type { Database } from '../lib/database.ts';

/** Whether somebody signs in with this address, which is normalised. */
export async function hasUser({ client }: Database, email: string): Promise<boolean> {
  return (await client.user.findUnique({ where: { email }, select: { id: true } })) !== null;
}
