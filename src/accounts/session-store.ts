import type { Database, Tx } from '../lib/database.ts';
import type { SessionHolder } from './caller.ts';
import { inTx } from '../lib/database.ts';
import { addMs, MINUTE_MS } from '../lib/time.ts';
import { SESSION_IDLE_MS, sessionIdOf } from './session.ts';

/** `lastSeenAt` may lag this far behind: a write a minute keeps it off the hot path. */
const SEEN_EVERY_MS = MINUTE_MS;

export type SessionRow = {
  readonly idHash: Uint8Array<ArrayBuffer>;
  readonly userId: string;
  readonly accountId: string;
  readonly secondFactorAt: Date | null;
  readonly lastSeenAt: Date;
  readonly expiresAt: Date;
  readonly ip: string;
  readonly userAgent: string;
  readonly createdAt: Date;
};

export async function insertSession(tx: Tx, row: SessionRow): Promise<void> {
  await inTx(tx).session.create({ data: row });
}

/** Who holds a session; null when it is unknown, ended, or has been idle for too long, or when the account is not active. */
export async function findSessionHolder(database: Database, hash: Uint8Array<ArrayBuffer>, at: Date): Promise<SessionHolder | null> {
  const row = await database.client.session.findFirst({
    where: { idHash: hash, ...alive(at), user: { account: { status: 'active' } } },
  });
  if (!row) return null;
  if (at.getTime() - row.lastSeenAt.getTime() > SEEN_EVERY_MS) {
    await database.client.session.updateMany({ where: { idHash: hash, lastSeenAt: { lt: at } }, data: { lastSeenAt: at } });
  }
  const { userId, accountId, createdAt } = row;
  return { kind: 'session', mode: 'live', userId, accountId, sessionId: sessionIdOf(row.idHash), recentAt: createdAt };
}

/** A person's living sessions, the latest first. */
export async function listSessions(database: Database, userId: string, at: Date): Promise<readonly SessionRow[]> {
  const rows = await database.client.session.findMany({
    where: { userId, ...alive(at) },
    orderBy: [{ createdAt: 'desc' }, { idHash: 'asc' }],
  });
  return rows.map(({ idHash, ...row }) => ({ ...row, idHash: new Uint8Array(idHash) }));
}

/** Ends the sessions of these hashes, as far as they are this person's. Answers how many were alive. */
export async function endSessions(tx: Tx, of: { userId: string; hashes: readonly Uint8Array<ArrayBuffer>[]; at: Date }): Promise<number> {
  const { count } = await inTx(tx).session.updateMany({
    where: { userId: of.userId, idHash: { in: [...of.hashes] }, revokedAt: null },
    data: { revokedAt: of.at },
  });
  return count;
}

/** Ends the session of a hash, whoever's it is: who holds its token may end it. */
export async function endSessionOf(tx: Tx, idHash: Uint8Array<ArrayBuffer>, at: Date): Promise<void> {
  await inTx(tx).session.updateMany({ where: { idHash, revokedAt: null }, data: { revokedAt: at } });
}

/** Ends every session of a person but those of `except`. */
export async function endAllSessions(tx: Tx, of: { userId: string; except: readonly Uint8Array<ArrayBuffer>[]; at: Date }): Promise<void> {
  await inTx(tx).session.updateMany({
    where: { userId: of.userId, idHash: { notIn: [...of.except] }, revokedAt: null },
    data: { revokedAt: of.at },
  });
}

function alive(at: Date) {
  return { revokedAt: null, expiresAt: { gt: at }, lastSeenAt: { gt: addMs(at, -SESSION_IDLE_MS) } };
}
