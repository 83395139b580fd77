import type { MemoryServer, SimTx } from './memory-database.ts';
import type { Row } from './rows.ts';
import { compare, sorted } from './rows.ts';

type Handler = (server: MemoryServer, at: SimTx, values: readonly unknown[], text: string) => unknown;

/** TABLE: the SQL that stores write themselves, by how it begins, and what it means here. */
const MEANINGS: readonly (readonly [RegExp, Handler])[] = [
  [/^SELECT 1 FROM "(Swap|Payment)" WHERE/, lockOne],
  [/^UPDATE "Swap" SET "fence" = "fence" \+ 1/, takeSwapLease],
  [
    /^UPDATE "KeyIndex" SET "nextIndex"/,
    (server, at) => {
      const era = Math.max(...server.rows(at, 'keyIndex').map((row) => Number(row['era'])));
      const rows = step(server, at, { table: 'keyIndex', id: String(era), column: 'nextIndex' }) as Row[];
      return rows.map((row) => ({ ...row, era }));
    },
  ],
  [/^UPDATE "ScriptChain" SET "nextIndex"/, takeChainIndex],
  [/^UPDATE "ScriptChain" SET "lastUsedIndex"/, markUsed],
  [/^SELECT "eventId" FROM "Outbox"/, takeOutbox],
  [/^SELECT "id" FROM "WebhookEndpoint" .* FOR SHARE$/, enabledEndpoints],
  [/^WITH busy AS/, leaseDeliveries],
  [/^SELECT 1 FROM "Delivery" d/, countFailing],
  [/^INSERT INTO "ProviderHealth"/, () => 1],
  [/^DELETE FROM "Swap"/, () => []],
];

export function runRaw(server: MemoryServer, at: SimTx, text: string, values: readonly unknown[]): unknown {
  const meaning = MEANINGS.find(([pattern]) => pattern.test(text));
  if (!meaning) throw new Error(`the simulated database does not know: ${text}`);
  return meaning[1](server, at, values, text);
}

function find(server: MemoryServer, at: SimTx, table: string, id: unknown): Row | undefined {
  return server.row(at, table, String(id));
}

function lockOne(server: MemoryServer, at: SimTx, [id]: readonly unknown[], text: string): unknown[] {
  const table = text.includes('"Swap"') ? 'swap' : 'payment';
  if (!find(server, at, table, id)) return [];
  server.lock(at, `${table}:${String(id)}`);
  return [{}];
}

function takeSwapLease(server: MemoryServer, at: SimTx, [until, id, now]: readonly unknown[]): unknown[] {
  const row = find(server, at, 'swap', id);
  if (!row) return [];
  const isFree = (one: Row) => one['leaseUntil'] === null || compare(one['leaseUntil'], new Date(String(now))) < 0;
  if (!isFree(row)) return [];
  server.lock(at, `swap:${String(id)}`);
  const fence = (row['fence'] as bigint) + 1n;
  server.write(at, 'swap', { ...row, fence, leaseUntil: new Date(String(until)) });
  return [{ fence }];
}

function step(server: MemoryServer, at: SimTx, { table, id, column }: { table: string; id: string; column: string }): unknown[] {
  server.lock(at, `${table}:${id}`);
  const row = find(server, at, table, id);
  if (!row) return [];
  const next = Number(row[column]) + 1;
  server.write(at, table, { ...row, [column]: next });
  return [{ [column]: next }];
}

function takeChainIndex(server: MemoryServer, at: SimTx, [id]: readonly unknown[]): unknown[] {
  const rows = step(server, at, { table: 'scriptChain', id: String(id), column: 'nextIndex' }) as Row[];
  return rows.map((row) => ({ taken: Number(row['nextIndex']) - 1 }));
}

function markUsed(server: MemoryServer, at: SimTx, [index, id]: readonly unknown[]): number {
  server.lock(at, `scriptChain:${String(id)}`);
  const row = find(server, at, 'scriptChain', id);
  if (row) server.write(at, 'scriptChain', { ...row, lastUsedIndex: Math.max(Number(row['lastUsedIndex']), Number(index)) });
  return row ? 1 : 0;
}

/** FOR UPDATE SKIP LOCKED. */
function takeOutbox(server: MemoryServer, at: SimTx, [limit]: readonly unknown[]): unknown[] {
  const rows = sorted(server.rows(at, 'outbox'), [{ createdAt: 'asc' }, { eventId: 'asc' }]);
  const free = rows.filter((row) => !server.isLocked(at, `outbox:${String(row['eventId'])}`)).slice(0, Number(limit));
  for (const row of free) server.lock(at, `outbox:${String(row['eventId'])}`);
  return free.map((row) => ({ eventId: row['eventId'] }));
}

function enabledEndpoints(server: MemoryServer, at: SimTx, [accountId, mode]: readonly unknown[]): unknown[] {
  const mine = (row: Row) => row['accountId'] === accountId && row['mode'] === mode && row['status'] === 'enabled';
  return server.rows(at, 'webhookEndpoint').filter(mine);
}

/** The values stand in the order of the text (src/webhooks/delivery-store.ts). */
function leaseDeliveries(server: MemoryServer, at: SimTx, values: readonly unknown[]): unknown[] {
  const now = values[0] as Date;
  const limit = values.filter((value) => typeof value === 'number').at(-1) as number;
  const until = values.at(-1) as Date;
  const due = sorted(server.rows(at, 'delivery'), [{ nextAttemptAt: 'asc' }, { id: 'asc' }]).filter((row) => {
    const endpoint = find(server, at, 'webhookEndpoint', row['endpointId']);
    const isOpen = (name: string, from: Row | undefined) => from?.[name] === null || compare(from?.[name], now) <= 0;
    const isDue = row['status'] === 'pending' && row['nextAttemptAt'] !== null && compare(row['nextAttemptAt'], now) <= 0;
    const isFree = isOpen('leaseUntil', row) && isOpen('breakerOpenUntil', endpoint) && endpoint?.['status'] === 'enabled';
    return isDue && isFree && !server.isLocked(at, `delivery:${String(row['id'])}`);
  });
  return due.slice(0, limit).map((row) => {
    const leased = { ...row, fence: (row['fence'] as bigint) + 1n, leaseUntil: until };
    server.write(at, 'delivery', leased);
    return leased;
  });
}

function countFailing(server: MemoryServer, at: SimTx, [endpointId]: readonly unknown[]): unknown[] {
  return server.rows(at, 'delivery').filter((row) => {
    const isFailing = row['status'] === 'pending' && Number(row['attempts']) > 0 && row['leaseUntil'] === null;
    return row['endpointId'] === endpointId && row['nextAttemptAt'] !== null && isFailing;
  });
}
