import type { Database } from '../../src/lib/database.ts';
import type { Row } from './rows.ts';
import type { Owner } from './scheduler.ts';

export type Change = Readonly<{ table: string; id: string; before: Row | null; after: Row | null }>;

/** One conversation with the far side: the simulator decides when, whether, and whether its answer comes back. */
export type Call = <T>(label: string, effect: () => T | Promise<T>) => Promise<T>;

/** One process, as the database sees it. */
export type Caller = Readonly<{ owner: Owner; call: Call }>;

/** The one database of a storm: in memory (layer A), or a real PostgreSQL (layer B). */
export type SimServer = {
  /** What has been committed, by table and key. */
  readonly tables: ReadonlyMap<string, Map<string, Row>>;
  /** Told of each commit, in their order. */
  onCommit: (changes: readonly Change[], owner: Owner | null) => void;
  connect(caller: Caller): Database;
  /** The connections of a process that died are gone, and what they had not committed. */
  drop(owner: Owner): void;
  /** What the process has begun and not ended by now; the answer ends it. */
  begunBy(owner: Owner): () => void;
  /** Puts a storm's first rows there. */
  fill(rows: readonly (readonly [table: string, row: Row])[]): void;
};

/** Names what a commit would make true, so that a trace reads like a story. */
export function commitLabel(writes: Iterable<{ readonly table: string; readonly row: Row | null }>, otherwise = 'db commit '): string {
  const told = [...writes].flatMap(({ table, row }) => (row && 'status' in row ? [`${table}=${String(row['status'])}`] : []));
  return told.length > 0 ? `db commit ${told.sort().join(' ')}` : otherwise;
}
