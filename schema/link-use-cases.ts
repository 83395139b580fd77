import type { LinkId } from '../src/lib/ids.ts';
import type { Currency, Fiat, Sats } from '../src/lib/money.ts';
import type { Refusal } from '../src/lib/refusal.ts';
import type { Result } from '../src/lib/result.ts';
import type { ChangedLinks } from '../src/links/changed-links-store.ts';
import type { LinkAsker } from '../src/links/create-link.ts';
import type { PaymentLink } from '../src/links/link.ts';
import type { LinkChanges, LinkInput } from '../src/links/link-input.ts';
import type { LinkTotals } from '../src/links/link-payments-store.ts';
import type { LinkPage } from '../src/links/link-store.ts';
import type { PayLinkInput } from '../src/links/pay-link.ts';
import type { PublicLink } from '../src/links/read-link.ts';
import type { PaymentSession } from '../src/payments/request-payment.ts';
import type { Once } from '../src/payments/run-once.ts';

/** What the API can do with payment links: the use cases of `src/links`, bound in `src/build-links.ts`. */
export type LinkUseCases = {
  readonly create: (
    asker: LinkAsker,
    input: LinkInput & { readonly idempotencyKey: string | null },
  ) => Promise<Result<Once<PaymentLink>, Refusal>>;
  readonly update: (
    asker: LinkAsker,
    change: { readonly id: LinkId; readonly changes: LinkChanges },
  ) => Promise<Result<PaymentLink, Refusal>>;
  readonly find: (accountId: string, id: LinkId) => Promise<PaymentLink | null>;
  readonly findMany: (ids: readonly string[]) => Promise<ReadonlyMap<string, PaymentLink>>;
  readonly list: (page: LinkPage) => Promise<readonly PaymentLink[]>;
  readonly changed: (accountId: string, since: bigint | null) => Promise<ChangedLinks>;
  readonly totals: (ids: readonly string[]) => Promise<ReadonlyMap<string, LinkTotals>>;
  readonly readPublic: (id: LinkId) => Promise<PublicLink | null>;
  readonly pay: (input: PayLinkInput) => Promise<Result<PaymentSession, Refusal>>;
  readonly previewSats: (input: { amount: unknown; currency: unknown }) => Promise<Result<Sats, Refusal>>;
  readonly leastFiat: (currency: Currency) => Promise<Fiat | null>;
  readonly isBelowMinimum: (link: PaymentLink) => Promise<boolean>;
};
