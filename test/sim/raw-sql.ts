import type { MemoryServer, SimTx } from './memory-database.ts';
import type { Row } from './rows.ts';
import { dueSwaps, namedSwaps, swapsOfSubject, takeSwapLease, takeUnpaid, timeOf } from './raw-swaps.ts';
import { compare, sorted } from './rows.ts';

type Handler = (server: MemoryServer, at: SimTx, values: readonly unknown[], text: string) => unknown;

/** TABLE: the SQL that stores write themselves, by how it begins, and what it means here. */
const MEANINGS: readonly (readonly [RegExp, Handler])[] = [
  [/^SELECT 1 FROM "(Swap|Payment)" WHERE/, lockOne],
  [/^UPDATE "Swap" SET "fence" = "fence" \+ 1/, takeSwapLease],
  [/^SELECT .* FROM "Swap" WHERE "subjectId" = /, swapsOfSubject],
  [/^SELECT "id" FROM "Swap" WHERE "nextLookAt" <= /, dueSwaps],
  [/^UPDATE "Swap" SET "nextLookAt" = /, takeUnpaid],
  [/^SELECT "id", "status", "providerSwapId" AS "name" FROM "Swap"/, namedSwaps],
  [/^WITH numbered AS/, appendEvent],
  [
    /^UPDATE "Account" SET "trialUsed"/,
    (server, at, [id]) => step(server, at, { table: 'account', id: String(id), column: 'trialUsed' }).length,
  ],
  [/^SELECT a."id" AS "addressId", .* WHERE l."(?:swapId|paymentId)" = /, leasedAddress],
  [/^UPDATE "AddressLease" SET "releasedAt"/, releaseLeases],
  [/^WITH place AS/, noteUsed],
  [/^WITH address AS \(INSERT INTO "Address"/, insertClaimLease],
  [
    /^UPDATE "KeyIndex" (?:k )?SET "nextIndex"/,
    (server, at, [burntMax]) => {
      const era = Math.max(...server.rows(at, 'keyIndex').map((row) => Number(row['era'])));
      if (burntMax !== undefined && burntRun(server, at, era) >= Number(burntMax)) return [];
      const rows = step(server, at, { table: 'keyIndex', id: String(era), column: 'nextIndex' }) as Row[];
      return rows.map((row) => ({ ...row, era }));
    },
  ],
  [/^UPDATE "ScriptChain" SET "nextIndex"/, takeChainIndex],
  [/^SELECT e\.\*, .* FROM \(SELECT "eventId" FROM "Outbox"/, peekOutbox],
  [/^WITH chosen AS MATERIALIZED \(SELECT "eventId" FROM "Outbox"/, takeOutbox],
  [/^DELETE FROM "Outbox" WHERE "eventId" = ANY/, removeFromOutbox],
  [/^SELECT "id" FROM "WebhookEndpoint" .* FOR SHARE$/, enabledEndpoints],
  [/^WITH RECURSIVE busy AS/, leaseDeliveries],
  [/^SELECT w."url", /, readSubject],
  [/^WITH asked AS .* INSERT INTO "Attempt"/, startAttempts],
  [/^WITH asked AS .* UPDATE "Attempt"/, endAttempts],
  [/^UPDATE "WebhookEndpoint" SET "failingSince" = NULL/, endFailing],
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

/** The values stand in the order of the text (src/events/outbox.ts). */
function appendEvent(server: MemoryServer, at: SimTx, values: readonly unknown[]): unknown[] {
  const [id, accountId, type, subjectId, subjectVersion, facts, webhookBody, requestId, sentAt] = values;
  const createdAt = timeOf(sentAt);
  server.lock(at, `account:${String(accountId)}`);
  const account = find(server, at, 'account', accountId);
  if (!account) return [];
  const sequence = (account['eventSeq'] as bigint) + 1n;
  server.write(at, 'account', { ...account, eventSeq: sequence });
  const event = { id, accountId, sequence, type, subjectId, subjectVersion, webhookBody, requestId, createdAt };
  server.write(at, 'event', { ...event, facts: JSON.parse(String(facts)) });
  server.write(at, 'outbox', { eventId: id, createdAt });
  return [{ sequence }];
}

function leasedAddress(server: MemoryServer, at: SimTx, [id, accountId]: readonly unknown[], text: string): unknown[] {
  const column = text.includes('"swapId"') ? 'swapId' : 'paymentId';
  const leases = server.rows(at, 'addressLease').filter((row) => row[column] === id && row['accountId'] === accountId);
  return leases.map((lease) => {
    const address = find(server, at, 'address', lease['addressId']);
    return { addressId: lease['addressId'], chainId: address?.['chainId'], index: address?.['index'] };
  });
}

function releaseLeases(server: MemoryServer, at: SimTx, [sentAt, paymentId]: readonly unknown[]): number {
  const held = server.rows(at, 'addressLease').filter((row) => row['paymentId'] === paymentId && row['releasedAt'] === null);
  for (const lease of held) server.write(at, 'addressLease', { ...lease, releasedAt: timeOf(sentAt) });
  return held.length;
}

/** By the address, or by the swap that it is leased for: the chain's row is locked, then the address noted. */
function noteUsed(server: MemoryServer, at: SimTx, [sentAt, id]: readonly unknown[], text: string): number {
  const lease = text.includes('"swapId"') ? server.rows(at, 'addressLease').find((row) => row['swapId'] === id) : { addressId: id };
  const address = lease && find(server, at, 'address', lease['addressId']);
  if (!address) return 0;
  const marked = markUsed(server, at, [address['index'], address['chainId']]);
  const now = find(server, at, 'address', address['id']);
  if (now && now['everUsedAt'] === null) server.write(at, 'address', { ...now, everUsedAt: timeOf(sentAt) });
  return marked;
}

/** The values stand in the order of the text (src/wallets/address-store.ts). */
function insertClaimLease(server: MemoryServer, at: SimTx, values: readonly unknown[]): number {
  const [addressId, chainId, index, scriptPubKey, leaseId, accountId, swapId, amountSats, sentAt] = values;
  server.write(at, 'address', { id: addressId, chainId, index, scriptPubKey, everUsedAt: null });
  const lease = { id: leaseId, accountId, addressId, swapId, paymentId: null, purpose: 'claim', releasedAt: null };
  server.write(at, 'addressLease', { ...lease, amountSats: BigInt(String(amountSats)), leasedAt: timeOf(sentAt) });
  return 1;
}

function burntRun(server: MemoryServer, at: SimTx, era: number): number {
  const made = server.rows(at, 'swap').filter((row) => row['keyEra'] === era && row['providerSwapId'] !== null);
  const last = Math.max(-1, ...made.map((row) => Number(row['keyIndex'])));
  return Number(find(server, at, 'keyIndex', era)?.['nextIndex']) - last - 1;
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

function waitingOutbox(server: MemoryServer, at: SimTx): Row[] {
  return sorted(server.rows(at, 'outbox'), [{ createdAt: 'asc' }, { eventId: 'asc' }]);
}

function peekOutbox(server: MemoryServer, at: SimTx, [limit]: readonly unknown[]): unknown[] {
  const enabled = server.rows(at, 'webhookEndpoint').filter((row) => row['status'] === 'enabled');
  const owners = new Set(enabled.map((row) => row['accountId']));
  const events = eventsOf(server, at, waitingOutbox(server, at).slice(0, Number(limit))) as Row[];
  return events.map((row) => ({ ...row, mayOwe: row['webhookBody'] !== null && owners.has(row['accountId']) }));
}

function removeFromOutbox(server: MemoryServer, at: SimTx, [ids]: readonly unknown[]): number {
  const there = (ids as unknown[]).filter((id) => find(server, at, 'outbox', id));
  for (const id of there) server.lock(at, `outbox:${String(id)}`);
  for (const id of there) server.erase(at, 'outbox', String(id));
  return there.length;
}

/** FOR UPDATE SKIP LOCKED. */
function takeOutbox(server: MemoryServer, at: SimTx, [limit]: readonly unknown[]): unknown[] {
  const rows = waitingOutbox(server, at);
  const free = rows.filter((row) => !server.isLocked(at, `outbox:${String(row['eventId'])}`)).slice(0, Number(limit));
  for (const row of free) {
    server.lock(at, `outbox:${String(row['eventId'])}`);
    server.erase(at, 'outbox', String(row['eventId']));
  }
  return eventsOf(server, at, free);
}

function eventsOf(server: MemoryServer, at: SimTx, waiting: readonly Row[]): unknown[] {
  const events = waiting.map((row) => find(server, at, 'event', row['eventId'])).filter((row) => row !== undefined);
  return sorted(events, [{ accountId: 'asc' }, { sequence: 'asc' }]).map((row) => ({ ...row }));
}

function enabledEndpoints(server: MemoryServer, at: SimTx, [accountId, mode]: readonly unknown[]): unknown[] {
  const mine = (row: Row) => row['accountId'] === accountId && row['mode'] === mode && row['status'] === 'enabled';
  return server.rows(at, 'webhookEndpoint').filter(mine);
}

/** The values stand in the order of the text (src/webhooks/delivery-lease-store.ts). */
function leaseDeliveries(server: MemoryServer, at: SimTx, [sentNow, sentUntil, limit]: readonly unknown[]): unknown[] {
  const [now, until] = [timeOf(sentNow), timeOf(sentUntil)];
  const due = sorted(server.rows(at, 'delivery'), [{ nextAttemptAt: 'asc' }, { id: 'asc' }]).filter((row) => {
    const endpoint = find(server, at, 'webhookEndpoint', row['endpointId']);
    const isOpen = (name: string, from: Row | undefined) => from?.[name] === null || compare(from?.[name], now) <= 0;
    const isDue = row['status'] === 'pending' && row['nextAttemptAt'] !== null && compare(row['nextAttemptAt'], now) <= 0;
    const isFree = isOpen('leaseUntil', row) && isOpen('breakerOpenUntil', endpoint) && endpoint?.['status'] === 'enabled';
    return isDue && isFree && !isHeld(server, at, row['id']);
  });
  return due.slice(0, Number(limit)).map((row) => {
    const leased = { ...row, fence: (row['fence'] as bigint) + 1n, leaseUntil: until };
    server.write(at, 'delivery', leased);
    const [subject = { body: null }] = readSubject(server, at, [row['endpointId'], row['eventId']]);
    return { ...subject, ...leased };
  });
}

function countFailing(server: MemoryServer, at: SimTx, [endpointId]: readonly unknown[]): unknown[] {
  return server.rows(at, 'delivery').filter((row) => {
    const isFailing = row['status'] === 'pending' && Number(row['attempts']) > 0 && row['leaseUntil'] === null;
    return row['endpointId'] === endpointId && row['nextAttemptAt'] !== null && isFailing;
  });
}

function readSubject(server: MemoryServer, at: SimTx, [endpointId, eventId]: readonly unknown[]): Row[] {
  const [endpoint, event] = [find(server, at, 'webhookEndpoint', endpointId), find(server, at, 'event', eventId)];
  return endpoint && event ? [{ ...endpoint, ...event, body: event['webhookBody'] }] : [];
}

/** Each of the list that its worker still owns (src/webhooks/attempt-store.ts), here and below. */
function startAttempts(server: MemoryServer, at: SimTx, [asked]: readonly unknown[]): unknown[] {
  return (JSON.parse(String(asked)) as Row[]).flatMap(({ id, accountId, fence, attemptId, number, startedAt, headers, next }) => {
    const row = owned(server, at, { id, fence }, ['pending']);
    if (!row || row['attempts'] !== Number(number) - 1) return [];
    server.write(at, 'delivery', { ...row, attempts: Number(number), nextAttemptAt: next === null ? null : timeOf(next) });
    const unknown = { durationMs: null, httpStatus: null, errorCode: null, responseHead: null };
    const attempt = { id: attemptId, accountId, deliveryId: id, number: Number(number), startedAt: timeOf(startedAt), ...unknown };
    server.write(at, 'attempt', { ...attempt, requestHeaders: headers });
    return [{ deliveryId: id }];
  });
}

function endAttempts(server: MemoryServer, at: SimTx, [asked]: readonly unknown[]): unknown[] {
  return (JSON.parse(String(asked)) as Row[]).flatMap(({ id, fence, endpointId, attemptId, status, next, ...ended }) => {
    const row = owned(server, at, { id, fence }, status === 'delivered' ? ['pending', 'cancelled'] : ['pending']);
    const attempt = find(server, at, 'attempt', attemptId);
    if (!row) return [];
    server.write(at, 'delivery', { ...row, status, nextAttemptAt: next === null ? null : timeOf(next), leaseUntil: null });
    if (!attempt) return [];
    const { durationMs, httpStatus, errorCode, responseHead } = ended;
    server.write(at, 'attempt', { ...attempt, durationMs, httpStatus, errorCode, responseHead });
    const endpoint = find(server, at, 'webhookEndpoint', endpointId);
    return [{ id, isFailing: (endpoint?.['failingSince'] ?? endpoint?.['breakerOpenUntil'] ?? null) !== null }];
  });
}

type Mine = { readonly id: unknown; readonly fence: unknown };

/** A delivery that is still its worker's, locked; null when another has it locked (SKIP LOCKED). */
function owned(server: MemoryServer, at: SimTx, { id, fence }: Mine, from: readonly string[]): Row | null {
  if (isHeld(server, at, id)) return null;
  server.lock(at, `delivery:${String(id)}`);
  const row = find(server, at, 'delivery', id);
  return row && String(row['fence']) === String(fence) && from.includes(String(row['status'])) ? row : null;
}

function isHeld(server: MemoryServer, at: SimTx, id: unknown): boolean {
  return server.isLocked(at, `delivery:${String(id)}`);
}

function endFailing(server: MemoryServer, at: SimTx, [id]: readonly unknown[]): number {
  const row = find(server, at, 'webhookEndpoint', id);
  if (!row || (row['failingSince'] === null && row['breakerOpenUntil'] === null)) return 0;
  server.write(at, 'webhookEndpoint', { ...row, failingSince: null, breakerOpenUntil: null });
  return 1;
}
