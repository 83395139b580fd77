import type { Refusal } from '../lib/refusal.ts';
import type { Result } from '../lib/result.ts';
import type { Random } from '../lib/random.ts';
import type { Database } from '../lib/database.ts';
import type { Sealer } from '../lib/sealed.ts';
import type { Clock } from '../lib/time.ts';
import type { WalletOffer } from './wallet-offer.ts';
import { isOfferId, newId } from '../lib/ids.ts';
import { ok, refuse } from '../lib/result.ts';
import { addMs } from '../lib/time.ts';
import { ALREADY_CONNECTED } from './wallet-refusal.ts';
import { findOffer, insertOffer } from './wallet-offer-store.ts';
import { OFFER_LIFE_MS, offerHash, viewOffer } from './wallet-offer.ts';
import { hasWallet } from './wallet-store.ts';

export type OfferWalletDeps = {
  readonly database: Database;
  readonly sealer: Sealer;
  readonly random: Random;
  readonly now: Clock;
  readonly publicUrl: string;
};

/** Makes a code that connects a wallet when it is scanned. Older ones stay good until they end: a phone may be in the middle of one. */
export async function offerWallet(deps: OfferWalletDeps, accountId: string): Promise<Result<WalletOffer, Refusal>> {
  if (await hasWallet(deps, accountId)) return refuse(ALREADY_CONNECTED);
  const id = newId(deps.random, 'offer');
  const at = deps.now();
  const expiresAt = addMs(at, OFFER_LIFE_MS);
  await insertOffer(deps.database, { hash: offerHash(deps.sealer, id), accountId, expiresAt });
  return ok(viewOffer(deps, id, { accountId, expiresAt, usedAt: null, result: null }, at));
}

/** An offer of this account, or null. */
export async function readOffer(deps: OfferWalletDeps, accountId: string, id: string): Promise<WalletOffer | null> {
  if (!isOfferId(id)) return null;
  const stored = await findOffer(deps.database, offerHash(deps.sealer, id));
  return stored?.accountId === accountId ? viewOffer(deps, id, stored, deps.now()) : null;
}
