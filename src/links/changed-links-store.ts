import type { EventType } from '../events/event.ts';
import type { Database } from '../lib/database.ts';
import type { PaymentLink } from './link.ts';
import { inTx } from '../lib/database.ts';
import { findLinks } from './link-store.ts';

/** Rows of the log read at once: bounds the memory of a reader that was away for long. */
const EVENTS_BATCH = 500;
/** TABLE: what changes something that a link shows: its own words, and what it has earned. */
const TELLING: readonly EventType[] = ['link.created', 'link.updated', 'payment.confirmed'];

export type ChangedLinks = { readonly links: readonly PaymentLink[]; readonly sequence: bigint };

/** The account's links that the log says something new about after `since`, and where the log stands now; with null only the latter. */
export async function findChangedLinks(database: Database, accountId: string, since: bigint | null): Promise<ChangedLinks> {
  return database.transact(async (tx) => {
    const db = inTx(tx);
    if (since === null) {
      const { eventSeq } = await db.account.findUniqueOrThrow({ where: { id: accountId }, select: { eventSeq: true } });
      return { links: [], sequence: eventSeq };
    }
    const subjects = new Set<string>();
    let sequence = since;
    for (let full = true; full; ) {
      const rows = await db.event.findMany({
        where: { accountId, sequence: { gt: sequence } },
        orderBy: { sequence: 'asc' },
        take: EVENTS_BATCH,
        select: { sequence: true, type: true, subjectId: true },
      });
      for (const row of rows) if (TELLING.some((type) => type === row.type)) subjects.add(row.subjectId);
      sequence = rows.at(-1)?.sequence ?? sequence;
      full = rows.length === EVENTS_BATCH;
    }
    if (subjects.size === 0) return { links: [], sequence };
    const paid = await db.payment.findMany({
      where: { accountId, id: { in: [...subjects] }, linkId: { not: null } },
      select: { linkId: true },
    });
    const links = await findLinks(database, [...subjects, ...paid.flatMap(({ linkId }) => linkId ?? [])]);
    return { links: [...links.values()].filter((link) => link.accountId === accountId), sequence };
  });
}
