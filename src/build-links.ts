import type { LinkUseCases } from '../schema/link-use-cases.ts';
import type { CreateLinkDeps } from './links/create-link.ts';
import type { PayLinkDeps } from './links/pay-link.ts';
import type { PriceDeps, ReadPublicLinkDeps } from './links/read-link.ts';
import { pause } from './lib/time.ts';
import { findChangedLinks } from './links/changed-links-store.ts';
import { createLink } from './links/create-link.ts';
import { findLatestVisit, findOpenSessionEnds, findOpenVisit, readLinkTotals } from './links/link-payments-store.ts';
import { findAccountLink, findLink, findLinks, listLinks } from './links/link-store.ts';
import { payLink } from './links/pay-link.ts';
import { isBelowMinimum, previewSats, readLeastFiat, readPublicLink } from './links/read-link.ts';
import { updateLink } from './links/update-link.ts';

export type LinkParts = CreateLinkDeps & PriceDeps & Pick<PayLinkDeps, 'order'> & Pick<ReadPublicLinkDeps, 'findAccount'>;

/** The use cases of payment links, bound to the parts that payments are made of. */
export function buildLinks(parts: LinkParts): LinkUseCases {
  const { database, findAccount } = parts;
  const readPublic: LinkUseCases['readPublic'] = (id) => readPublicLink({ findAccount, findLink: (link) => findLink(database, link) }, id);
  const payDeps: PayLinkDeps = {
    now: parts.now,
    hash: parts.hash,
    order: parts.order,
    readPublicLink: readPublic,
    findOpenVisit: (visit, fiat, least) => findOpenVisit(database, visit, fiat, least),
    findLatestVisit: (visit) => findLatestVisit(database, visit),
    findOpenSessionEnds: (link, most) => findOpenSessionEnds(database, link, most),
    wait: pause,
  };
  return {
    create: (asker, input) => createLink(parts, asker, input),
    update: (asker, change) => updateLink(parts, asker, change),
    find: (accountId, id) => findAccountLink(database, accountId, id),
    findMany: (ids) => findLinks(database, ids),
    list: (page) => listLinks(database, page),
    changed: (accountId, since) => findChangedLinks(database, accountId, since),
    totals: (ids) => readLinkTotals(database, ids),
    readPublic,
    pay: (input) => payLink(payDeps, input),
    previewSats: (input) => previewSats(parts, input),
    leastFiat: (currency) => readLeastFiat(parts, currency),
    isBelowMinimum: (link) => isBelowMinimum(parts, link),
  };
}
