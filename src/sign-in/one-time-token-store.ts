import type { Database, Tx } from '../lib/database.ts';
import type { TokenKind } from './one-time-token.ts';
import { inTx } from '../lib/database.ts';
import { z } from 'zod';

export type TokenRow = {
  readonly hash: Uint8Array<ArrayBuffer>;
  readonly kind: TokenKind;
  readonly accountId: string;
  /** Null: a token that nobody holds, made so that an unknown address costs the same work. */
  readonly userId: string | null;
  readonly expiresAt: Date;
  /** What it was made for, where that could change meanwhile. */
  readonly email: string | null;
};
type Which = { readonly hash: Uint8Array<ArrayBuffer>; readonly kind: TokenKind; readonly at: Date };

const RESULT = z.object({ email: z.string() }).nullable();

export async function insertTokens(tx: Tx, rows: readonly TokenRow[]): Promise<void> {
  await inTx(tx).oneTimeToken.createMany({
    data: rows.map(({ email, ...row }) => ({ ...row, ...(email === null ? {} : { result: { email } }) })),
  });
}

/** A token that could still be used; null when it is unknown, used or too old. */
export async function findToken(database: Database, which: Which): Promise<Pick<TokenRow, 'accountId' | 'userId' | 'email'> | null> {
  const row = await database.client.oneTimeToken.findFirst({ where: usable(which) });
  return row && { accountId: row.accountId, userId: row.userId, email: RESULT.parse(row.result)?.email ?? null };
}

/** Uses a token up. Of any number that try at once, one is told true. */
export async function spendToken(tx: Tx, which: Which & { readonly userId: string }): Promise<boolean> {
  const { count } = await inTx(tx).oneTimeToken.updateMany({
    where: { ...usable(which), userId: which.userId },
    data: { usedAt: which.at },
  });
  return count === 1;
}

/** Makes a person's tokens of some kinds useless. */
export async function voidTokens(
  tx: Tx,
  of: { readonly userId: string; readonly kinds: readonly TokenKind[]; readonly at: Date },
): Promise<void> {
  await inTx(tx).oneTimeToken.updateMany({
    where: { userId: of.userId, kind: { in: [...of.kinds] }, usedAt: null },
    data: { usedAt: of.at },
  });
}

function usable({ hash, kind, at }: Which) {
  return { hash, kind, usedAt: null, expiresAt: { gt: at } };
}
