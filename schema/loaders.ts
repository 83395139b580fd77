import type { EventRow } from '../src/events/event-store.ts';
import type { LinkTotals } from '../src/links/link-payments-store.ts';
import type { PaymentLink } from '../src/links/link.ts';
import type { Rate } from '../src/rates/rate.ts';
import type { DeliveryList } from '../src/webhooks/delivery-pages-store.ts';
import type { DeliveryRecord } from '../src/webhooks/delivery.ts';
import type { Endpoint } from '../src/webhooks/endpoint.ts';
import type { UseCases } from './context.ts';
import DataLoader from 'dataloader';

export type Invoice = { readonly invoice: string; readonly expiresAt: Date };
export type Timeline = { readonly accountId: string; readonly subjectId: string };

/**
 * What each row of a list would otherwise ask the database for by itself: reads of one tick, batched. Only what never changes is remembered, so
 * subscriptions may keep this. Each loader is made when it is first asked for: most operations need none, and thousands of open sockets keep one of
 * these each.
 */
export class Loaders {
  readonly #app: UseCases;
  #quote: DataLoader<string, Rate | null> | undefined;
  #invoice: DataLoader<string, Invoice | null> | undefined;
  #address: DataLoader<string, string | null> | undefined;
  #link: DataLoader<string, PaymentLink | null> | undefined;
  #linkTotals: DataLoader<string, LinkTotals | null> | undefined;
  #endpoint: DataLoader<string, Endpoint | null> | undefined;
  #deliveries: DataLoader<DeliveryList, readonly DeliveryRecord[]> | undefined;
  #timeline: DataLoader<Timeline, readonly EventRow[]> | undefined;

  constructor(app: UseCases) {
    this.#app = app;
  }

  get quote() {
    this.#quote ??= batched(this.#app.findQuotes);
    return this.#quote;
  }

  get invoice() {
    this.#invoice ??= batched(this.#app.findInvoices);
    return this.#invoice;
  }

  get address() {
    this.#address ??= batched(this.#app.findAddresses);
    return this.#address;
  }

  /** This one and all below change: they batch, and remember nothing. */
  get link() {
    this.#link ??= batched(this.#app.links.findMany, FORGETFUL);
    return this.#link;
  }

  get linkTotals() {
    this.#linkTotals ??= batched(this.#app.links.totals, FORGETFUL);
    return this.#linkTotals;
  }

  get endpoint() {
    this.#endpoint ??= batched((ids) => this.#app.hooks.findEndpoints(ids), FORGETFUL);
    return this.#endpoint;
  }

  get deliveries() {
    this.#deliveries ??= new DataLoader((lists) => this.#app.hooks.deliveryPages(lists), FORGETFUL);
    return this.#deliveries;
  }

  get timeline() {
    this.#timeline ??= new DataLoader((asked) => readTimelines(this.#app, asked), FORGETFUL);
    return this.#timeline;
  }
}

const FORGETFUL = { cache: false };

function batched<T>(
  find: (ids: readonly string[]) => Promise<ReadonlyMap<string, T>>,
  options: { readonly cache?: boolean } = {},
): DataLoader<string, T | null> {
  return new DataLoader(async (ids: readonly string[]) => {
    const found = await find(ids);
    return ids.map((id) => found.get(id) ?? null);
  }, options);
}

async function readTimelines({ hooks }: UseCases, asked: readonly Timeline[]): Promise<(readonly EventRow[])[]> {
  const accounts = [...Map.groupBy(asked, ({ accountId }) => accountId)];
  const found = new Map<string, ReadonlyMap<string, readonly EventRow[]>>();
  for (const [accountId, group] of accounts) {
    const subjectIds = group.map(({ subjectId }) => subjectId);
    found.set(accountId, await hooks.subjectsEvents(accountId, subjectIds));
  }
  return asked.map(({ accountId, subjectId }) => found.get(accountId)?.get(subjectId) ?? []);
}
