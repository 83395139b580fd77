import type { Database, Tx } from '../lib/database.ts';
import type { KeyRef } from './swap.ts';
import { inTx, sharing } from '../lib/database.ts';
import { firstOf, statement, statementForMany } from '../lib/row-statements.ts';

type Deps = { readonly database: Database };

/** Where a database without a history begins. Each later era is another BIP32 account: old keys are retired, and kept for restore. */
export const FIRST_ERA = 1;

/**
 * Makes the first era's row at the first start; later starts must bring the same seed. The era in use is the highest.
 * @throws Error on another seed.
 */
export async function ensureKeyEra(deps: Deps, fingerprintOf: (era: number) => Promise<string>): Promise<void> {
  const client = deps.database.client;
  const rows = await client.keyIndex.findMany();
  if (rows.length === 0) {
    const first = { era: FIRST_ERA, nextIndex: 0, xpubFingerprint: await fingerprintOf(FIRST_ERA) };
    await client.keyIndex.createMany({ data: [first], skipDuplicates: true });
  }
  for (const row of await client.keyIndex.findMany()) {
    if (row.xpubFingerprint === (await fingerprintOf(row.era))) continue;
    throw new Error('the swap seed is not the one that this database was started with: swaps in flight could not be claimed');
  }
}

/** Opens an era above all that were used: every index of it is fresh, whatever was given out after the records that are left. */
export async function openKeyEra(tx: Tx, era: number, fingerprint: string): Promise<void> {
  await inTx(tx).keyIndex.createMany({ data: [{ era, nextIndex: 0, xpubFingerprint: fingerprint }], skipDuplicates: true });
}

/** The eras on record, the one in use last. */
export async function keyEras(deps: Deps): Promise<readonly { era: number; nextIndex: number }[]> {
  return deps.database.client.keyIndex.findMany({ select: { era: true, nextIndex: true }, orderBy: { era: 'asc' } });
}

type Taken = { readonly era: number; readonly nextIndex: number };

const takeNext = statement<Taken>(`
  UPDATE "KeyIndex" SET "nextIndex" = "nextIndex" + 1 WHERE "era" = (SELECT max("era") FROM "KeyIndex") RETURNING "era", "nextIndex"`);
/** The first of several decides for all: a run may so become longer by as many as are taken at once, which is far from the gap of 150. */
const takeNextUnlessBurnt = statementForMany<Taken>(
  (count) => `
  UPDATE "KeyIndex" k SET "nextIndex" = k."nextIndex" + ${count} WHERE k."era" = (SELECT max("era") FROM "KeyIndex")
    AND k."nextIndex" - 1 - coalesce((
      SELECT s."keyIndex" FROM "Swap" s WHERE s."keyEra" = k."era" AND s."providerSwapId" IS NOT NULL ORDER BY s."keyIndex" DESC LIMIT 1), -1) < $1::int
  RETURNING k."era", k."nextIndex"`,
  ({ rows }, count) =>
    Array.from({ length: count }, (_, nth) => ({ rows: rows.map((row) => nthOf(row as Taken, count - 1 - nth)), count: rows.length })),
);

function nthOf({ era, nextIndex }: Taken, before: number): Taken {
  return { era, nextIndex: nextIndex - before };
}

/** All that take one wait for the same row. */
const LANE = 'key index';

/** Takes the next key index; committed when it returns, so that no crash can hand it out twice. */
export async function reserveKeyIndex(deps: Deps): Promise<KeyRef> {
  const next = await firstOf(sharing(deps.database, LANE), takeNext());
  if (next === null) throw new Error('the key era has no row: the backend was not prepared');
  return refOf(next);
}

/** The same, while fewer than `burntMax` of the newest indexes in a row have no swap at a provider (see `burntRun`); else null. */
export async function reserveFreshIndex(deps: Deps, burntMax: number): Promise<KeyRef | null> {
  const next = await firstOf(sharing(deps.database, LANE), takeNextUnlessBurnt(burntMax));
  return next && refOf(next);
}

function refOf(next: Taken): KeyRef {
  return { era: next.era, index: next.nextIndex - 1 };
}

/**
 * How many of the newest indexes in a row have no swap at a provider. Restore by xpub gives up after a gap of 150: in a long outage, when
 * every create is refused, indexes must not run away.
 */
export async function burntRun(deps: Deps): Promise<number> {
  const current = await deps.database.client.keyIndex.findFirst({ orderBy: { era: 'desc' } });
  if (!current) return 0;
  const made = { keyEra: current.era, providerSwapId: { not: null } };
  const last = await deps.database.client.swap.findFirst({ where: made, select: { keyIndex: true }, orderBy: { keyIndex: 'desc' } });
  return current.nextIndex - (last?.keyIndex ?? -1) - 1;
}

/**
 * Takes over the lowest index whose create a provider refused outright: no swap was ever made with it, nobody was shown its hash. The
 * refused row goes, the log keeps its story. Null: there is none.
 */
export async function reuseRefusedIndex(deps: Deps): Promise<KeyRef | null> {
  const rows = await deps.database.client.$queryRaw<{ keyEra: number; keyIndex: number }[]>`
    DELETE FROM "Swap" WHERE "id" = (
      SELECT "id" FROM "Swap"
      WHERE "status" = 'rejected' AND "keyEra" = (SELECT max("era") FROM "KeyIndex") AND "leaseUntil" IS NULL AND starts_with("failure", ${REFUSED_OUTRIGHT})
      ORDER BY "keyIndex" LIMIT 1 FOR UPDATE SKIP LOCKED)
    RETURNING "keyEra", "keyIndex"`;
  const taken = rows[0];
  return taken === undefined ? null : { era: taken.keyEra, index: taken.keyIndex };
}

/** How the failure of such a create begins. */
export const REFUSED_OUTRIGHT = 'provider_refused';
