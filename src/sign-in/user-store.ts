import type { Database, Tx } from '../lib/database.ts';
import type { Passkey, User } from './user.ts';
import { holdEmail } from '../accounts/user-store.ts';
import { inTx } from '../lib/database.ts';
import { Secret } from '../lib/secret.ts';

const WITH = { passkeys: { orderBy: { createdAt: 'asc' } }, account: { select: { status: true } } } as const;

export function findUserByEmail(database: Database, email: string): Promise<User | null> {
  return findOne(database, { email });
}

export function findUser(database: Database, id: string): Promise<User | null> {
  return findOne(database, { id });
}

async function findOne(database: Database, where: { readonly id: string } | { readonly email: string }): Promise<User | null> {
  const row = await database.client.user.findUnique({ where, include: WITH });
  if (!row) return null;
  const { id, accountId, email, emailVerifiedAt, totpSealed, totpLastStep } = row;
  return {
    ...{ id, accountId, email, emailVerifiedAt, totpSealed, totpLastStep },
    accountIsActive: row.account.status === 'active',
    passwordHash: new Secret(row.passwordHash),
    passkeys: row.passkeys.map(({ userId: _userId, publicKey, ...passkey }) => ({ ...passkey, publicKey: new Uint8Array(publicKey) })),
  };
}

/** @returns false when the password has changed meanwhile */
export async function replacePassword(tx: Tx, change: { userId: string; from: Secret<string>; to: string }): Promise<boolean> {
  const { count } = await inTx(tx).user.updateMany({
    where: { id: change.userId, passwordHash: change.from.reveal() },
    data: { passwordHash: change.to },
  });
  return count === 1;
}

/** The address is the person's own. @returns false when the address has changed meanwhile */
export async function confirmEmail(tx: Tx, of: { userId: string; email: string; at: Date }): Promise<boolean> {
  const { count } = await inTx(tx).user.updateMany({ where: { id: of.userId, email: of.email }, data: { emailVerifiedAt: of.at } });
  return count === 1;
}

/** Whoever calls holds the address (`lockEmail`). @returns false when there is no such person */
export async function replaceEmail(tx: Tx, of: { userId: string; email: string; at: Date }): Promise<boolean> {
  const { count } = await inTx(tx).user.updateMany({ where: { id: of.userId }, data: { email: of.email, emailVerifiedAt: of.at } });
  return count === 1;
}

export async function setTotp(
  tx: Tx,
  of: { userId: string; sealed: Uint8Array<ArrayBuffer> | null; lastStep: bigint | null },
): Promise<void> {
  await inTx(tx).user.update({ where: { id: of.userId }, data: { totpSealed: of.sealed, totpLastStep: of.lastStep } });
}

/** A code works once: its step must be later than the last one used. @returns false when it is not */
export async function takeTotpStep(tx: Tx, of: { userId: string; step: bigint }): Promise<boolean> {
  const { count } = await inTx(tx).user.updateMany({
    where: { id: of.userId, totpSealed: { not: null }, OR: [{ totpLastStep: null }, { totpLastStep: { lt: of.step } }] },
    data: { totpLastStep: of.step },
  });
  return count === 1;
}

/** @returns false when the authenticator is registered already, with whomever */
export async function insertPasskey(tx: Tx, passkey: Passkey & { readonly userId: string }): Promise<boolean> {
  const { count } = await inTx(tx).passkey.createMany({ data: [passkey], skipDuplicates: true });
  return count === 1;
}

/** @returns false when its counter has moved on meanwhile */
export async function countPasskeyUse(tx: Tx, use: { id: string; from: bigint; to: bigint }): Promise<boolean> {
  const { count } = await inTx(tx).passkey.updateMany({ where: { id: use.id, signCount: use.from }, data: { signCount: use.to } });
  return count === 1;
}

/** @returns false when this person has no such passkey */
export async function deletePasskey(tx: Tx, of: { userId: string; id: string }): Promise<boolean> {
  const { count } = await inTx(tx).passkey.deleteMany({ where: of });
  return count === 1;
}

/** Holds an address until the end of the transaction, against others who take it meanwhile. @returns false when somebody has it */
export async function lockEmail(tx: Tx, email: string): Promise<boolean> {
  await holdEmail(tx, email);
  return (await inTx(tx).user.count({ where: { email } })) === 0;
}
