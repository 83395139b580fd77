import type pg from 'pg';
import type { Caller, Change } from './server.ts';
import { EventEmitter } from 'node:events';
import { NOTED_SQL } from './postgres-rows.ts';
import { commitLabel } from './server.ts';

export const LOST = 'the transaction is over';
const WRITES = /^\s*(INSERT|UPDATE|DELETE|WITH)\b/i;
const VERBS: { readonly [verb: string]: string } = { INSERT: 'insert', UPDATE: 'update', DELETE: 'delete' };

type Ways = Readonly<{
  take: () => pg.Client;
  run: (client: pg.Client, query: pg.QueryConfig | string) => Promise<pg.QueryResult>;
  begun: () => void;
  ended: () => void;
  /** Does the work now, and gives back what came of it in its turn, after `taken`. */
  inTurn: <T>(work: () => Promise<T>, taken: () => void) => Promise<T>;
  committed: (changes: readonly Change[]) => void;
  read: (noted: string | null) => readonly Change[];
  giveBack: (client: pg.Client) => void;
}>;

/** One connection to PostgreSQL, lent to one process for one transaction or one statement. Every statement is a conversation. */
export class SimConnection extends EventEmitter {
  readonly caller: Caller;
  readonly #ways: Ways;
  readonly #epoch: number;
  #changes = new Map<string, Change>();
  /** What is committed and not told yet. */
  #committed: readonly Change[] = [];
  #over = false;
  #client: pg.Client | null = null;

  constructor(caller: Caller, ways: Ways) {
    super();
    this.caller = caller;
    this.#epoch = caller.owner.epoch;
    this.#ways = ways;
  }

  /** A statement of a transaction. */
  async query(query: pg.QueryConfig): Promise<pg.QueryResult> {
    const { text } = query;
    if (text === 'ROLLBACK' && this.#over) return NOTHING;
    try {
      return await this.#ask(text, () => this.#effect(query));
    } catch (error) {
      if (text === 'COMMIT' || text === 'ROLLBACK' || isOutage(error)) this.lose(); // a broken connection rolls back too
      throw error;
    }
  }

  /** A statement that is a transaction of its own. */
  alone(query: pg.QueryConfig): Promise<pg.QueryResult> {
    return this.#ask(query.text, () => this.#alone(query), stepOf(query));
  }

  release(): void {
    if (!this.#over) this.lose();
  }

  /** The connection breaks: PostgreSQL rolls back what was begun, after whatever it is still waiting for. */
  lose(): void {
    if (this.#over) return;
    const client = this.#client;
    this.#over = true;
    this.#ways.ended();
    if (client) void this.#ways.run(client, 'ROLLBACK').finally(() => this.#ways.giveBack(client));
  }

  #ask(text: string, work: () => Promise<pg.QueryResult>, step: string | null = null): Promise<pg.QueryResult> {
    return this.caller.call(step ?? this.#label(text), () => this.#ways.inTurn(work, () => this.#tell()));
  }

  #tell(): void {
    const changes = this.#committed;
    this.#committed = [];
    if (changes.length > 0) this.#ways.committed(changes);
  }

  async #effect(query: pg.QueryConfig): Promise<pg.QueryResult> {
    const { text } = query;
    if (this.#over || this.caller.owner.epoch !== this.#epoch) throw new Error(LOST);
    if (text === 'BEGIN') {
      this.#client = this.#ways.take();
      this.#ways.begun();
    }
    const answer = await this.#run(query);
    if (text === 'COMMIT') {
      if (answer.command !== 'COMMIT') throw new Error(`the commit was a ${answer.command}`);
      this.#committed = [...this.#changes.values()];
    } else if (WRITES.test(text)) await this.#watch();
    if (text === 'COMMIT' || text === 'ROLLBACK') this.#end();
    return answer;
  }

  async #alone(query: pg.QueryConfig): Promise<pg.QueryResult> {
    try {
      this.#client = this.#ways.take();
      if (!WRITES.test(query.text)) return await this.#run(query);
      await this.#run('BEGIN');
      const answer = await this.#run(query);
      await this.#watch();
      await this.#run('COMMIT');
      this.#committed = [...this.#changes.values()];
      return answer;
    } catch (error) {
      if (this.#client && WRITES.test(query.text)) await this.#run('ROLLBACK');
      throw error;
    } finally {
      this.#end();
    }
  }

  /** What the statement has changed, as the triggers noted it. */
  async #watch(): Promise<void> {
    const { rows } = await this.#run({ text: NOTED_SQL, name: 'sim_noted' });
    for (const change of this.#ways.read(rows[0]?.noted ?? null)) {
      const key = `${change.table}:${change.id}`;
      this.#changes.set(key, { ...change, before: this.#changes.get(key)?.before ?? change.before });
    }
  }

  #run(query: pg.QueryConfig | string): Promise<pg.QueryResult> {
    if (!this.#client) throw new Error(LOST);
    return this.#ways.run(this.#client, query);
  }

  #end(): void {
    if (this.#over) return;
    this.#over = true;
    this.#ways.ended();
    if (this.#client) this.#ways.giveBack(this.#client);
  }

  #label(text: string): string {
    if (text === 'COMMIT') return commitLabel([...this.#changes.values()].map(({ table, after }) => ({ table, row: after })));
    const [verb = ''] = text.trimStart().split(/\s/, 1);
    const table = /(?:FROM|INTO|UPDATE)\s+(?:"public"\.)?"(\w+)"/.exec(text)?.[1] ?? '';
    const name = table.charAt(0).toLowerCase() + table.slice(1);
    return `db ${VERBS[verb.toUpperCase()] ?? (table ? 'read' : verb.toLowerCase())} ${name}`.trim();
  }
}

/** A step of a state that is a transaction of its own is told as the commit that it is. */
function stepOf({ text, values = [] }: pg.QueryConfig): string | null {
  const [, table, place] = /^UPDATE "(\w+)" SET "status" = \$(\d+)/.exec(text) ?? [];
  if (!table || !place) return null;
  return commitLabel([{ table: table.charAt(0).toLowerCase() + table.slice(1), row: { status: values[Number(place) - 1] } }]);
}

const NOTHING: pg.QueryResult = { command: 'ROLLBACK', rowCount: 0, oid: 0, fields: [], rows: [] };

/** The simulation's own outages; PostgreSQL's errors leave the connection as it is. */
function isOutage(error: unknown): boolean {
  return error instanceof Error && (error.message === LOST || /connection lost|answer lost/.test(error.message));
}
