import type { Tx } from '../lib/database.ts';
import { inTx } from '../lib/database.ts';

export type PaidOwner = {
  readonly accountId: string;
  readonly passwordHash: string;
  readonly hasSecondFactor: boolean;
  readonly isActive: boolean;
};

/**
 * Who owns an address. Until the commit nobody else gets past here with the same one, so that of two registrations that are paid at once
 * the second finds the first.
 */
export async function findOwner(tx: Tx, email: string): Promise<PaidOwner | null> {
  await inTx(tx).$executeRaw`SELECT pg_advisory_xact_lock(hashtextextended(${`registration ${email}`}, 0))`;
  const user = await inTx(tx).user.findUnique({
    where: { email },
    include: { account: { select: { status: true } }, _count: { select: { passkeys: true } } },
  });
  if (!user) return null;
  const { accountId, passwordHash } = user;
  return {
    accountId,
    passwordHash,
    hasSecondFactor: user.totpSealed !== null || user._count.passkeys > 0,
    isActive: user.account.status === 'active',
  };
}

export async function hasPeriodOf(tx: Tx, swapId: string): Promise<boolean> {
  return (await inTx(tx).planPeriod.findUnique({ where: { swapId }, select: { id: true } })) !== null;
}
