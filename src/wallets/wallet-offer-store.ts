import type { Database, Tx } from '../lib/database.ts';
import type { OfferResult, StoredOffer } from './wallet-offer.ts';
import { inTx } from '../lib/database.ts';

/** What these one-time tokens are for, among others of the table. */
const KIND = 'wallet_offer';
type Hash = Uint8Array<ArrayBuffer>;

export async function insertOffer(database: Database, offer: { hash: Hash; accountId: string; expiresAt: Date }): Promise<void> {
  await database.client.oneTimeToken.create({ data: { ...offer, kind: KIND } });
}

export async function findOffer(database: Database, hash: Hash): Promise<StoredOffer | null> {
  const row = await database.client.oneTimeToken.findUnique({ where: { hash, kind: KIND } });
  if (!row) return null;
  const { accountId, expiresAt, usedAt } = row;
  return { accountId, expiresAt, usedAt, result: row.result as OfferResult | null }; // written by settleOffer only
}

/** Spends the offer: true for one caller alone, and only before it has expired. */
export async function takeOffer(database: Database, hash: Hash, at: Date): Promise<boolean> {
  const where = { hash, kind: KIND, usedAt: null, expiresAt: { gt: at } };
  const { count } = await database.client.oneTimeToken.updateMany({ where, data: { usedAt: at } });
  return count === 1;
}

/** Writes down how a spent offer ended, once. False when that was written before. */
export async function settleOffer(tx: Tx, hash: Hash, result: OfferResult): Promise<boolean> {
  const settled = await inTx(tx).$executeRaw`
    UPDATE "OneTimeToken" SET result = ${JSON.stringify(result)}::jsonb
    WHERE hash = ${hash} AND kind = ${KIND} AND "usedAt" IS NOT NULL AND result IS NULL`;
  return settled === 1;
}
