import type { Refusal } from '../lib/refusal.ts';
import type { Result } from '../lib/result.ts';
import type { Secret } from '../lib/secret.ts';
import type { Account } from './account.ts';
import type { AccountChanges } from './account-input.ts';
import type { KeyAsker, ManageKeysDeps } from './manage-keys.ts';
import { recordAudit } from '../events/audit-store.ts';
import { ok, refuse } from '../lib/result.ts';
import { changedFields, parseAccountChanges } from './account-input.ts';
import { readAccount, readPasswordHashes, saveAccount } from './account-store.ts';
import { lockAccount } from './api-key-store.ts';
import { verifyPassword } from './password.ts';

export type ChangeAccountDeps = Pick<ManageKeysDeps, 'now' | 'random' | 'database' | 'recordEvent' | 'allowHttp'>;

/** Changes name, look or settings of an account, with a line in the audit trail, in one commit. Payments that are open keep what they were made with. */
export async function updateAccount(deps: ChangeAccountDeps, asker: KeyAsker, changes: AccountChanges): Promise<Result<Account, Refusal>> {
  return deps.database.transact(async (tx) => {
    await lockAccount(tx, asker.accountId);
    const account = await readAccount(tx, asker.accountId);
    if (!account) throw new Error(`no account ${asker.accountId}`);
    const next = parseAccountChanges(account, changes, { allowHttp: deps.allowHttp });
    if (!next.ok) return next;
    const changed = changedFields(account, next.value);
    if (changed.length === 0) return ok(account);
    const after = { ...account, ...next.value };
    await saveAccount(tx, after);
    await audit(deps, { tx, asker, action: 'account.updated', facts: { changed } });
    return ok(after);
  });
}

const WRONG_PASSWORD: Refusal = { kind: 'forbidden', code: 'wrong_password', message: 'The password is not right', field: 'password' };

/**
 * Closes an account for good: its keys open nothing any more and its links are gone. Payments that are open go on to their end, and are
 * announced. Asks for the password once more, so that no key and no forgotten browser can do it alone.
 */
export async function closeAccount(deps: ChangeAccountDeps, asker: KeyAsker, password: Secret<string>): Promise<Result<void, Refusal>> {
  const { accountId, requestId } = asker;
  const hashes = await readPasswordHashes(deps.database, accountId);
  const matches = await Promise.all(hashes.map((hash) => verifyPassword(hash, password)));
  if (!matches.includes(true)) return refuse(WRONG_PASSWORD);
  return deps.database.transact(async (tx) => {
    await lockAccount(tx, accountId);
    const account = await readAccount(tx, accountId);
    if (account?.status !== 'active') return ok(undefined);
    const at = deps.now();
    await saveAccount(tx, { ...account, status: 'closed' });
    await audit(deps, { tx, asker, action: 'account.closed', facts: {} });
    const event = { accountId, type: 'account.closed', subjectId: accountId, subjectVersion: 0, facts: {}, webhookBody: null } as const;
    await deps.recordEvent(tx, { ...event, requestId, at });
    return ok(undefined);
  });
}

type Line = { readonly tx: Parameters<typeof recordAudit>[0]; readonly asker: KeyAsker; readonly action: string; readonly facts: object };

function audit({ random, now }: ChangeAccountDeps, { tx, asker, action, facts }: Line): Promise<void> {
  const { accountId, actor, requestId } = asker;
  return recordAudit(tx, random, { accountId, actor, action, subjectId: accountId, facts, requestId, at: now() });
}
