import type { KeyMaximum } from '../accounts/api-key.ts';
import type { Tx } from '../lib/database.ts';
import type { Fiat } from '../lib/money.ts';
import type { Refusal } from '../lib/refusal.ts';
import type { Result } from '../lib/result.ts';
import type { Clock } from '../lib/time.ts';
import { isRedirectAllowed, REDIRECT_NOT_ALLOWED } from '../accounts/account-input.ts';
import { fiatText } from '../lib/money.ts';
import { ok, refuse } from '../lib/result.ts';
import { SECOND_MS } from '../lib/time.ts';

/**
 * Unpaid payments that the publishable keys of an account may have open at a time, together: each holds a swap at the provider. Strangers who
 * use them up stop the shop's own pages for minutes, never its server.
 */
export const PUBLISHABLE_OPEN_MAX = 50;
/** Of the 15 unused L-BTC addresses that an account may have: the other seven stay for its secret keys and links (conformance A-8). */
export const PUBLISHABLE_ADDRESSES_MAX = 8;

/** What a publishable key may ask for; a shop that sells over it names its highest price. */
export type PublishableBounds = { readonly maxAmount: KeyMaximum | null; readonly redirectHosts: readonly string[] };

/** Asked in the commit of a payment, which is not counted itself. */
export type InsideCommit = { readonly tx: Tx; readonly except: string };
/** When the open payments end that publishable keys of the account have made, soonest first, `most` of them at most. */
export type OpenEnds = (
  which: { accountId: string; mode: 'live' | 'test' },
  most: number,
  inside?: InsideCommit,
) => Promise<readonly Date[]>;

/** Refuses what the key may not ask for. Pure. */
export function checkBounds(
  { fiat, redirectUrl }: { readonly fiat: Fiat; readonly redirectUrl: string | null },
  { maxAmount, redirectHosts }: PublishableBounds,
): Result<void, Refusal> {
  if (!isRedirectAllowed(redirectUrl, redirectHosts)) return refuse(REDIRECT_NOT_ALLOWED);
  const most = maxAmount?.[fiat.currency];
  if (maxAmount === null || (most !== undefined && fiat.minor <= most)) return ok(undefined);
  const message =
    most === undefined
      ? `This key takes no ${fiat.currency} — it takes ${Object.keys(maxAmount).join(', ')}`
      : `Amount too large for this key — its maximum is ${fiatText({ minor: most, currency: fiat.currency })} ${fiat.currency}`;
  return refuse({ kind: 'invalid', code: 'amount_above_key_maximum', message, field: most === undefined ? 'currency' : 'amount' });
}

export async function hasPublishableRoom(
  deps: { readonly now: Clock; readonly findPublishableEnds: OpenEnds },
  { accountId, mode }: { readonly accountId: string; readonly mode: 'live' | 'test' },
  inside?: InsideCommit,
): Promise<Result<void, Refusal>> {
  const ends = await deps.findPublishableEnds({ accountId, mode }, PUBLISHABLE_OPEN_MAX, inside);
  const [soonest] = ends;
  if (!soonest || ends.length < PUBLISHABLE_OPEN_MAX) return ok(undefined);
  const retryAfterSeconds = Math.max(1, Math.ceil((soonest.getTime() - deps.now().getTime()) / SECOND_MS)); // rounded up: there is room then
  const message = `Too many requests — retry in ${retryAfterSeconds} seconds`;
  return refuse({ kind: 'rate-limited', code: 'publishable_open_limit', message, retryAfterSeconds });
}

/** Whether publishable keys may take one more address when they hold this many. */
export function isSpareAddress(held: number): boolean {
  return held < PUBLISHABLE_ADDRESSES_MAX;
}
