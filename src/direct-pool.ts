import type { Answer, Ask, Asked } from './lib/row-statements.ts';
import type { StatementDoor, TransactionLimits } from './lib/database.ts';
import type { AskAll } from './lib/shared-messages.ts';
import { AsyncLocalStorage } from 'node:async_hooks';
import pg from 'pg';
import { AskedTransaction } from './asked-transaction.ts';
import { Flight } from './flight.ts';
import { DatabaseBusy, TransactionOver } from './lib/database.ts';
import { later } from './lib/time.ts';

export type DirectPoolOptions = pg.PoolConfig & {
  /** Told of every statement that goes past Prisma. */
  readonly onAsk?: (asked: Asked) => void;
};

/**
 * The pool that Prisma takes its connections from, which also asks statements of ours past Prisma (docs/adr/0009): alone, or on the very
 * connection that one of Prisma's transactions was given, and on no other.
 */
export class DirectPool extends pg.Pool implements StatementDoor {
  readonly #starting = new AsyncLocalStorage<HeldConnection>();
  readonly #onAsk: (asked: Asked) => void;

  constructor({ onAsk = () => {}, ...config }: DirectPoolOptions = {}) {
    super(config);
    this.#onAsk = onAsk;
    // A connection that is lost while nobody uses it, or while it ends, is replaced when one is needed: whoever asks then hears of what is wrong.
    this.on('error', () => {});
  }

  ask: Ask = async (asked) => {
    this.#onAsk(asked);
    return answerOf(await this.query(queryOf(asked)));
  };

  askAll: AskAll = (asked) => {
    for (const one of asked) this.#onAsk(one);
    return fly(this, asked.map(queryOf));
  };

  /** The first connection that is taken while `begin` runs, in its own course of calls, is its transaction's. */
  hold<T>(begin: (ask: Ask) => Promise<T>): Promise<T> {
    const held = new HeldConnection();
    const ask: Ask = (asked) => {
      this.#onAsk(asked);
      return held.ask(asked);
    };
    return this.#starting.run(held, () => begin(ask));
  }

  async transact<T>(work: (ask: Ask) => Promise<T>, { waitMs, runMs }: TransactionLimits): Promise<T> {
    const client = await this.#lendWithin(waitMs);
    const transaction = new AskedTransaction(client, this.#sending, runMs);
    let value: T;
    try {
      value = await work(transaction.ask);
    } catch (error) {
      await transaction.rollback();
      throw error;
    }
    await transaction.commit();
    return value;
  }

  readonly #sending = {
    begin: (client: pg.PoolClient, first: Asked) => {
      this.#onAsk(first);
      return this.begin(client, queryOf(first));
    },
    next: async (client: pg.PoolClient, asked: Asked) => {
      this.#onAsk(asked);
      return answerOf(await client.query(queryOf(asked)));
    },
  };

  /** Prisma's adapter takes a connection for a transaction in the form that answers a promise, and for single statements in the other one. */
  override connect(): Promise<pg.PoolClient>;
  override connect(callback: (error: Error | undefined, client: pg.PoolClient | undefined, done: () => void) => void): void;
  override connect(callback?: (error: Error | undefined, client: pg.PoolClient | undefined, done: () => void) => void): unknown {
    if (callback) return super.connect(callback);
    const held = this.#starting.getStore();
    const taken = this.lend();
    return held?.isFree() ? held.keep(taken) : taken;
  }

  /** A connection for a transaction. */
  protected lend(): Promise<pg.PoolClient> {
    return super.connect();
  }

  /** BEGIN and the first statement, in one message. */
  protected async begin(client: pg.PoolClient, first: pg.QueryConfig): Promise<Answer> {
    const [, answer] = await fly(client, [BEGIN, first]);
    if (!answer) throw new Error('a statement without its answer');
    return answer;
  }

  /** One that comes too late goes back unused. */
  #lendWithin(waitMs: number): Promise<pg.PoolClient> {
    return new Promise((resolve, reject) => {
      let isLate = false;
      const stopClock = later(waitMs, () => {
        isLate = true;
        reject(new DatabaseBusy('no connection came free in time'));
      });
      this.lend()
        .then((client) => (isLate ? client.release() : resolve(client)), reject)
        .finally(stopClock);
    });
  }
}

const BEGIN: pg.QueryConfig = { name: 'begin', text: 'BEGIN', values: [] };

/** Several statements as one message, on this connection or on one of the pool's. */
function fly(to: pg.Pool | pg.PoolClient, queries: readonly pg.QueryConfig[]): Promise<readonly Answer[]> {
  const flight = new Flight(queries);
  const send: (flight: Flight, done: (error: Error | null) => void) => void = to.query.bind(to) as never; // the types know no other queries
  return new Promise((resolve, reject) => send(flight, (error) => (error ? reject(error) : resolve(flight.answers()))));
}

/** The connection of one transaction, from its BEGIN until its end is sent: whatever is asked later would be another's. */
class HeldConnection {
  #client: pg.PoolClient | null = null;
  #isFree = true;
  #isOver = false;

  isFree(): boolean {
    return this.#isFree;
  }

  keep(taken: Promise<pg.PoolClient>): Promise<pg.PoolClient> {
    this.#isFree = false;
    return taken.then((client) => {
      this.#client = client;
      return this.#watched(client);
    });
  }

  async ask(asked: Asked): Promise<Answer> {
    if (!this.#client || this.#isOver) throw new TransactionOver();
    return answerOf(await this.#client.query(queryOf(asked)));
  }

  /** What Prisma's adapter uses of a connection. */
  #watched(client: pg.PoolClient): pg.PoolClient {
    const watched: Pick<pg.PoolClient, 'release' | 'on' | 'removeListener'> & {
      query: (query: pg.QueryConfig) => Promise<pg.QueryResult>;
    } = {
      query: (query) => this.#run(client, query),
      release: (error) => {
        this.#isOver = true;
        client.release(error);
      },
      on: client.on.bind(client),
      removeListener: client.removeListener.bind(client),
    };
    return watched as pg.PoolClient; // the adapter calls these four alone
  }

  async #run(client: pg.PoolClient, query: pg.QueryConfig): Promise<pg.QueryResult> {
    const isCommit = query.text === 'COMMIT';
    if (isCommit || query.text === 'ROLLBACK') this.#isOver = true;
    const result = await client.query(query);
    // PostgreSQL answers the COMMIT of a transaction in which a statement failed with a quiet ROLLBACK.
    if (isCommit && result.command !== 'COMMIT') throw new Error('nothing was committed: a statement of the transaction had failed');
    return result;
  }
}

function queryOf({ name, text, values }: Asked): pg.QueryConfig {
  return { name, text, values: [...values], types: TYPES };
}

function answerOf({ rows, rowCount }: pg.QueryResult): Answer {
  return { rows, count: rowCount ?? 0 };
}

const { INT8, TIMESTAMPTZ, BYTEA } = pg.types.builtins;

/** TABLE: columns whose values the driver would give otherwise than Prisma does. */
const READERS: { readonly [type: number]: (text: string) => unknown } = {
  [INT8]: BigInt,
  [TIMESTAMPTZ]: readTime,
  [BYTEA]: (text) => new Uint8Array(Buffer.from(text.slice(2), 'hex')),
};

const TYPES: pg.CustomTypesConfig = {
  getTypeParser: ((type: number, format?: 'text') =>
    READERS[type] ?? pg.types.getTypeParser(type, format)) as typeof pg.types.getTypeParser,
};

/** Without its zone, see `sentAs` in lib/row-statements.ts. */
function readTime(text: string): Date {
  return new Date(`${text.slice(0, 10)}T${text.slice(11).replace(/[+-]\d{2}(?::\d{2})?$/, '')}Z`);
}
