import type { Swap as SwapRow } from '../../prisma/generated/client.ts';
import type { Database, Tx, Write } from '../lib/database.ts';
import type { Ask } from '../lib/row-statements.ts';
import type { Sealer } from '../lib/sealed.ts';
import type { Swap } from './swap.ts';
import { askIn, sharing } from '../lib/database.ts';
import { isTakenBack } from '../lib/shared-messages.ts';
import { countOf, findIn, firstOf, insertInto, rowsOf, statement, updateIn } from '../lib/row-statements.ts';
import { hashOfToken, hintTokenHash, isHinted } from './provider-hint.ts';
import { changedColumns, rowFromSwap, SWAP_COLUMNS, swapFromRow } from './swap-row-store.ts';

type Deps = { readonly database: Database; readonly sealer: Sealer };

/** Who may write: the holder of the lease whose fence is this one. A stale holder's writes match no row. */
export type Lease = Readonly<{ swapId: string; fence: bigint }>;

/** Lanes of their own (`Database.commit`): a look that begins waits for none that ends. */
const LOOKS = { begin: 'looks', end: 'looks that end' } as const;

/** Statuses in which a look can still change something. */
const LIVE = ['verified', 'lockup_seen', 'lockup_ok', 'claim_stored', 'revealed', 'claim_accepted', 'held'];

const insertRow = insertInto<Omit<SwapRow, 'requestJson'> & { requestJson: unknown }>('Swap', { json: ['requestJson'] });
const findRow = findIn<SwapRow>('Swap', SWAP_COLUMNS);
const lockRow = findIn<SwapRow>('Swap', SWAP_COLUMNS, { lock: true });
const changeRow = updateIn<SwapRow>('Swap');
const mustChangeRow = updateIn<SwapRow>('Swap', { must: true });
const findStatus = findIn<SwapRow>('Swap', ['id', 'status']);
const namedRows = statement<{ id: string; status: string; name: string }>(`
  SELECT "id", "status", "providerSwapId" AS "name" FROM "Swap" WHERE "provider" = $1 AND "providerSwapId" = ANY(ARRAY(SELECT unnest($2::text[])))`);
const COLUMNS = SWAP_COLUMNS.map((column) => `"${column}"`).join(', ');
/** A row that somebody writes just now is not waited for: it has a holder. */
const takeRow = statement<SwapRow>(`
  UPDATE "Swap" SET "fence" = "fence" + 1, "leaseUntil" = $1
  WHERE "id" = (SELECT "id" FROM "Swap" WHERE "id" = $2 AND ("leaseUntil" IS NULL OR "leaseUntil" < $3) FOR UPDATE SKIP LOCKED) RETURNING ${COLUMNS}`);
const FREE = `("leaseUntil" IS NULL OR "leaseUntil" < $1)`;
const dueRows = statement<Pick<SwapRow, 'id'>>(`
  SELECT "id" FROM "Swap" WHERE "nextLookAt" <= $1 AND ${FREE} AND "status" <> 'verified' ORDER BY "nextLookAt" LIMIT $2`);
const takeUnpaidRows = statement<SwapRow>(`
  UPDATE "Swap" SET "nextLookAt" = $2 WHERE "id" IN (
    SELECT "id" FROM "Swap" WHERE "nextLookAt" <= $1 AND ${FREE} AND "status" = 'verified' ORDER BY "nextLookAt" LIMIT $3 FOR UPDATE SKIP LOCKED)
  RETURNING ${COLUMNS}`);
const rowsOfSubject = statement<SwapRow>(`
  SELECT ${COLUMNS} FROM "Swap" WHERE "subjectId" = $1 ORDER BY "attempt" DESC`);

/** Inserts a fresh swap, owned by its maker from the start. A second insert for the same subject and attempt breaks a unique column: a fault. */
export async function insertSwap(deps: Deps, swap: Swap, times: { leaseUntil: Date; nextLookAt: Date }): Promise<Lease> {
  const row = rowFromSwap(deps.sealer, swap);
  const tokenHash = swap.request.webhook ? hintTokenHash(deps.sealer, swap.id) : null;
  await sharing(deps.database, 'new swaps')(insertRow({ ...row, ...times, fence: 1n, hintTokenHash: tokenHash }));
  return { swapId: swap.id, fence: 1n };
}

export async function findSwap(deps: Deps, swapId: string): Promise<Swap | null> {
  const row = await firstOf(deps.database.ask, findRow({ id: swapId }));
  return row && swapFromRow(deps.sealer, row);
}

/** Locks the row until the transaction ends: first in the lock order. */
export async function lockSwap(deps: Pick<Deps, 'sealer'>, tx: Tx, swapId: string): Promise<{ swap: Swap; fence: bigint } | null> {
  const row = await firstOf(askIn(tx), lockRow({ id: swapId }));
  return row && { swap: swapFromRow(deps.sealer, row), fence: row.fence };
}

/**
 * Compare-and-set on version and fence; also prolongs the lease, at whose end the swap is due: a holder that dies after this commit is
 * replaced by the sweep alone. `restUntil`: gives the lease back instead, and says when the swap is due. Asked inside a transaction, or alone.
 * False: someone else has written or owns it now.
 */
export async function saveSwap(deps: Pick<Deps, 'sealer'>, ask: Ask, change: SwapSave): Promise<boolean> {
  const { where, set } = columnsToSave(deps, change);
  return (await countOf(ask, changeRow(where, set))) === 1;
}

/** The same together with other writes, in a commit of this lane: all, or nothing. False: nothing, for whatever reason. */
export async function saveSwapWith(
  deps: Deps,
  change: SwapSave,
  { lane, writes }: { lane: string; writes: readonly Write[] },
): Promise<boolean> {
  const { where, set } = columnsToSave(deps, change);
  try {
    await deps.database.commit(lane, [mustChangeRow(where, set), ...writes]);
    return true;
  } catch (error) {
    if (isTakenBack(error)) return false;
    throw error;
  }
}

export type SwapSave = Readonly<{ before: Swap; after: Swap; fence: bigint; leaseUntil: Date; restUntil: Date | null }>;

function columnsToSave(deps: Pick<Deps, 'sealer'>, change: SwapSave) {
  const { before, after, fence, leaseUntil, restUntil } = change;
  // A create that nobody came back for was never shown: it may take longer than its lease, and is looked at much later (reserve-swap.ts).
  const due = after.status === 'requested' ? {} : { nextLookAt: leaseUntil };
  const lease = restUntil ? { leaseUntil: null, nextLookAt: restUntil } : { leaseUntil, ...due };
  const where = { id: before.id, version: before.version, fence };
  return { where, set: { ...changedColumns(deps.sealer, before, after), ...lease } };
}

/** Takes a swap to work on; null when another holder's lease still runs. */
export async function takeLease(deps: Deps, swapId: string, times: { at: Date; until: Date }): Promise<Lease | null> {
  return (await takeSwap(deps, swapId, times))?.lease ?? null;
}

/** The same, with the swap as it stands from then on: nobody else writes it. */
export async function takeSwap(deps: Deps, swapId: string, times: { at: Date; until: Date }): Promise<{ lease: Lease; swap: Swap } | null> {
  const row = await firstOf(sharing(deps.database, LOOKS.begin), takeRow(times.until, swapId, times.at));
  return row && { lease: { swapId, fence: row.fence }, swap: swapFromRow(deps.sealer, row) };
}

/** Gives the swap back and says when it must be looked at again; null = never. A stale holder changes nothing. */
export async function releaseLease(deps: Deps, lease: Lease, nextLookAt: Date | null): Promise<void> {
  const where = { id: lease.swapId, fence: lease.fence };
  await sharing(deps.database, LOOKS.end)(changeRow(where, { leaseUntil: null, nextLookAt }));
}

/** Frees every swap. Only for a process that knows itself to be alone: whoever held a lease is dead. What was being worked on is due. Fences go on counting. */
export async function endAllLeases(deps: Deps, at: Date): Promise<void> {
  const held = { leaseUntil: { not: null } };
  await deps.database.client.swap.updateMany({ where: { ...held, status: { in: LIVE } }, data: { leaseUntil: null, nextLookAt: at } });
  await deps.database.client.swap.updateMany({ where: held, data: { leaseUntil: null } });
}

/** At most so many swaps that are due, free, and that something has happened to, longest due first. */
export async function dueSwapIds(deps: Pick<Deps, 'database'>, at: Date, most: number): Promise<string[]> {
  const rows = await rowsOf(deps.database.ask, dueRows(at, most));
  return rows.map((row) => row.id);
}

/** An open invoice; `read` throws when its row is not a swap (`swapFromRow`). */
export type Unpaid = { readonly id: string; readonly read: () => Swap };

/** At most so many open invoices that are due, free, and that nobody was seen to pay. They are due again at `dueAt`, in the same statement. */
export async function takeUnpaid(deps: Deps, { at, dueAt, most }: { at: Date; dueAt: Date; most: number }): Promise<Unpaid[]> {
  const rows = await rowsOf(deps.database.ask, takeUnpaidRows(at, dueAt, most));
  return rows.map((row) => ({ id: row.id, read: () => swapFromRow(deps.sealer, row) }));
}

/** Says when an open invoice is due that is due at `from`; one that a look has put off otherwise meanwhile stays as it is. */
export async function postponeGlance(deps: Pick<Deps, 'database'>, swapId: string, { from, to }: { from: Date; to: Date }): Promise<void> {
  await deps.database.ask(changeRow({ id: swapId, status: 'verified', nextLookAt: from }, { nextLookAt: to }));
}

/** Every swap of a subject, newest attempt first. */
export async function swapsOfSubject(deps: Deps, subjectId: string): Promise<Swap[]> {
  const rows = await rowsOf(deps.database.ask, rowsOfSubject(subjectId));
  return rows.map((row) => swapFromRow(deps.sealer, row));
}

const UNIQUE_VIOLATION = '23505';

/** Whether a save failed because another swap of ours has this provider's id already. */
export function isProviderSwapIdTaken(error: unknown): boolean {
  if (!(error instanceof Error) || !('code' in error && 'constraint' in error)) return false;
  return error.code === UNIQUE_VIOLATION && error.constraint === 'Swap_provider_providerSwapId_key';
}

/** Which swaps of ours the provider means, by its names for them; without those of which it can tell us nothing any more. */
export async function findHinted(deps: Deps, provider: string, names: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const rows = await rowsOf(deps.database.ask, namedRows(provider, names));
  return new Map(rows.flatMap(({ id, status, name }) => (isHinted(status) ? [[name, id] as const] : [])));
}

/** Whose hint this is; null for a token that is not ours, of another provider, or of a swap of which nobody can tell us anything any more. */
export async function findByHintToken(deps: Deps, provider: string, token: string): Promise<string | null> {
  const hash = hashOfToken(deps.sealer, token);
  return hash && liveId(await firstOf(deps.database.ask, findStatus({ hintTokenHash: hash, provider })));
}

/** Strangers may send these: what is over is not looked at for them. */
function liveId(row: Pick<SwapRow, 'id' | 'status'> | null): string | null {
  return row && isHinted(row.status) && LIVE.includes(row.status) ? row.id : null;
}

/** The same by the provider's name for the swap, whichever of these providers it is at. */
export async function findHintedAtAny(deps: Deps, providers: readonly string[], providerSwapId: string): Promise<string | null> {
  for (const provider of providers) {
    const swapId = liveId(await firstOf(deps.database.ask, findStatus({ provider, providerSwapId })));
    if (swapId !== null) return swapId;
  }
  return null;
}

/** For the socket: what is worth listening to at a provider, newest first. */
export async function liveProviderSwapIds(deps: Deps, provider: string, limit: number): Promise<string[]> {
  const where = { provider, status: { in: LIVE } };
  const query = { where, select: { providerSwapId: true }, orderBy: { createdAt: 'desc' }, take: limit } as const;
  const rows = await deps.database.client.swap.findMany(query);
  return rows.flatMap((row) => row.providerSwapId ?? []);
}

/** The newest invoice that each subject was shown, while its swap is not over. */
export async function shownInvoices(
  deps: Deps,
  subjectIds: readonly string[],
): Promise<ReadonlyMap<string, { invoice: string; expiresAt: Date }>> {
  const where = { subjectId: { in: [...subjectIds] }, invoice: { not: null }, status: { notIn: ['expired', 'refunded', 'rejected'] } };
  const select = { subjectId: true, invoice: true, invoiceExpiresAt: true };
  const rows = await deps.database.client.swap.findMany({ where, select, orderBy: { attempt: 'asc' } });
  const shown = new Map<string, { invoice: string; expiresAt: Date }>();
  for (const { subjectId, invoice, invoiceExpiresAt } of rows) {
    if (invoice !== null && invoiceExpiresAt !== null) shown.set(subjectId, { invoice, expiresAt: invoiceExpiresAt });
  }
  return shown;
}
