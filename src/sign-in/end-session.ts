import type { SessionHolder } from '../accounts/caller.ts';
import type { SessionRow } from '../accounts/session-store.ts';
import type { Refusal } from '../lib/refusal.ts';
import type { Result } from '../lib/result.ts';
import type { SignInDeps } from './deps.ts';
import type { Visitor } from './visitor.ts';
import { sessionIdOf } from '../accounts/session.ts';
import { endAllSessions, endSessionOf, endSessions, listSessions } from '../accounts/session-store.ts';
import { ok, refuse } from '../lib/result.ts';

export type ShownSession = Pick<SessionRow, 'ip' | 'userAgent' | 'lastSeenAt' | 'createdAt' | 'expiresAt'> & { readonly id: string };

const SESSION_NOT_FOUND: Refusal = { kind: 'not-found', code: 'session_not_found', message: 'Session not found' };

/** A person's browsers, the latest first. */
export async function showSessions(deps: Pick<SignInDeps, 'database' | 'now'>, userId: string): Promise<readonly ShownSession[]> {
  const rows = await listSessions(deps.database, userId, deps.now());
  return rows.map(({ idHash, ip, userAgent, lastSeenAt, createdAt, expiresAt }) => {
    return { id: sessionIdOf(idHash), ip, userAgent, lastSeenAt, createdAt, expiresAt };
  });
}

/** Signs one browser of the person out: at its next request it is nobody. */
export async function endSession(deps: SignInDeps, person: SessionHolder, id: string): Promise<Result<void, Refusal>> {
  const at = deps.now();
  const rows = await listSessions(deps.database, person.userId, at);
  const hashes = rows.filter((row) => sessionIdOf(row.idHash) === id).map(({ idHash }) => idHash);
  const ended = await deps.database.transact((tx) => endSessions(tx, { userId: person.userId, hashes, at }));
  deps.sessionsEnded(person.accountId);
  return ended === 1 ? ok(undefined) : refuse(SESSION_NOT_FOUND);
}

/** Signs this browser out, or every one. */
export async function signOut(deps: SignInDeps, person: SessionHolder, everywhere: boolean, visitor: Visitor): Promise<void> {
  const at = deps.now();
  await deps.database.transact(async (tx) => {
    if (everywhere) await endAllSessions(tx, { userId: person.userId, except: [], at });
    else if (visitor.session !== null) await endSessionOf(tx, deps.hash('session', visitor.session), at);
  });
  deps.sessionsEnded(person.accountId);
}
