import type { Database } from '../lib/database.ts';
import type { Random } from '../lib/random.ts';
import { newId } from '../lib/ids.ts';

/** Payers of plans see it. */
const OPERATOR_NAME = 'AvoPay';

/** The account that plans are paid to. There is one: whoever comes second to make it finds the first (rule P1). */
export async function findOrMakeOperator({ client }: Database, random: Random, at: Date): Promise<string> {
  const known = await client.account.findFirst({ where: { isOperator: true }, select: { id: true } });
  if (known) return known.id;
  const row = { status: 'active', isOperator: true, settings: {}, trialUsed: 0, eventSeq: 0n, version: 0, createdAt: at };
  await client.account.createMany({ data: [{ ...row, id: newId(random, 'account'), name: OPERATOR_NAME }], skipDuplicates: true });
  return (await client.account.findFirstOrThrow({ where: { isOperator: true }, select: { id: true } })).id;
}
