import type { Answer, Ask, Asked } from './lib/row-statements.ts';
import type { StatementDoor } from './lib/database.ts';
import type { AskAll } from './lib/shared-messages.ts';
import { AsyncLocalStorage } from 'node:async_hooks';
import pg from 'pg';
import { Flight } from './flight.ts';
import { TransactionOver } from './lib/database.ts';

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
    const flight = new Flight(asked.map(queryOf));
    const send: (flight: Flight, done: (error: Error | null) => void) => void = this.query.bind(this) as never; // the types know no other queries
    return new Promise((resolve, reject) => send(flight, (error) => (error ? reject(error) : resolve(flight.answers()))));
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
