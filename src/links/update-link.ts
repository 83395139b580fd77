import type { Database } from '../lib/database.ts';
import type { LinkId } from '../lib/ids.ts';
import type { Refusal } from '../lib/refusal.ts';
import type { Result } from '../lib/result.ts';
import type { Clock } from '../lib/time.ts';
import type { LinkAsker, RecordLinkEvent } from './create-link.ts';
import type { PaymentLink } from './link.ts';
import type { LinkChanges } from './link-input.ts';
import { LINK_NOT_FOUND } from '../lib/ids.ts';
import { ok, refuse } from '../lib/result.ts';
import { linkEvent } from './create-link.ts';
import { changedFields, parseLinkChanges } from './link-input.ts';
import { findAccountLinkForUpdate, saveLink } from './link-store.ts';

export type UpdateLinkDeps = {
  readonly now: Clock;
  readonly database: Database;
  readonly recordEvent: RecordLinkEvent;
  readonly allowHttp: boolean;
  /** Hosts that the account lets payers be sent back to; empty: any. */
  readonly redirectHosts: (accountId: string) => Promise<readonly string[]>;
};

/** Changes words, return address or status of a link, with its event, in one commit. What changes nothing leaves no trace. Running sessions keep going. */
export async function updateLink(
  deps: UpdateLinkDeps,
  asker: LinkAsker,
  { id, changes }: { readonly id: LinkId; readonly changes: LinkChanges },
): Promise<Result<PaymentLink, Refusal>> {
  const rules = { allowHttp: deps.allowHttp, redirectHosts: await deps.redirectHosts(asker.accountId) };
  return deps.database.transact(async (tx) => {
    const link = await findAccountLinkForUpdate(tx, asker.accountId, id);
    if (!link || (asker.mode === 'test' && link.mode === 'live')) return refuse(LINK_NOT_FOUND); // to a test key the live side does not exist
    const next = parseLinkChanges(link, changes, rules);
    if (!next.ok || next.value === link) return next;
    if (!(await saveLink(tx, next.value, link.version))) throw new Error(`link ${id} changed under its own lock`);
    const after = next.value;
    const facts = Object.fromEntries(changedFields(link, after).map((name) => [name, after[name]]));
    await deps.recordEvent(tx, linkEvent('link.updated', after, { facts, requestId: asker.requestId, at: deps.now() }));
    return ok(after);
  });
}
