import type { PaymentFilter } from '../src/payments/payment-filter.ts';
import type { RequestContext } from './context.ts';
import { accepted, RefusalError } from '../src/lib/refusal.ts';
import { SEARCH_CHARS_MAX } from '../src/payments/payment-filter.ts';
import { builder } from './builder.ts';
import { ModeEnum, PaymentMethodEnum, PaymentSourceEnum, PaymentStatusEnum } from './payment.ts';

export const PaymentFilterInput = builder.inputType('PaymentFilter', {
  description: 'Which payments. An absent field sets no condition.',
  fields: (t) => ({
    status: t.field({ type: [PaymentStatusEnum], description: 'Any of these.' }),
    from: t.field({ type: 'DateTime', description: 'Made at this time or later.' }),
    to: t.field({ type: 'DateTime', description: 'Made before this time.' }),
    source: t.field({ type: PaymentSourceEnum, description: 'Who asked for it.' }),
    method: t.field({ type: PaymentMethodEnum, description: 'How it was paid.' }),
    linkId: t.id({ description: 'From this payment link.' }),
    search: t.string({ description: `A whole id or transaction id, or a part of the metadata. At most ${SEARCH_CHARS_MAX} characters.` }),
    mode: t.field({ type: ModeEnum, description: 'Real or test payments; by default those of your key.' }),
  }),
});

type Sent = typeof PaymentFilterInput.$inferInput | null | undefined;

/** The caller's payments that are asked for. A test key sees test payments only. */
export async function filterOf(sent: Sent, { caller }: RequestContext): Promise<PaymentFilter> {
  const { accountId, mode } = accepted(await caller());
  const search = sent?.search?.trim() || null;
  if (search && (search.length > SEARCH_CHARS_MAX || search.includes('\0'))) throw new RefusalError(BAD_SEARCH);
  return {
    ...{ accountId, mode: mode === 'test' ? 'test' : (sent?.mode ?? mode), status: [...new Set(sent?.status ?? [])], search },
    ...{ from: sent?.from ?? null, to: sent?.to ?? null },
    ...{ source: sent?.source ?? null, method: sent?.method ?? null, linkId: sent?.linkId ?? null },
  };
}

const BAD_SEARCH = {
  kind: 'invalid',
  code: 'invalid_search',
  message: `q must have at most ${SEARCH_CHARS_MAX} characters of plain text`,
  field: 'search',
} as const;
