import type { Registration as RegistrationRow } from '../../prisma/generated/client.ts';
import type { Plan } from '../billing/plan.ts';
import type { Database, Tx } from '../lib/database.ts';
import type { NewRegistration, Registration } from './registration.ts';
import { z } from 'zod';
import { inTx } from '../lib/database.ts';

/** Rows looked at in one round of the purge: bounds its time. */
const PURGE_BATCH = 200;
/** The terms that a registration accepted; they change with the words at TERMS_URL. */
const TERMS_VERSION = '1';

export type HeldPayment = { readonly operatorId: string; readonly swapId: string; readonly sats: bigint };
const HELD_FACTS = z.object({ swapId: z.string(), sats: z.string().transform(BigInt) });

export async function insertRegistration(tx: Tx, registration: NewRegistration): Promise<void> {
  await inTx(tx).registration.create({ data: { ...registration, status: 'pending', version: 0, termsVersion: TERMS_VERSION } });
}

export async function findRegistration({ client }: Database, idHash: Uint8Array<ArrayBuffer>): Promise<Registration | null> {
  const row = await client.registration.findUnique({ where: { idHash } });
  return row ? fromRow(row) : null;
}

/** Locked until the commit (lock order: swap, registration, account, event). */
export async function lockRegistration(tx: Tx, idHash: Uint8Array<ArrayBuffer>): Promise<Registration | null> {
  await inTx(tx).$queryRaw`SELECT 1 FROM "Registration" WHERE "idHash" = ${idHash} FOR UPDATE`;
  const row = await inTx(tx).registration.findUnique({ where: { idHash } });
  return row ? fromRow(row) : null;
}

/** Takes the right to issue the next invoice, and with it its number; false when somebody else has it. */
export async function takeNextAttempt({ client }: Database, { idHash, version }: Registration): Promise<boolean> {
  const where = { idHash, version, status: 'pending' };
  const { count } = await client.registration.updateMany({ where, data: { version: version + 1 } });
  return count === 1;
}

/** Lets go of what `takeNextAttempt` took; changes nothing when another has been taken since. */
export async function giveBackAttempt({ client }: Database, { idHash, version }: Registration): Promise<void> {
  await client.registration.updateMany({ where: { idHash, version: version + 1, status: 'pending' }, data: { version } });
}

/** Called with the row locked. False when it had ended already. */
export async function endRegistration(
  tx: Tx,
  idHash: Uint8Array<ArrayBuffer>,
  end: { readonly status: 'held' } | { readonly status: 'active'; readonly accountId: string; readonly activatedAt: Date },
): Promise<boolean> {
  const { count } = await inTx(tx).registration.updateMany({ where: { idHash, status: 'pending' }, data: end });
  return count === 1;
}

/** Ends the wait of a held one. `apiKeyId`: stands where no key may be minted any more. False when it is not held. */
export async function releaseHeld(
  tx: Tx,
  idHash: Uint8Array<ArrayBuffer>,
  end: { readonly accountId: string; readonly apiKeyId: string | null; readonly activatedAt: Date },
): Promise<boolean> {
  const { count } = await inTx(tx).registration.updateMany({ where: { idHash, status: 'held' }, data: { ...end, status: 'active' } });
  return count === 1;
}

/** Those that wait for a human, the oldest first. */
export async function findHeld({ client }: Database): Promise<readonly Registration[]> {
  const rows = await client.registration.findMany({ where: { status: 'held' }, orderBy: [{ createdAt: 'asc' }, { idHash: 'asc' }] });
  return rows.map(fromRow);
}

/** What was paid for a registration while nobody was given anything for it, as the audit trail tells it, the oldest first. */
export async function findHeldPayments(tx: Tx, subjectId: string): Promise<readonly HeldPayment[]> {
  const rows = await inTx(tx).auditEntry.findMany({
    where: { action: 'registration.held', subjectId },
    orderBy: [{ createdAt: 'asc' }, { id: 'asc' }],
    select: { accountId: true, facts: true },
  });
  return rows.map(({ accountId, facts }) => ({ operatorId: accountId ?? '', ...HELD_FACTS.parse(facts) }));
}

/** The one winner of all polls: writes the key's id where none stands. */
export async function claimKey(tx: Tx, idHash: Uint8Array<ArrayBuffer>, apiKeyId: string): Promise<boolean> {
  const { count } = await inTx(tx).registration.updateMany({ where: { idHash, status: 'active', apiKeyId: null }, data: { apiKeyId } });
  return count === 1;
}

/** The passwords that registrations of this address were made with and may still be paid, newest first. */
export async function findPendingPasswords({ client }: Database, email: string, most: number): Promise<readonly string[]> {
  const rows = await client.registration.findMany({
    where: { email, status: 'pending' },
    select: { passwordHash: true },
    distinct: ['passwordHash'],
    orderBy: { createdAt: 'desc' },
    take: most,
  });
  return rows.map(({ passwordHash }) => passwordHash);
}

/** Unpaid ones whose time was over before `before`. */
export async function findUnpaidBefore({ client }: Database, before: Date): Promise<readonly Registration[]> {
  const rows = await client.registration.findMany({
    where: { status: 'pending', expiresAt: { lte: before } },
    orderBy: { expiresAt: 'asc' },
    take: PURGE_BATCH,
  });
  return rows.map(fromRow);
}

/** Only as it was read: one that was paid meanwhile stays. */
export async function deleteRegistration({ client }: Database, { idHash, version }: Registration): Promise<boolean> {
  const { count } = await client.registration.deleteMany({ where: { idHash, version, status: 'pending' } });
  return count === 1;
}

/** @throws Error on a row that no status allows: the database's own checks should have refused it. */
function fromRow(row: RegistrationRow): Registration {
  const { email, passwordHash, usdMinor, createdAt, expiresAt, version, status, accountId, apiKeyId } = row;
  const plan = row.plan as Plan; // a CHECK holds the column to PLANS
  const common = { idHash: new Uint8Array(row.idHash), email, passwordHash, plan, usdMinor, createdAt, expiresAt, version };
  if (status === 'active' && accountId !== null) return { ...common, status, accountId, apiKeyId };
  if (status === 'pending' || status === 'held') return { ...common, status };
  throw new Error('a registration rests in a state that does not exist');
}
