import type { Database, Tx } from '../lib/database.ts';
import type { Random } from '../lib/random.ts';
import { inTx } from '../lib/database.ts';
import { newId } from '../lib/ids.ts';

/** One line of the audit trail, which only grows: who did what to which thing, for people who must find out later. Facts hold no secret. */
export type AuditEntry = {
  readonly id: string;
  /** Null: nobody of ours. */
  readonly accountId: string | null;
  /** usr_…, key_…, `operator` or `system`. */
  readonly actor: string;
  readonly action: string;
  readonly subjectId: string | null;
  readonly facts: object;
  /** Absent: no request asked for it. */
  readonly requestId?: string | null;
  /** Where a person's request came from; absent for programs. */
  readonly ip?: string;
  readonly at: Date;
};

/** Appends to the audit trail, in the commit of what it tells. */
export async function recordAudit(tx: Tx, random: Random, entry: Omit<AuditEntry, 'id'>): Promise<void> {
  await inTx(tx).auditEntry.create({ data: columnsOf({ ...entry, id: newId(random, 'audit') }) });
}

/** For what is seen, not done: the same id again is the same line, whichever process says it. */
export async function recordAuditOnce(database: Database, entry: AuditEntry): Promise<void> {
  await database.client.auditEntry.createMany({ data: [columnsOf(entry)], skipDuplicates: true });
}

function columnsOf({ at, ...columns }: AuditEntry) {
  return { ...columns, createdAt: at };
}

export type SeenLine = { readonly subjectId: string | null; readonly facts: unknown; readonly at: Date };

/** The newest lines of one action since then, newest first. */
export async function readAudit(
  database: Database,
  which: { readonly accountId: string; readonly action: string; readonly since: Date; readonly most: number },
): Promise<readonly SeenLine[]> {
  const { accountId, action, since, most } = which;
  const rows = await database.client.auditEntry.findMany({
    where: { accountId, action, createdAt: { gte: since } },
    orderBy: [{ createdAt: 'desc' }, { id: 'asc' }],
    take: most,
  });
  return rows.map(({ subjectId, facts, createdAt }) => ({ subjectId, facts, at: createdAt }));
}
