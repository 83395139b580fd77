import { RefusalError, accepted } from '../src/lib/refusal.ts';
import { builder } from './builder.ts';
import { pageInfoOf, pageSize } from './cursor.ts';
import { EventRef } from './delivery.ts';

/** A sequence fits a 64-bit column. */
const SEQUENCE = /^\d{1,18}$/;
/** More kinds of events than there are. */
const TYPES_MAX = 50;

/** The cursor of an event is its sequence: a reader may also keep that of the last webhook it has seen (X-AvoPay-Sequence). */
export function sequenceOf(text: string | null | undefined): bigint {
  if (text === null || text === undefined || text === '') return 0n;
  if (SEQUENCE.test(text)) return BigInt(text);
  throw new RefusalError({
    kind: 'invalid',
    code: 'invalid_sequence',
    message: 'after must be the sequence of an event, as a decimal number; 0 is the beginning',
    field: 'after',
  });
}

builder.queryField('events', (t) =>
  t.connection(
    {
      type: EventRef,
      description: "The account's log, oldest first. The cursor of an event is its sequence: ask with the last one that you know.",
      authScopes: { secretOrTest: true },
      args: { types: t.arg.stringList({ description: 'Only these; absent or empty: all.' }) },
      resolve: async (_root, { first, after, types }, { caller, app }) => {
        const { accountId, mode } = accepted(await caller());
        const size = pageSize(first);
        const wanted = (types ?? []).slice(0, TYPES_MAX);
        const rows = await app.hooks.events({ accountId, mode, after: sequenceOf(after), types: wanted, limit: size + 1 });
        const edges = rows.slice(0, size).map((node) => ({ cursor: node.sequence.toString(), node }));
        return { edges, pageInfo: pageInfoOf(edges, rows.length > size) };
      },
    },
    { name: 'EventConnection' },
    { name: 'EventEdge' },
  ),
);
