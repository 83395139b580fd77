import type { Database } from '../lib/database.ts';
import type { KeyRef } from './swap.ts';

type Deps = { readonly database: Database };

/** The era in use. Another one is another BIP32 account: old keys are retired, and kept for restore. */
export const KEY_ERA = 1;

/** Makes the era's row at the first start; later starts must bring the same seed. @throws Error on another seed. */
export async function ensureKeyEra(deps: Deps, fingerprint: string): Promise<void> {
  const client = deps.database.client;
  await client.keyIndex.createMany({ data: [{ era: KEY_ERA, nextIndex: 0, xpubFingerprint: fingerprint }], skipDuplicates: true });
  const row = await client.keyIndex.findUniqueOrThrow({ where: { era: KEY_ERA } });
  if (row.xpubFingerprint !== fingerprint) {
    throw new Error('the swap seed is not the one that this database was started with: swaps in flight could not be claimed');
  }
}

/** Takes the next key index; committed when it returns, so that no crash can hand it out twice. */
export async function reserveKeyIndex(deps: Deps): Promise<KeyRef> {
  const rows = await deps.database.client.$queryRaw<{ nextIndex: number }[]>`
    UPDATE "KeyIndex" SET "nextIndex" = "nextIndex" + 1 WHERE "era" = ${KEY_ERA} RETURNING "nextIndex"`;
  const next = rows[0]?.nextIndex;
  if (next === undefined) throw new Error('the key era has no row: the backend was not prepared');
  return { era: KEY_ERA, index: next - 1 };
}

/**
 * How many of the newest indexes in a row have no swap at a provider. Restore by xpub gives up after a gap of 150: in a long outage, when
 * every create is refused, indexes must not run away.
 */
export async function burntRun(deps: Deps): Promise<number> {
  const made = { keyEra: KEY_ERA, providerSwapId: { not: null } };
  const last = await deps.database.client.swap.findFirst({ where: made, select: { keyIndex: true }, orderBy: { keyIndex: 'desc' } });
  const row = await deps.database.client.keyIndex.findUnique({ where: { era: KEY_ERA }, select: { nextIndex: true } });
  return (row?.nextIndex ?? 0) - (last?.keyIndex ?? -1) - 1;
}

/**
 * Takes over the lowest index whose create a provider refused outright: no swap was ever made with it, nobody was shown its hash. The
 * refused row goes, the log keeps its story. Null: there is none.
 */
export async function reuseRefusedIndex(deps: Deps): Promise<KeyRef | null> {
  const rows = await deps.database.client.$queryRaw<{ keyIndex: number }[]>`
    DELETE FROM "Swap" WHERE "id" = (
      SELECT "id" FROM "Swap"
      WHERE "status" = 'rejected' AND "keyEra" = ${KEY_ERA} AND "leaseUntil" IS NULL AND starts_with("failure", ${REFUSED_OUTRIGHT})
      ORDER BY "keyIndex" LIMIT 1 FOR UPDATE SKIP LOCKED)
    RETURNING "keyIndex"`;
  const index = rows[0]?.keyIndex;
  return index === undefined ? null : { era: KEY_ERA, index };
}

/** How the failure of such a create begins. */
export const REFUSED_OUTRIGHT = 'provider_refused';
