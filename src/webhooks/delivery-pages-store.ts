import type { Prisma } from '../../prisma/generated/client.ts';
import type { DeliveryRecord } from './delivery.ts';
import type { Database } from '../lib/database.ts';
import { deliveryInclude, deliveryRecord } from './webhook-store.ts';

export type DeliveryPage = Readonly<{
  /** What the deliveries are of: payments, or endpoints. */
  by: 'subject' | 'endpoint';
  first: number;
  after: { createdAt: Date; id: string } | null;
  failedOnly: boolean;
}>;
/** A list inside a list is asked for once per row of the outer one: all of these rows are read together. */
export type DeliveryList = Readonly<{ accountId: string; ownerId: string; page: DeliveryPage }>;

/** For each asked list its page, newest first, with one row more than `first` when there is a next page. One query for all that ask alike. */
export async function readDeliveryPages(
  database: Database,
  lists: readonly DeliveryList[],
): Promise<readonly (readonly DeliveryRecord[])[]> {
  const groups = Map.groupBy(lists, ({ accountId, page }) => JSON.stringify([accountId, page]));
  const found = new Map<DeliveryList, readonly DeliveryRecord[]>();
  for (const group of groups.values()) {
    const rows = await readGroup(database, group);
    for (const list of group) found.set(list, rows.get(list.ownerId) ?? []);
  }
  return lists.map((list) => found.get(list) ?? []);
}

type Placed = { readonly id: string; readonly owner: string };

async function readGroup(database: Database, group: readonly DeliveryList[]): Promise<ReadonlyMap<string, readonly DeliveryRecord[]>> {
  const [head] = group;
  if (!head) return new Map();
  const { accountId, page } = head;
  const owners = [...new Set(group.map(({ ownerId }) => ownerId))];
  const placed = await (page.by === 'subject' ? placedBySubject : placedByEndpoint)(database, { accountId, owners, page });
  const records = await findDeliveries(
    database,
    accountId,
    placed.map(({ id }) => id),
  );
  const pages = new Map<string, DeliveryRecord[]>();
  for (const { id, owner } of placed) {
    const record = records.get(id);
    if (record) pages.set(owner, [...(pages.get(owner) ?? []), record]);
  }
  return pages;
}

type Owners = Readonly<{ accountId: string; owners: readonly string[]; page: DeliveryPage }>;

async function placedBySubject({ client }: Database, { accountId, owners, page }: Owners): Promise<readonly Placed[]> {
  const [at, id] = [page.after?.createdAt ?? null, page.after?.id ?? null];
  return client.$queryRaw<Placed[]>`
    SELECT r."id", o.owner FROM unnest(${owners}::text[]) AS o(owner) CROSS JOIN LATERAL (
      SELECT d."id", d."createdAt" FROM "Event" e JOIN "Delivery" d ON d."eventId" = e."id"
      WHERE e."subjectId" = o.owner AND e."accountId" = ${accountId} AND (${page.failedOnly} = false OR d."status" = 'exhausted')
        AND (${at}::timestamptz IS NULL OR d."createdAt" < ${at}::timestamptz OR (d."createdAt" = ${at}::timestamptz AND d."id" > ${id}))
      ORDER BY d."createdAt" DESC, d."id" LIMIT ${page.first + 1}
    ) r ORDER BY o.owner, r."createdAt" DESC, r."id"`;
}

async function placedByEndpoint({ client }: Database, { accountId, owners, page }: Owners): Promise<readonly Placed[]> {
  const [at, id] = [page.after?.createdAt ?? null, page.after?.id ?? null];
  return client.$queryRaw<Placed[]>`
    SELECT r."id", o.owner FROM unnest(${owners}::text[]) AS o(owner) CROSS JOIN LATERAL (
      SELECT d."id", d."createdAt" FROM "Delivery" d
      WHERE d."endpointId" = o.owner AND d."accountId" = ${accountId} AND (${page.failedOnly} = false OR d."status" = 'exhausted')
        AND (${at}::timestamptz IS NULL OR d."createdAt" < ${at}::timestamptz OR (d."createdAt" = ${at}::timestamptz AND d."id" > ${id}))
      ORDER BY d."createdAt" DESC, d."id" LIMIT ${page.first + 1}
    ) r ORDER BY o.owner, r."createdAt" DESC, r."id"`;
}

/** The account's deliveries of these ids, with their events and attempts. */
export async function findDeliveries(
  database: Database,
  accountId: string,
  ids: readonly string[],
): Promise<ReadonlyMap<string, DeliveryRecord>> {
  if (ids.length === 0) return new Map();
  const where: Prisma.DeliveryWhereInput = { accountId, id: { in: [...new Set(ids)] } };
  const rows = await database.client.delivery.findMany({ where, include: deliveryInclude });
  return new Map(rows.map((row) => [row.id, deliveryRecord(row)]));
}
