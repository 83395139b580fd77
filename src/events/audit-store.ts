import type { Tx } from '../lib/database.ts';
import type { Random } from '../lib/random.ts';
import { inTx } from '../lib/database.ts';
import { newId } from '../lib/ids.ts';

/** What was done by whom, for people who must find out later. Facts hold no secret. */
export type AuditEntry = {
  readonly id: string;
  readonly accountId: string | null;
  /** usr_…, key_…, `operator` or `system`. */
  readonly actor: string;
  readonly action: string;
  readonly subjectId: string | null;
  readonly facts: object;
  readonly at: Date;
};

/** Appends to the audit trail, in the commit of what it tells. Never altered. */
export async function recordAudit(tx: Tx, random: Random, entry: Omit<AuditEntry, 'id'>): Promise<void> {
  const { at, ...columns } = entry;
  await inTx(tx).auditEntry.create({ data: { ...columns, id: newId(random, 'audit'), createdAt: at } });
}
