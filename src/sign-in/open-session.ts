import type { SessionRow } from '../accounts/session-store.ts';
import type { Tx } from '../lib/database.ts';
import type { Random } from '../lib/random.ts';
import type { Sealer } from '../lib/sealed.ts';
import type { User } from './user.ts';
import type { Visitor } from './visitor.ts';
import { SESSION_MS, SESSION_TOKEN_BYTES } from '../accounts/session.ts';
import { endSessionOf, insertSession } from '../accounts/session-store.ts';
import { addMs } from '../lib/time.ts';

export type OpenSessionDeps = { readonly random: Random; readonly hash: Sealer['hash'] };
/** What a browser is given: the token exists nowhere else. */
export type OpenedSession = { readonly token: string; readonly expiresAt: Date };

/**
 * A new session under a token of ours, whatever token the browser came with; the one it held ends, so that no browser collects sessions and
 * nobody can plant one.
 */
export async function openSession(
  deps: OpenSessionDeps,
  tx: Tx,
  opening: {
    readonly user: Pick<User, 'id' | 'accountId'>;
    readonly visitor: Visitor;
    readonly withSecondFactor: boolean;
    readonly at: Date;
  },
): Promise<OpenedSession> {
  const { user, visitor, withSecondFactor, at } = opening;
  if (visitor.session !== null) await endSessionOf(tx, deps.hash('session', visitor.session), at);
  const token = Buffer.from(deps.random(SESSION_TOKEN_BYTES)).toString('base64url');
  const expiresAt = addMs(at, SESSION_MS);
  const row: SessionRow = {
    idHash: deps.hash('session', token),
    userId: user.id,
    accountId: user.accountId,
    secondFactorAt: withSecondFactor ? at : null,
    lastSeenAt: at,
    expiresAt,
    ip: visitor.ip,
    userAgent: visitor.userAgent,
    createdAt: at,
  };
  await insertSession(tx, row);
  return { token, expiresAt };
}
