import type { Database, Tx } from '../lib/database.ts';
import { askIn, inTx } from '../lib/database.ts';
import { firstOf, statement } from '../lib/row-statements.ts';

/** TABLE: how a wallet came to be connected. */
export const CONNECTED_VIA = ['api', 'samrock', 'paste', 'camera', 'operator'] as const;
export type ConnectedVia = (typeof CONNECTED_VIA)[number];

/** One connection of an account to its descriptors. An ended one stays on record. */
export type Wallet = Readonly<{
  id: string;
  accountId: string;
  directChainId: string;
  claimChainId: string;
  via: ConnectedVia;
  connectedAt: Date;
}>;

type Chains = Pick<Wallet, 'directChainId' | 'claimChainId'>;
const connected = statement<Chains>('SELECT "directChainId", "claimChainId" FROM "Wallet" WHERE "accountId" = $1 AND "endedAt" IS NULL');

/** Whether the account can be paid: it has a wallet connected now. */
export async function hasWallet(deps: { database: Database }, accountId: string): Promise<boolean> {
  return (await firstOf(deps.database.ask, connected(accountId))) !== null;
}

export async function findWallet(deps: { database: Database }, accountId: string): Promise<Wallet | null> {
  const row = await deps.database.client.wallet.findFirst({ where: { accountId, endedAt: null } });
  return row && { ...row, via: viaOf(row.via) };
}

/** The chain that swap claims of this account go to now, or null without a connected wallet. */
export async function readClaimChainId(tx: Tx, accountId: string): Promise<string | null> {
  const row = await firstOf(askIn(tx), connected(accountId));
  return row?.claimChainId ?? null;
}

/** False when the account has a connected wallet already, also one that another transaction is just committing (rule P2). */
export async function insertWallet(tx: Tx, wallet: Wallet): Promise<boolean> {
  const { count } = await inTx(tx).wallet.createMany({ data: [{ ...wallet, endedAt: null }], skipDuplicates: true });
  return count === 1;
}

/** Ends the connection, so that another can be made; its chains stay on record and watched. The id of the ended one; null when there was none. */
export async function endWallet(tx: Tx, accountId: string, at: Date): Promise<string | null> {
  const ended = await inTx(tx).wallet.updateManyAndReturn({
    where: { accountId, endedAt: null },
    data: { endedAt: at },
    select: { id: true },
  });
  return ended[0]?.id ?? null;
}

function viaOf(text: string): ConnectedVia {
  const via = CONNECTED_VIA.find((known) => known === text);
  if (!via) throw new Error('a wallet row was connected in an unknown way');
  return via;
}
