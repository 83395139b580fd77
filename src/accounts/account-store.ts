import type { Account as AccountRow, ApiKey as KeyRow } from '../../prisma/generated/client.ts';
import type { Database, Tx } from '../lib/database.ts';
import type { Sealer } from '../lib/sealed.ts';
import type { Account } from './account.ts';
import type { ApiKey, KeyKind, KeyMaximum, KeyMode } from './api-key.ts';
import type { Secret } from '../lib/secret.ts';
import { askIn, inTx } from '../lib/database.ts';
import { countOf, findIn, firstOf, statement } from '../lib/row-statements.ts';
import { ACCOUNT_SETTINGS } from './account.ts';
import { apiKeyHint, isLiveKey } from './api-key.ts';
import { maximumFromRow, maximumToRow } from './api-key-store.ts';

export type KeyHolder = {
  readonly keyId: string;
  readonly accountId: string;
  readonly kind: KeyKind;
  readonly mode: KeyMode;
  readonly hint: string;
  /** Publishable keys: web origins that may use it; empty: any, and programs too. */
  readonly origins: readonly string[];
  /** Publishable keys: the most that a payment may ask for; null: any amount. */
  readonly maxAmount: KeyMaximum | null;
  /** Hosts that the account lets payers be sent back to by publishable keys and links; empty: any. */
  readonly redirectHosts: readonly string[];
  readonly lastUsedAt: Date | null;
  /** Payments a minute that the account may create with its secret keys, wherever they come from; null: the documented limit per address. */
  readonly createPerMinute: number | null;
};

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
  key: Pick<ApiKey, 'id' | 'accountId' | 'kind' | 'mode' | 'label'> &
    Partial<Pick<ApiKey, 'origins' | 'maxAmount' | 'expiresAt' | 'rotatedFromId'>> & { readonly text: Secret<string>; readonly at: Date },
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
      origins: [...(key.origins ?? [])],
      maxAmount: maximumToRow(key.maxAmount ?? null),
      rotatedFromId: key.rotatedFromId ?? null,
      createdAt: key.at,
      expiresAt: key.expiresAt ?? null,
    },
  });
}

type HolderRow = Pick<
  KeyRow,
  'id' | 'accountId' | 'kind' | 'mode' | 'hint' | 'origins' | 'maxAmount' | 'lastUsedAt' | 'expiresAt' | 'revokedAt'
> &
  Pick<AccountRow, 'status' | 'settings'>;

/** Every request with a key asks it. */
const HOLDER_OF_HASH = statement<HolderRow>(`
  SELECT k.id, k."accountId", k.kind, k.mode, k.hint, k.origins, k."maxAmount", k."lastUsedAt", k."expiresAt", k."revokedAt",
    a.status, a.settings
  FROM "ApiKey" k JOIN "Account" a ON a.id = k."accountId" WHERE k.hash = $1`);

/** The live holder of a key, found by the key's hash; null when unknown, revoked, expired, or the account is not active. */
export async function findKeyHolder(database: Database, hash: Uint8Array<ArrayBuffer>, at: Date): Promise<KeyHolder | null> {
  const row = await firstOf(database.read, HOLDER_OF_HASH(hash));
  if (!row || !isLiveKey(row, at) || row.status !== 'active') return null;
  const { createPerMinute, redirectHosts } = ACCOUNT_SETTINGS.parse(row.settings);
  return {
    keyId: row.id,
    accountId: row.accountId,
    kind: row.kind as KeyKind, // a CHECK holds the column to KEY_KINDS
    mode: row.mode as KeyMode, // a CHECK holds the column to KEY_MODES
    hint: row.hint,
    origins: row.origins,
    maxAmount: maximumFromRow(row.maxAmount),
    lastUsedAt: row.lastUsedAt,
    ...{ createPerMinute, redirectHosts },
  };
}

/** The picture itself is read only where it is sent. */
const ACCOUNT_COLUMNS = ['id', 'name', 'brandColour', 'logoHash', 'status', 'settings', 'trialUsed', 'planEndsAt'] as const;
type PlainAccount = Pick<AccountRow, (typeof ACCOUNT_COLUMNS)[number]>;
const findRow = findIn<PlainAccount>('Account', ACCOUNT_COLUMNS);
const countPaid = statement('UPDATE "Account" SET "trialUsed" = "trialUsed" + 1 WHERE "id" = $1');

export async function findAccount(database: Database, id: string): Promise<Account | null> {
  const row = await firstOf(database.read, findRow({ id }));
  return row ? fromRow(row) : null;
}

export async function readAccount(tx: Tx, id: string): Promise<Account | null> {
  const row = await firstOf(askIn(tx), findRow({ id }));
  return row ? fromRow(row) : null;
}

/** What its owner may change, and its status. Call with the account locked. */
export async function saveAccount(tx: Tx, { id, name, brandColour, status, settings }: Account): Promise<void> {
  const row = { ...settings, toleranceSats: settings.toleranceSats.toString() }; // JSON has no bigint
  await inTx(tx).account.update({ where: { id }, data: { name, brandColour, status, settings: row, version: { increment: 1 } } });
}

/** Argon2id hashes of those who may sign in to the account. */
export async function readPasswordHashes(database: Database, accountId: string): Promise<readonly string[]> {
  const rows = await database.client.user.findMany({ where: { accountId }, select: { passwordHash: true } });
  return rows.map(({ passwordHash }) => passwordHash);
}

/** Counts a paid live payment, inside the commit that pays it. */
export async function countPaidPayment(tx: Tx, accountId: string): Promise<void> {
  if ((await countOf(askIn(tx), countPaid(accountId))) !== 1) throw new Error(`no account ${accountId}`);
}

/** When L-BTC counts as paid: how much less than asked is enough, and under how many blocks. */
export async function readLiquidRules(tx: Tx, accountId: string): Promise<{ toleranceSats: bigint; minConfirmations: number }> {
  const account = await readAccount(tx, accountId);
  if (!account) throw new Error(`no account ${accountId}`);
  const { toleranceSats, minConfirmations } = account.settings;
  return { toleranceSats, minConfirmations };
}

function fromRow(row: PlainAccount): Account {
  return {
    id: row.id,
    name: row.name,
    brandColour: row.brandColour,
    logoHash: row.logoHash,
    status: row.status as Account['status'], // a CHECK holds the column to the list
    settings: ACCOUNT_SETTINGS.parse(row.settings),
    trialUsed: row.trialUsed,
    planEndsAt: row.planEndsAt,
  };
}
