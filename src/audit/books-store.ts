import type { Database } from '../lib/database.ts';
import type { Check } from './checks.ts';
import { FINDINGS_MAX } from './checks.ts';

export type Checked = Readonly<{ examined: number; broken: readonly string[] }>;

/** Runs one check: how much it looked at, and what it found. Its texts are this program's own. */
export async function runCheck(database: Database, { of, broken }: Check, at: Date): Promise<Checked> {
  const times = broken.includes('$1') ? [at.toISOString()] : [];
  const [count] = await database.client.$queryRawUnsafe<{ count: bigint }[]>(`SELECT (${of})::bigint AS count`);
  const rows = await database.client.$queryRawUnsafe<{ id: string }[]>(
    `SELECT found.id::text AS id FROM (${broken}) found ORDER BY 1 LIMIT ${FINDINGS_MAX}`,
    ...times,
  );
  return { examined: Number(count?.count ?? 0n), broken: rows.map(({ id }) => id) };
}

export type OnChain = Readonly<{ id: string; txid: string; confirmed: boolean }>;

/** What must be on the chain: claims and credited coins, the newest first. */
export async function mustBeOnChain(database: Database, limit: number): Promise<readonly OnChain[]> {
  return database.client.$queryRaw<OnChain[]>`
    (SELECT id, "claimTxid" AS txid, status = 'claim_buried' AS confirmed FROM "Swap" WHERE status IN ('claim_accepted', 'claim_buried')
     ORDER BY "acceptedAt" DESC LIMIT ${limit})
    UNION ALL
    (SELECT id, txid, state = 'confirmed' AS confirmed FROM "LiquidReceipt" WHERE verdict = 'credited' AND state IN ('mempool', 'confirmed')
     ORDER BY "seenAt" DESC LIMIT ${limit})`;
}

/** When the books were last audited, by whichever process or hand; null: never. */
export async function lastAuditAt(database: Database, action: string): Promise<Date | null> {
  const row = await database.client.auditEntry.findFirst({ where: { accountId: null, action }, orderBy: { createdAt: 'desc' } });
  return row?.createdAt ?? null;
}
