import type { Row } from './rows.ts';
import type { Caller, Change, SimServer } from './server.ts';
import type { Owner } from './scheduler.ts';
import type { PrismaClient } from '../../prisma/generated/client.ts';
import type { Database } from '../../src/lib/database.ts';
import type { Answer } from '../../src/lib/row-statements.ts';
import pg from 'pg';
import { DirectPool } from '../../src/direct-pool.ts';
import { makeDatabase } from '../../src/lib/database.ts';
import { prismaNames, prismaOn } from '../../src/open-database.ts';
import { LOST, SimConnection } from './postgres-connection.ts';
import { makeReader, NOTED_SQL, watchSql } from './postgres-rows.ts';
import { dry, realTurn, realWait } from './scheduler.ts';

/** Every storm's tables are emptied by hand: what may never be deleted in production may be here. */
const TABLES = ['Attempt', 'Delivery', 'Outbox', 'Event', 'LiquidReceipt', 'AddressLease', 'Address', 'ScriptChain', 'Swap'];
const MORE_TABLES = ['Payment', 'WebhookEndpoint', 'ProviderHealth', 'KeyIndex', 'Account'];
const TABLES_OF_PLANS = ['Registration', 'PlanPeriod', 'ApiKey', 'User', 'AuditEntry', 'RateQuote'];
const WATCHED = [...TABLES, ...MORE_TABLES, ...TABLES_OF_PLANS];
/** As many as a storm has at most. */
const PROCESSES = 3;
/** More than they ever have open at once, paused ones included. */
const CONNECTIONS = 40;
/** Whoever closes a circle of waiting transactions is ended by PostgreSQL after this (real) time, */
const DEADLOCK_MS = 5;
/** so that whoever still waits after this one waits for a transaction that goes on later. */
const WAITING_MS = 20;

/**
 * Layer B's database: a real PostgreSQL behind the real Prisma client, its SQL and its rules. Each statement is one conversation of the
 * simulation; virtual time stands still until PostgreSQL has answered, or says that the answer waits for a row that another holds.
 */
export class PostgresServer implements SimServer {
  readonly tables = new Map<string, Map<string, Row>>();
  onCommit: (changes: readonly Change[], owner: Owner | null) => void = () => {};
  readonly #connectionString: string;
  readonly #side: pg.Client;
  readonly #reader: ReturnType<typeof makeReader>;
  readonly #free: pg.Client[] = [];
  readonly #open = new Set<SimConnection>();
  readonly #busy = new Map<pg.Client, Promise<unknown>>();
  /** Answers of this step that nobody has heard yet, by the number of their question. */
  #answers: { readonly question: number; readonly give: () => void }[] = [];
  #questions = 0;
  #questionsBefore = 0;
  readonly #prismas: { pool: SimPool; client: PrismaClient; taken: Owner | null }[] = [];

  static async start(connectionString: string): Promise<PostgresServer> {
    const side = new pg.Client({ connectionString });
    await side.connect();
    await side.query(watchSql(WATCHED));
    const { rows } = await side.query<{ table_name: string; column_name: string; data_type: string }>(
      `SELECT table_name, column_name, data_type FROM information_schema.columns WHERE table_schema = 'public'`,
    );
    const server = new PostgresServer(connectionString, side, makeReader(rows));
    await server.#prepare();
    return server;
  }

  constructor(connectionString: string, side: pg.Client, reader: ReturnType<typeof makeReader>) {
    this.#connectionString = connectionString;
    this.#side = side;
    this.#reader = reader;
  }

  /** Ends what the last storm left behind, and puts the first rows of the next one there. */
  async reset(rows: readonly (readonly [table: string, row: Row])[]): Promise<void> {
    this.onCommit = () => {};
    for (const connection of [...this.#open]) connection.lose();
    while (this.#busy.size > 0) await Promise.allSettled(this.#busy.values());
    await realTurn();
    this.#answers = [];
    this.tables.clear();
    for (const prisma of this.#prismas) prisma.taken = null;
    const erase = WATCHED.map((table) => `DELETE FROM "${table}";`).join('');
    await this.#side.query(`SET session_replication_role = replica; ${erase} SET session_replication_role = origin`);
    await this.#side.query('BEGIN');
    for (const [table, row] of rows) {
      const columns = Object.keys(row);
      const places = columns.map((_, i) => `$${i + 1}`).join(', ');
      const name = `"${table.charAt(0).toUpperCase()}${table.slice(1)}"`;
      const values = Object.values(row).map((value) => (value instanceof Uint8Array ? Buffer.from(value) : value));
      await this.#side.query(`INSERT INTO ${name} (${columns.map((one) => `"${one}"`).join(', ')}) VALUES (${places})`, values);
    }
    const noted = await this.#side.query<{ noted: string }>(NOTED_SQL);
    await this.#side.query('COMMIT');
    this.#take(this.#reader.changes(noted.rows[0]?.noted ?? null), null);
  }

  fill(): void {} // reset has done it

  /** One Prisma client for each process that lives at once: a new life has the old one's, with none of its connections. */
  connect(caller: Caller): Database {
    const prisma = this.#prismas.find(({ taken }) => taken === caller.owner) ?? this.#prismas.find(({ taken }) => taken === null);
    if (!prisma) throw new Error('more processes than there are clients');
    prisma.taken = caller.owner;
    prisma.pool.caller = caller;
    return makeDatabase(prisma.client, prisma.pool);
  }

  async #prepare(): Promise<void> {
    const names = prismaNames(); // the connections are everybody's
    for (let i = 0; i < PROCESSES; i++) {
      const pool = new SimPool(this);
      const client = prismaOn(pool, { names });
      await client.$connect();
      this.#prismas.push({ pool, client, taken: null });
    }
    for (let i = 0; i < CONNECTIONS; i++) this.#free.push(await this.#dial());
  }

  drop(owner: Owner): void {
    this.begunBy(owner)();
  }

  begunBy(owner: Owner): () => void {
    const begun = [...this.#open].filter((one) => one.caller.owner === owner);
    return () => {
      for (const one of begun) one.lose();
    };
  }

  /** A connection of one process's: has a real one from its first statement on, and a place among those that have begun something. */
  lend(caller: Caller): SimConnection {
    const connection: SimConnection = new SimConnection(caller, {
      take: () => this.#pick(),
      run: (client, query) => this.#run(client, query),
      begun: () => void this.#open.add(connection),
      ended: () => void this.#open.delete(connection),
      inTurn: (work, taken) => this.#inTurn(work, taken),
      committed: (changes) => this.#take(changes, caller.owner),
      read: this.#reader.changes,
      giveBack: (client) => void this.#free.push(client),
    });
    return connection;
  }

  /** Nothing runs any more but what waits for a row of a transaction that is still open. */
  drained = async (): Promise<void> => {
    await this.#settled();
    if (this.#answers.length > 0) await this.#answer();
    this.#questionsBefore = this.#questions;
  };

  async #settled(): Promise<void> {
    for (;;) {
      await realTurn();
      if (this.#busy.size === 0) return;
      await Promise.race([...this.#busy.values(), realWait(2)]).catch(() => undefined);
      await realTurn();
      if (this.#busy.size > 0 && (await this.#allWait())) return;
    }
  }

  #inTurn<T>(work: () => Promise<T>, taken: () => void): Promise<T> {
    const question = ++this.#questions;
    return new Promise((resolve, reject) => {
      const hold = (hear: () => void) => {
        const give = () => {
          taken();
          hear();
        };
        this.#answers.push({ question, give });
      };
      work().then(
        (value) => hold(() => resolve(value)),
        (error: unknown) => hold(() => reject(error)),
      );
    });
  }

  /**
   * One step can bring many answers: its own, and those of all who waited for the rows it has freed. PostgreSQL wakes those before it answers
   * the step, so what comes first is chance. Here the step's own is heard first, as what it committed came first, then the others' by their age.
   */
  #answer(): Promise<void> {
    const before = this.#questionsBefore;
    const rank = (question: number) => (question > before ? 0 : question);
    const answers = this.#answers.sort((a, b) => rank(a.question) - rank(b.question));
    this.#answers = [];
    for (const { give } of answers) give();
    return dry();
  }

  async close(): Promise<void> {
    for (const connection of [...this.#open]) connection.lose();
    while (this.#busy.size > 0) await Promise.allSettled(this.#busy.values());
    for (const client of [...this.#free, this.#side]) await client.end();
  }

  async #allWait(): Promise<boolean> {
    const seen = [...this.#busy.values()];
    if (!(await this.#countsWaiting(seen.length))) return false;
    await realWait(WAITING_MS);
    const now = [...this.#busy.values()];
    return now.length === seen.length && now.every((one, i) => one === seen[i]) && (await this.#countsWaiting(seen.length));
  }

  async #countsWaiting(busy: number): Promise<boolean> {
    const { rows } = await this.#side.query<{ waiting: number }>(
      `SELECT count(*)::int AS waiting FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock' AND state = 'active'`,
    );
    return rows[0]?.waiting === busy;
  }

  /** Runs after what this connection was already given. */
  #run(client: pg.Client, query: pg.QueryConfig | string): Promise<pg.QueryResult> {
    const answer = client.query(query as pg.QueryConfig);
    const over = answer.then(
      () => undefined,
      () => undefined,
    );
    this.#busy.set(client, over);
    void over.then(() => this.#busy.get(client) === over && this.#busy.delete(client));
    return answer;
  }

  #take(changes: readonly Change[], owner: Owner | null): void {
    for (const { table, id, after } of changes) {
      const rows = this.tables.get(table) ?? new Map<string, Row>();
      this.tables.set(table, rows);
      if (after) rows.set(id, after);
      else rows.delete(id);
    }
    if (changes.length > 0) this.onCommit(changes, owner);
  }

  #pick(): pg.Client {
    const client = this.#free.pop();
    if (!client) throw new Error('more connections than were opened');
    return client;
  }

  async #dial(): Promise<pg.Client> {
    const client = new pg.Client({ connectionString: this.#connectionString });
    await client.connect();
    await client.query(`SET deadlock_timeout = ${DEADLOCK_MS}`);
    return client;
  }
}

/** What Prisma's adapter takes for a pool: one that lends connections of the simulation. */
class SimPool extends DirectPool {
  caller: Caller | null = null;
  readonly #server: PostgresServer;

  constructor(server: PostgresServer) {
    super();
    this.#server = server;
  }

  protected override lend(): Promise<pg.PoolClient> {
    if (!this.caller) throw new Error(LOST);
    return Promise.resolve(this.#server.lend(this.caller) as unknown as pg.PoolClient); // Prisma and we use no more of it than is there
  }

  /** A message of several is told as the transaction that it is. */
  override askAll: DirectPool['askAll'] = async (asked) => {
    const [only] = asked;
    if (only && asked.length === 1) return [await this.ask(only)];
    return this.hold(async (ask) => {
      const connection = await this.connect();
      try {
        await connection.query({ text: 'BEGIN' });
        const answers: Answer[] = [];
        for (const one of asked) answers.push(await ask(one));
        await connection.query({ text: 'COMMIT' });
        return answers;
      } catch (error) {
        await connection.query({ text: 'ROLLBACK' });
        throw error;
      } finally {
        connection.release();
      }
    });
  };

  /** BEGIN is a step of its own here: whatever can happen between two statements can happen after it. */
  protected override async begin(client: pg.PoolClient, first: pg.QueryConfig): Promise<Answer> {
    await client.query({ text: 'BEGIN' });
    const { rows, rowCount } = await client.query(first);
    return { rows, count: rowCount ?? 0 };
  }

  override query(...[query]: unknown[]): never {
    if (!this.caller) throw new Error(LOST);
    const connection = this.#server.lend(this.caller);
    return connection.alone(query as pg.QueryConfig) as never; // see lend
  }
}
