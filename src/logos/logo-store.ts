import type { Database, Tx } from '../lib/database.ts';
import type { Logo } from './logo.ts';
import { inTx } from '../lib/database.ts';

/** Null takes the logo away. Call with the account locked. */
export async function saveLogo(tx: Tx, accountId: string, logo: Logo | null): Promise<void> {
  const data = { logo: logo?.bytes ?? null, logoHash: logo?.hash ?? null, version: { increment: 1 } };
  await inTx(tx).account.update({ where: { id: accountId }, data });
}

/** Whoever's it is: the hash names the picture, not the shop. Null when nobody has it any more. */
export async function findLogo({ client }: Database, hash: string): Promise<Uint8Array | null> {
  const row = await client.account.findFirst({ where: { logoHash: hash }, select: { logo: true } });
  return row?.logo ?? null;
}
