import type { Answer } from './lib/row-statements.ts';
import pg from 'pg';

type Wire = {
  readonly stream: { cork(): void; uncork(): void };
  execute(message: object): void;
  sync(): void;
};
type Message = object;

/** What the driver's own query is made of (pg/lib/query.js); its types name none of it. */
declare class DriverQuery {
  constructor(config: pg.QueryConfig);
  readonly name: string;
  readonly text: string;
  readonly _results: pg.QueryResult;
  readonly _canceledDueToError: Error | false;
  callback: ((error: Error | null) => void) | undefined;
  prepare(connection: Wire): void;
  _getRows(connection: Wire): void;
  handleRowDescription(message: Message): void;
  handleDataRow(message: Message): void;
  handleCommandComplete(message: Message, connection: Wire): void;
}

/** One prepared statement of a flight: its end is not the end of the message. */
class Part extends (pg.Query as unknown as typeof DriverQuery) {
  override _getRows(connection: Wire): void {
    connection.execute({ portal: '', rows: 0 });
  }
}

/**
 * Several prepared statements in one message to PostgreSQL: one round trip, and one transaction, which ends with the message: all are done,
 * or none. Where the first is a BEGIN, it ends later. The driver sends each statement in a message of its own, but takes queries of other kinds, as this is
 * (https://node-postgres.com/apis/cursor is another). A connection on which one failed is not used again: its pool drops it.
 */
export class Flight {
  /** Set by the pool. */
  callback: ((error: Error | null) => void) | undefined;
  readonly #parts: readonly Part[];
  #at = 0;
  #fault: Error | null = null;

  constructor(queries: readonly pg.QueryConfig[]) {
    this.#parts = queries.map((query) => {
      const part = new Part(query);
      part.callback = (error) => {
        this.#fault ??= error; // a value that cannot be sent
      };
      return part;
    });
  }

  answers(): readonly Answer[] {
    return this.#parts.map(({ _results: { rows, rowCount } }) => ({ rows, count: rowCount ?? 0 }));
  }

  /** Whose statement was just parsed: the driver remembers it by its name. */
  get name(): string {
    return this.#parts[this.#at]?.name ?? '';
  }

  get text(): string {
    return this.#parts[this.#at]?.text ?? '';
  }

  submit(connection: Wire): null {
    connection.stream.cork();
    try {
      for (const part of this.#parts) part.prepare(connection);
      connection.sync();
    } finally {
      connection.stream.uncork();
    }
    return null;
  }

  handleRowDescription(message: Message): void {
    this.#parts[this.#at]?.handleRowDescription(message);
  }

  handleDataRow(message: Message): void {
    this.#parts[this.#at]?.handleDataRow(message);
  }

  handleCommandComplete(message: Message, connection: Wire): void {
    const part = this.#parts[this.#at];
    part?.handleCommandComplete(message, connection);
    if (part?._canceledDueToError) this.#fault ??= part._canceledDueToError; // a row that cannot be read
    this.#at += 1;
  }

  handleError(error: Error): void {
    this.callback?.(error);
  }

  handleReadyForQuery(): void {
    this.callback?.(this.#fault);
  }
}
