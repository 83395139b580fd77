import type { PaymentLink } from '../src/links/link.ts';
import type { LinkTotals } from '../src/links/link-payments-store.ts';
import type { PublicLink } from '../src/links/read-link.ts';
import type { RequestContext } from './context.ts';
import { fiatTextFull } from '../src/lib/money.ts';
import { RefusalError } from '../src/lib/refusal.ts';
import { embedHtml, LINK_STATUSES, linkUrl, priceOf } from '../src/links/link.ts';
import { builder, CurrencyEnum } from './builder.ts';
import { Merchant } from './checkout.ts';
import { ModeEnum, PaymentRef } from './payment.ts';

const LinkStatusEnum = builder.enumType('LinkStatus', {
  description: 'Whether a payment link takes payments.',
  values: { ACTIVE: { value: LINK_STATUSES[0] }, INACTIVE: { value: LINK_STATUSES[1] } },
});

export const PaymentLinkRef = builder.objectRef<PaymentLink>('PaymentLink').implement({
  description: 'A reusable address at which anybody may start a payment. Price and currency never change.',
  fields: (t) => ({
    id: t.id({ description: 'lnk_…', resolve: ({ id }) => id }),
    mode: t.field({ type: ModeEnum, description: 'live or test.', resolve: ({ mode }) => mode }),
    title: t.string({ description: 'What is paid for.', resolve: ({ title }) => title }),
    description: t.string({ nullable: true, description: 'More about it, in plain text.', resolve: ({ description }) => description }),
    amountFiat: t.field({
      type: 'FiatAmount',
      nullable: true,
      description: 'The price; null where the payer chooses the amount.',
      resolve: priceText,
    }),
    currency: t.field({ type: CurrencyEnum, description: 'Currency of the link.', resolve: ({ currency }) => currency }),
    redirectUrl: t.field({
      type: 'URL',
      nullable: true,
      description: 'Where payers go afterwards.',
      resolve: ({ redirectUrl }) => redirectUrl,
    }),
    status: t.field({ type: LinkStatusEnum, description: 'Whether it takes payments.', resolve: ({ status }) => status }),
    url: t.field({ type: 'URL', description: 'Share this.', resolve: ({ id }, _args, { app }) => linkUrl(app.publicUrl, id) }),
    embedHtml: t.string({
      description: 'A button to paste into any page.',
      resolve: ({ id }, _args, { app }) => embedHtml(linkUrl(app.publicUrl, id)),
    }),
    paidCount: t.int({
      description: 'Paid payments so far.',
      resolve: async (link, _args, context) => (await totalsOf(link, context)).paidCount,
    }),
    paidSats: t.field({
      type: 'Sats',
      description: 'What they paid.',
      resolve: async (link, _args, context) => (await totalsOf(link, context)).paidSats,
    }),
    belowMinimum: t.boolean({
      description: 'The fixed price is less than can be paid at the present exchange rate: make a new link.',
      resolve: (link, _args, { app }) => app.links.isBelowMinimum(link),
    }),
    createdAt: t.field({ type: 'DateTime', description: 'When it was made.', resolve: ({ createdAt }) => createdAt }),
  }),
});

async function totalsOf({ id }: PaymentLink, { loaders }: RequestContext): Promise<LinkTotals> {
  return (await loaders.linkTotals.load(id)) ?? { paidCount: 0, paidSats: 0n };
}

function priceText(link: PaymentLink): string | null {
  const price = priceOf(link);
  return price === null ? null : fiatTextFull(price);
}

export const PaymentLinkResult = builder.errorUnion('PaymentLinkResult', {
  description: 'A link, or why nothing was changed.',
  types: [PaymentLinkRef, RefusalError],
  resolveType: () => 'PaymentLink',
});

export const PublicLinkRef = builder.objectRef<PublicLink>('PublicLink').implement({
  description: 'What everybody may see of a payment link: nothing else of the account.',
  fields: (t) => ({
    id: t.id({ description: 'lnk_…', resolve: ({ link }) => link.id }),
    mode: t.field({ type: ModeEnum, description: 'live or test.', resolve: ({ link }) => link.mode }),
    title: t.string({ description: 'What is paid for.', resolve: ({ link }) => link.title }),
    description: t.string({ nullable: true, description: 'More about it, in plain text.', resolve: ({ link }) => link.description }),
    amountFiat: t.field({
      type: 'FiatAmount',
      nullable: true,
      description: 'The price; null where the payer chooses the amount.',
      resolve: ({ link }) => priceText(link),
    }),
    currency: t.field({ type: CurrencyEnum, description: 'Currency of the link.', resolve: ({ link }) => link.currency }),
    status: t.field({ type: LinkStatusEnum, description: 'Whether it takes payments.', resolve: ({ link }) => link.status }),
    merchant: t.field({ type: Merchant, description: 'Who is paid.', resolve: ({ merchant }) => merchant }),
    minimumFiat: t.field({
      type: 'FiatAmount',
      nullable: true,
      description: 'The smallest amount that can be paid at the present exchange rate; null while there is none.',
      resolve: async ({ link }, _args, { app }) => {
        const least = await app.links.leastFiat(link.currency);
        return least === null ? null : fiatTextFull(least);
      },
    }),
    approximateSats: t.field({
      type: 'Sats',
      nullable: true,
      description: 'What the fixed price is in sats at the present exchange rate; the payment itself fixes it. Null for open links.',
      resolve: async ({ link }, _args, { app }) => {
        const price = priceText(link);
        const amount = price === null ? null : await app.links.previewSats({ amount: price, currency: link.currency });
        return amount?.ok ? amount.value : null;
      },
    }),
  }),
});

builder.objectField(PaymentRef, 'link', (t) =>
  t.field({
    type: PaymentLinkRef,
    nullable: true,
    description: 'The payment link that it came from, as it is now.',
    resolve: async ({ accountId, linkId }, _args, { loaders }) => {
      const link = linkId === null ? null : await loaders.link.load(linkId);
      return link?.accountId === accountId ? link : null;
    },
  }),
);
