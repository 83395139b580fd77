import type { NewEvent } from '../events/event.ts';
import type { Tx } from '../lib/database.ts';
import type { LinkId } from '../lib/ids.ts';
import type { Refusal } from '../lib/refusal.ts';
import type { Result } from '../lib/result.ts';
import type { Once, OnceDeps } from '../payments/run-once.ts';
import type { PaymentLink } from './link.ts';
import type { LinkInput } from './link-input.ts';
import { fiatText } from '../lib/money.ts';
import { ok } from '../lib/result.ts';
import { runOnce } from '../payments/run-once.ts';
import { priceOf } from './link.ts';
import { parseLinkInput } from './link-input.ts';
import { findAccountLink, insertLink } from './link-store.ts';

export type RecordLinkEvent = (tx: Tx, event: NewEvent) => Promise<unknown>;
export type CreateLinkDeps = OnceDeps & {
  readonly newLinkId: () => LinkId;
  readonly recordEvent: RecordLinkEvent;
  readonly allowHttp: boolean;
  /** Hosts that the account lets payers be sent back to; empty: any. */
  readonly redirectHosts: (accountId: string) => Promise<readonly string[]>;
};

export type LinkAsker = { readonly accountId: string; readonly mode: 'live' | 'test'; readonly requestId: string };

const ROUTE = 'createPaymentLink';

/** Makes a link. Link, event and the end of the Idempotency-Key's reservation are one commit. A replay answers the link as it is by then. */
export async function createLink(
  deps: CreateLinkDeps,
  asker: LinkAsker,
  input: LinkInput & { readonly idempotencyKey: string | null },
): Promise<Result<Once<PaymentLink>, Refusal>> {
  const draft = parseLinkInput(input, { allowHttp: deps.allowHttp, redirectHosts: await deps.redirectHosts(asker.accountId) });
  if (!draft.ok) return draft;
  const { accountId, mode, requestId } = asker;
  const { title, description, currency, fiatMinor, redirectUrl } = draft.value;
  const body = JSON.stringify([mode, title, description, currency, fiatMinor?.toString() ?? null, redirectUrl]);
  return runOnce<LinkId, PaymentLink>(
    deps,
    { scope: accountId, route: ROUTE, text: input.idempotencyKey, body },
    {
      newId: deps.newLinkId,
      run: async (id, alsoInCommit) => {
        const link: PaymentLink = { id, accountId, mode, ...draft.value, status: 'active', version: 0, createdAt: deps.now() };
        await deps.database.transact(async (tx) => {
          await insertLink(tx, link);
          await deps.recordEvent(tx, linkEvent('link.created', link, { facts: createdFacts(link), requestId, at: link.createdAt }));
          await alsoInCommit.run(tx);
        });
        return ok(link);
      },
      find: (id) => findAccountLink(deps.database, accountId, id),
    },
  );
}

export function linkEvent(
  type: 'link.created' | 'link.updated',
  link: PaymentLink,
  { facts, requestId, at }: { facts: object; requestId: string; at: Date },
): NewEvent {
  return { accountId: link.accountId, type, subjectId: link.id, subjectVersion: link.version, facts, webhookBody: null, requestId, at };
}

function createdFacts(link: PaymentLink): object {
  const price = priceOf(link);
  return { title: link.title, amountFiat: price === null ? null : fiatText(price), currency: link.currency };
}
