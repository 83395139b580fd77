import type { Database, Tx } from '../../src/lib/database.ts';
import type { Owner } from './scheduler.ts';
import type { Run } from './memory-statements.ts';
import type { Row } from './rows.ts';
import type { Call, Caller, Change, SimServer } from './server.ts';
import { makeTx } from '../../src/lib/database.ts';
import { answerOf, askerOf, clientOf, labelOf } from './memory-statements.ts';
import { idOf, uniqueKeys } from './rows.ts';
import { commitLabel } from './server.ts';

/** Thrown by an effect that has to wait for a row: the caller puts itself into the line. */
export class Blocked extends Error {
  readonly wait: (again: () => void) => void;
  constructor(key: string, wait: (again: () => void) => void) {
    super(`waits for ${key}`);
    this.wait = wait;
  }
}

export class SimTx {
  readonly owner: Owner | null;
  readonly writes = new Map<string, { table: string; id: string; row: Row | null }>();
  readonly held = new Set<string>();
  waitsFor: SimTx | null = null;
  over = false;
  constructor(owner: Owner | null) {
    this.owner = owner;
  }
}

/** Tables, row locks and read-committed transactions of one PostgreSQL, as far as the stores lean on them. */
export class MemoryServer implements SimServer {
  readonly tables = new Map<string, Map<string, Row>>();
  readonly open = new Set<SimTx>();
  onCommit: (changes: readonly Change[], owner: Owner | null) => void = () => {};
  readonly #unique = new Map<string, string>();
  readonly #locks = new Map<string, SimTx>();
  readonly #lines = new Map<string, (() => void)[]>();

  begin(owner: Owner | null): SimTx {
    const tx = new SimTx(owner);
    this.open.add(tx);
    return tx;
  }

  /** @throws Blocked while another transaction holds it; Error where waiting would never end. */
  lock(tx: SimTx, key: string): void {
    if (tx.over) throw new Error('the transaction is over');
    const holder = this.#locks.get(key);
    if (holder && holder !== tx) {
      for (let next: SimTx | null = holder; next; next = next.waitsFor) if (next === tx) throw new Error('deadlock detected');
      tx.waitsFor = holder;
      throw new Blocked(key, (again) => this.#wait(key, again));
    }
    tx.waitsFor = null;
    this.#locks.set(key, tx);
    tx.held.add(key);
  }

  isLocked(tx: SimTx, key: string): boolean {
    const holder = this.#locks.get(key);
    return holder !== undefined && holder !== tx;
  }

  #wait(key: string, again: () => void): void {
    this.#lines.set(key, [...(this.#lines.get(key) ?? []), again]);
  }

  rows(tx: SimTx | null, table: string): Row[] {
    const committed = this.tables.get(table) ?? new Map<string, Row>();
    const own = tx && tx.writes.size > 0 ? [...tx.writes.values()].filter((write) => write.table === table) : [];
    if (own.length === 0) return [...committed.values()];
    const merged = new Map(committed);
    for (const { id, row } of own) {
      if (row) merged.set(id, row);
      else merged.delete(id);
    }
    return [...merged.values()];
  }

  /** One row as `tx` sees it. */
  row(tx: SimTx, table: string, id: string): Row | undefined {
    const own = tx.writes.get(`${table}:${id}`);
    return own ? (own.row ?? undefined) : this.tables.get(table)?.get(id);
  }

  write(tx: SimTx, table: string, row: Row): void {
    if (tx.over) throw new Error('the transaction is over');
    const id = idOf(table, row);
    this.lock(tx, `${table}:${id}`);
    for (const key of uniqueKeys(table, row, this.row(tx, table, id))) {
      const known = this.#unique.get(key);
      if (known === id) continue;
      this.lock(tx, key);
      const own = [...tx.writes.values()].some((write) => write.row && write.id !== id && uniqueKeys(table, write.row).includes(key));
      const stillThere = known !== undefined && tx.writes.get(`${table}:${known}`)?.row !== null;
      if (stillThere || own) throw new UniqueViolation(key);
    }
    tx.writes.set(`${table}:${id}`, { table, id, row });
  }

  erase(tx: SimTx, table: string, id: string): void {
    this.lock(tx, `${table}:${id}`);
    tx.writes.set(`${table}:${id}`, { table, id, row: null });
  }

  commit(tx: SimTx): void {
    if (tx.over) throw new Error('the transaction is over');
    const changes: Change[] = [];
    for (const { table, id, row } of tx.writes.values()) {
      const rows = this.tables.get(table) ?? new Map<string, Row>();
      this.tables.set(table, rows);
      const before = rows.get(id) ?? null;
      if (before) for (const key of uniqueKeys(table, before)) this.#unique.delete(key);
      if (row) for (const key of uniqueKeys(table, row)) this.#unique.set(key, id);
      if (row) rows.set(id, row);
      else rows.delete(id);
      changes.push({ table, id, before, after: row });
    }
    this.rollback(tx);
    if (changes.length > 0) this.onCommit(changes, tx.owner);
  }

  rollback(tx: SimTx): void {
    if (tx.over && tx.held.size === 0) return;
    tx.over = true;
    this.open.delete(tx);
    const held = [...tx.held];
    tx.held.clear();
    for (const key of held) {
      if (this.#locks.get(key) === tx) this.#locks.delete(key);
      const line = this.#lines.get(key);
      this.#lines.delete(key);
      for (const again of line ?? []) again();
    }
  }

  connect({ owner, call }: Caller): Database {
    return memoryDatabase(this, () => owner, call);
  }

  drop = (owner: Owner): void => this.begunBy(owner)();

  begunBy(owner: Owner): () => void {
    const begun = [...this.open].filter((tx) => tx.owner === owner);
    return () => begun.forEach((tx) => void this.rollback(tx));
  }

  fill(rows: readonly (readonly [table: string, row: Row])[]): void {
    const tx = this.begin(null);
    for (const [table, row] of rows) this.write(tx, table, row);
    this.commit(tx);
  }
}

export class UniqueViolation extends Error {
  constructor(key: string) {
    super(`unique constraint violated: ${key}`);
  }
}

/** What stores call: the part of Prisma's client that they use, over one node's connection. */
function memoryDatabase(server: MemoryServer, owner: () => Owner | null, call: Call): Database {
  const inside = (tx: SimTx | null) => {
    const run = runnerOf(server, tx, owner, call);
    return { client: clientOf(server, run), ask: askerOf(server, run, tx === null) };
  };
  const run = async (work: (tx: Tx) => Promise<unknown>, hasPrisma: boolean) => {
    const tx = await call('db begin', () => server.begin(owner()));
    let value: unknown;
    try {
      const { client, ask } = inside(tx);
      value = await work(makeTx(hasPrisma ? (client as never) : null, ask)); // the stores use no more of it than is here
    } catch (error) {
      await call('db rollback', () => server.rollback(tx)).catch(() => server.rollback(tx)); // a broken connection rolls back too
      throw error;
    }
    try {
      await call(commitLabel(tx.writes.values()), () => server.commit(tx));
    } finally {
      if (!tx.over) server.rollback(tx);
    }
    return value;
  };
  const commit: Database['commit'] = (_lane, asked) => {
    const run = runnerOf(server, null, owner, call);
    return run(labelOf(asked), (at) => asked.map((one) => answerOf(server, at, one)));
  };
  const { client, ask } = inside(null);
  const transact = (work: (tx: Tx) => Promise<unknown>) => run(work, true);
  const transactAsked = (work: (tx: Tx) => Promise<unknown>) => run(work, false);
  return { client, ask, read: ask, transact, transactAsked, commit } as unknown as Database; // nor of this
}

/** Outside a transaction every statement is one. */
function runnerOf(server: MemoryServer, tx: SimTx | null, owner: () => Owner | null, call: Call): Run {
  return <T>(label: string, work: (at: SimTx) => T): Promise<T> =>
    call(label, () => {
      if (tx?.over) throw new Error('the transaction is over');
      if (tx) return work(tx);
      const single = server.begin(owner());
      try {
        const value = work(single);
        server.commit(single);
        return value;
      } catch (error) {
        server.rollback(single);
        throw error;
      }
    });
}
