import type { EventRow } from '../src/events/event-store.ts';
import type { DeliveryList } from '../src/webhooks/delivery-pages-store.ts';
import type { Endpoint } from '../src/webhooks/endpoint.ts';
import type { DeliveryRecord } from '../src/webhooks/delivery.ts';
import type { UseCases } from './context.ts';
import DataLoader from 'dataloader';

export type Timeline = { readonly accountId: string; readonly subjectId: string };

/** Reads of one tick, batched and not remembered: all of these change. */
export type HookLoaders = {
  readonly endpoint: DataLoader<string, Endpoint | null>;
  readonly deliveries: DataLoader<DeliveryList, readonly DeliveryRecord[]>;
  readonly timeline: DataLoader<Timeline, readonly EventRow[]>;
};

/** What each row of a list would otherwise ask the database for by itself. */
export function hookLoaders(app: Pick<UseCases, 'hooks'>): HookLoaders {
  const forgetful = { cache: false };
  return {
    endpoint: new DataLoader(async (ids) => {
      const found = await app.hooks.findEndpoints(ids);
      return ids.map((id) => found.get(id) ?? null);
    }, forgetful),
    deliveries: new DataLoader((lists) => app.hooks.deliveryPages(lists), forgetful),
    timeline: new DataLoader((asked) => readTimelines(app, asked), forgetful),
  };
}

async function readTimelines({ hooks }: Pick<UseCases, 'hooks'>, asked: readonly Timeline[]): Promise<(readonly EventRow[])[]> {
  const accounts = [...Map.groupBy(asked, ({ accountId }) => accountId)];
  const found = new Map<string, ReadonlyMap<string, readonly EventRow[]>>();
  for (const [accountId, group] of accounts) {
    found.set(
      accountId,
      await hooks.subjectsEvents(
        accountId,
        group.map(({ subjectId }) => subjectId),
      ),
    );
  }
  return asked.map(({ accountId, subjectId }) => found.get(accountId)?.get(subjectId) ?? []);
}
