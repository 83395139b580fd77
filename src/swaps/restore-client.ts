import type { HttpCall } from '../lib/http-client.ts';
import type { Result } from '../lib/result.ts';
import type { ProviderEndpoint, ProviderRefusal } from './provider-client.ts';
import type { RestoredSwap } from './provider-wire.ts';
import { ok, refuse } from '../lib/result.ts';
import { ask } from './provider-client.ts';
import { restoredSwaps } from './provider-wire.ts';

/** Unused keys in a row that end a search: the most that providers allow (https://api.docs.boltz.exchange/swap-restore.html). */
const GAP_LIMIT = 150;
/** Keys searched by one call: the most that providers allow. */
const PAGE_KEYS = 1_000;
/** A page derives a thousand keys at the far side. */
const RESTORE_TIMEOUT_MS = 20_000;
/** An era with more keys than this is not one of ours, or its provider invents them. */
const PAGES_MAX = 1_000;

/** Everything that a provider knows of one extended public key, page by page. */
export async function restoreByXpub(
  deps: { readonly http: HttpCall },
  { url }: ProviderEndpoint,
  xpub: string,
): Promise<Result<readonly RestoredSwap[], ProviderRefusal>> {
  const found: RestoredSwap[] = [];
  for (let page = 0; page < PAGES_MAX; page++) {
    const json = { xpub, gapLimit: GAP_LIMIT, pagination: { startIndex: page * PAGE_KEYS, limit: PAGE_KEYS } };
    const body = await ask(deps.http, { method: 'POST', url: `${url}/swap/restore`, timeoutMs: RESTORE_TIMEOUT_MS, json });
    if (!body.ok) return body;
    const swaps = restoredSwaps(body.value);
    if (swaps === null) return refuse({ kind: 'no_answer', reason: 'a restore answer that cannot be read' });
    if (swaps.length === 0) return ok(found);
    found.push(...swaps);
  }
  return refuse({ kind: 'refused', reason: 'the provider never comes to the end of its list' });
}
