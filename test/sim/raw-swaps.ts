import type { MemoryServer, SimTx } from './memory-database.ts';
import type { Row } from './rows.ts';
import { compare, sorted } from './rows.ts';

export function takeSwapLease(server: MemoryServer, at: SimTx, [until, id, now]: readonly unknown[]): unknown[] {
  const row = server.row(at, 'swap', String(id));
  if (!row || server.isLocked(at, `swap:${String(id)}`)) return [];
  const isFree = (one: Row) => one['leaseUntil'] === null || compare(one['leaseUntil'], timeOf(now)) < 0;
  if (!isFree(row)) return [];
  server.lock(at, `swap:${String(id)}`);
  const fence = (row['fence'] as bigint) + 1n;
  const taken = { ...row, fence, leaseUntil: timeOf(until) };
  server.write(at, 'swap', taken);
  return [{ ...taken }];
}

/** Statements of ours send times without their zone. */
export function timeOf(sent: unknown): Date {
  return new Date(`${String(sent)}Z`);
}

export function swapsOfSubject(server: MemoryServer, at: SimTx, [subjectId]: readonly unknown[]): unknown[] {
  return sorted(
    server.rows(at, 'swap').filter((row) => row['subjectId'] === subjectId),
    { attempt: 'desc' },
  );
}

export function dueSwaps(server: MemoryServer, at: SimTx, [sentAt, most]: readonly unknown[]): unknown[] {
  return freeDue(server, at, sentAt)
    .filter((row) => row['status'] !== 'verified')
    .slice(0, Number(most));
}

export function takeUnpaid(server: MemoryServer, at: SimTx, [sentAt, dueAt, most]: readonly unknown[]): unknown[] {
  const due = freeDue(server, at, sentAt).filter((row) => row['status'] === 'verified');
  const isLocked = (row: Row) => server.isLocked(at, `swap:${String(row['id'])}`);
  return due
    .filter((row) => !isLocked(row))
    .slice(0, Number(most))
    .map((row) => {
      const taken = { ...row, nextLookAt: timeOf(dueAt) };
      server.lock(at, `swap:${String(row['id'])}`);
      server.write(at, 'swap', taken);
      return taken;
    });
}

function freeDue(server: MemoryServer, at: SimTx, sentAt: unknown): Row[] {
  const now = timeOf(sentAt);
  const isDue = (row: Row) => row['nextLookAt'] !== null && compare(row['nextLookAt'], now) <= 0;
  const isFree = (row: Row) => row['leaseUntil'] === null || compare(row['leaseUntil'], now) < 0;
  return sorted(
    server.rows(at, 'swap').filter((row) => isDue(row) && isFree(row)),
    { nextLookAt: 'asc' },
  );
}

export function namedSwaps(server: MemoryServer, at: SimTx, [provider, names]: readonly unknown[]): unknown[] {
  const isMeant = (row: Row) => row['provider'] === provider && (names as unknown[]).includes(row['providerSwapId']);
  const meant = server.rows(at, 'swap').filter(isMeant);
  return meant.map((row) => ({ id: row['id'], status: row['status'], name: row['providerSwapId'] }));
}
