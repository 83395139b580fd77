import type { Database, Tx } from '../lib/database.ts';
import type { Visitor } from './visitor.ts';
import { inTx } from '../lib/database.ts';

/** TABLE: what the audit trail says of signing in. */
export const SECURITY_ACTIONS = [
  'account.signed_up',
  'sign_in.failed',
  'password.changed',
  'password.reset',
  'email.verified',
  'email.changed',
  'totp.set',
  'totp.removed',
  'passkey.added',
  'passkey.removed',
  'recovery_codes.made',
] as const;
export type SecurityAction = (typeof SECURITY_ACTIONS)[number];

export type SecurityLine = {
  readonly id: string;
  readonly action: SecurityAction;
  /** Null: nobody of ours. */
  readonly user: { readonly id: string; readonly accountId: string } | null;
  readonly visitor: Pick<Visitor, 'ip' | 'requestId'>;
  readonly at: Date;
};

/** In the commit of what it tells. */
export async function insertSecurityAudit(tx: Tx, line: SecurityLine): Promise<void> {
  await inTx(tx).auditEntry.create({ data: columnsOf(line) });
}

/** For what is seen, not done: the same id again is the same line. */
export async function insertSecurityAuditOnce(database: Database, line: SecurityLine): Promise<void> {
  await database.client.auditEntry.createMany({ data: [columnsOf(line)], skipDuplicates: true });
}

function columnsOf({ id, action, user, visitor, at }: SecurityLine) {
  const { ip, requestId } = visitor;
  const who = { accountId: user?.accountId ?? null, actor: user?.id ?? 'system', subjectId: user?.id ?? null };
  return { id, action, ...who, facts: {}, requestId, ip, createdAt: at };
}
