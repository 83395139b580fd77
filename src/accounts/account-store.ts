import type { Database, Tx } from '../lib/database.ts';
import type { Sealer } from '../lib/sealed.ts';
import type { Account } from './account.ts';
import type { KeyKind, KeyMode } from './api-key.ts';
import type { Secret } from '../lib/secret.ts';
import { inTx } from '../lib/database.ts';
import { MINUTE_MS } from '../lib/time.ts';
import { ACCOUNT_SETTINGS } from './account.ts';
import { apiKeyHint } from './api-key.ts';

export type KeyHolder = {
  readonly keyId: string;
  readonly accountId: string;
  readonly kind: KeyKind;
  readonly mode: KeyMode;
  readonly origins: readonly string[];
  /** Payments a minute that the account may create with its secret keys, wherever they come from; null: the documented limit per address. */
  readonly createPerMinute: number | null;
};

/** `lastUsedAt` is a hint for the merchant; a write a minute keeps it off the hot path. */
const LAST_USED_EVERY_MS = MINUTE_MS;

export async function insertAccount(
  tx: Tx,
  account: { id: string; name: string; planEndsAt: Date | null; trialUsed: number; at: Date },
): Promise<void> {
  await inTx(tx).account.create({
    data: {
      id: account.id,
      name: account.name,
      status: 'active',
      isOperator: false,
      settings: {},
      trialUsed: account.trialUsed,
      planEndsAt: account.planEndsAt,
      eventSeq: 0n,
      version: 0,
      createdAt: account.at,
    },
  });
}

export async function insertUser(
  tx: Tx,
  user: { id: string; accountId: string; email: string; passwordHash: string; at: Date },
): Promise<void> {
  const { at, ...columns } = user;
  await inTx(tx).user.create({ data: { ...columns, role: 'owner', createdAt: at } });
}

export async function insertApiKey(
  tx: Tx,
  sealer: Sealer,
  key: { id: string; accountId: string; kind: KeyKind; mode: KeyMode; text: Secret<string>; label: string; at: Date },
): Promise<void> {
  await inTx(tx).apiKey.create({
    data: {
      id: key.id,
      accountId: key.accountId,
      kind: key.kind,
      mode: key.mode,
      hash: sealer.hash('api-key', key.text.reveal()),
      hint: apiKeyHint(key.text),
      publicText: key.kind === 'publishable' ? key.text.reveal() : null,
      label: key.label,
      origins: [],
      createdAt: key.at,
    },
  });
}

/** The live holder of a key, found by the key's hash; null when unknown, revoked, expired, or the account is not active. */
export async function findKeyHolder(database: Database, hash: Uint8Array<ArrayBuffer>, at: Date): Promise<KeyHolder | null> {
  const row = await database.client.apiKey.findUnique({
    where: { hash },
    include: { account: { select: { status: true, settings: true } } },
  });
  if (!row || row.revokedAt || (row.expiresAt && row.expiresAt <= at) || row.account.status !== 'active') return null;
  if (!row.lastUsedAt || at.getTime() - row.lastUsedAt.getTime() > LAST_USED_EVERY_MS) {
    await database.client.apiKey.update({ where: { id: row.id }, data: { lastUsedAt: at } });
  }
  return {
    keyId: row.id,
    accountId: row.accountId,
    kind: row.kind as KeyKind, // a CHECK holds the column to KEY_KINDS
    mode: row.mode as KeyMode, // a CHECK holds the column to KEY_MODES
    origins: row.origins,
    createPerMinute: ACCOUNT_SETTINGS.parse(row.account.settings).createPerMinute,
  };
}

export async function findAccount(database: Database, id: string): Promise<Account | null> {
  const row = await database.client.account.findUnique({ where: { id } });
  if (!row) return null;
  return {
    id: row.id,
    name: row.name,
    brandColour: row.brandColour,
    status: row.status as Account['status'], // a CHECK holds the column to the list
    settings: ACCOUNT_SETTINGS.parse(row.settings),
    trialUsed: row.trialUsed,
    planEndsAt: row.planEndsAt,
  };
}

/** Counts a paid live payment, inside the commit that pays it. */
export async function countPaidPayment(tx: Tx, accountId: string): Promise<void> {
  await inTx(tx).account.update({ where: { id: accountId }, data: { trialUsed: { increment: 1 } } });
}

/** How much less than asked the merchant takes for enough, in L-BTC. */
export async function readTolerance(tx: Tx, accountId: string): Promise<bigint> {
  const { settings } = await inTx(tx).account.findUniqueOrThrow({ where: { id: accountId }, select: { settings: true } });
  return ACCOUNT_SETTINGS.parse(settings).toleranceSats;
}
