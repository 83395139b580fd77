import type { Database, Tx } from '../lib/database.ts';
import { inTx } from '../lib/database.ts';

/** One line of the audit trail, which only grows: who did what to which thing. Never a secret. */
export type AuditLine = {
  readonly id: string;
  readonly accountId: string;
  /** usr_… | key_… | operator | system. */
  readonly actor: string;
  readonly action: string;
  readonly subjectId: string | null;
  readonly facts: object;
  readonly requestId: string | null;
  readonly at: Date;
};

/** In the commit of what it tells. */
export async function insertAudit(tx: Tx, { at, ...line }: AuditLine): Promise<void> {
  await inTx(tx).auditEntry.create({ data: { ...line, createdAt: at } });
}

/** For what is seen, not done: the same id again is the same line, whichever process says it. */
export async function insertAuditOnce(database: Database, { at, ...line }: AuditLine): Promise<void> {
  await database.client.auditEntry.createMany({ data: [{ ...line, createdAt: at }], skipDuplicates: true });
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
