import type { Answer, Ask, Asked } from './lib/row-statements.ts';
import type pg from 'pg';
import { TransactionOver } from './lib/database.ts';
import { isTakenBack } from './lib/shared-messages.ts';
import { later } from './lib/time.ts';

/** How statements reach a connection: the first one takes the BEGIN along. */
export type Sending = {
  readonly begin: (client: pg.PoolClient, first: Asked) => Promise<Answer>;
  readonly next: (client: pg.PoolClient, asked: Asked) => Promise<Answer>;
};

/**
 * What of it PostgreSQL knows. `spoilt`: the message with the BEGIN failed, or a later one otherwise than by PostgreSQL's word: a connection on which
 * that happened is not used again.
 */
type Stage = 'nothing asked' | 'begun' | 'spoilt' | 'over';

/**
 * One transaction without Prisma, on a connection that it alone has, from the first statement until PostgreSQL has answered its end; else the
 * connection is dropped, which takes it back. Out of its time it is dropped too, and every statement is refused from then on.
 */
export class AskedTransaction {
  readonly #client: pg.PoolClient;
  readonly #sending: Sending;
  readonly #stopClock: () => void;
  #stage: Stage = 'nothing asked';
  #isLate = false;
  #isGivenBack = false;

  constructor(client: pg.PoolClient, sending: Sending, runMs: number) {
    this.#client = client;
    this.#sending = sending;
    client.on('error', toldElsewhere);
    this.#stopClock = later(runMs, () => this.#runOut());
  }

  /** @throws TransactionOver when it is over, also for its time */
  ask: Ask = async (asked) => {
    if (this.#stage === 'over') throw new TransactionOver();
    if (this.#stage === 'spoilt') throw nothingDone();
    const isFirst = this.#stage === 'nothing asked';
    this.#stage = 'begun';
    try {
      return await this.#sending[isFirst ? 'begin' : 'next'](this.#client, asked);
    } catch (error) {
      if (this.#isLate) throw new TransactionOver();
      if (!this.#isOver() && (isFirst || !isTakenBack(error))) this.#stage = 'spoilt';
      throw error;
    }
  };

  /** @throws TransactionOver when its time had run out; Error when a statement of it had failed: then nothing of it was committed */
  async commit(): Promise<void> {
    if (this.#stage === 'over') throw new TransactionOver();
    if (this.#stage !== 'begun') {
      const isSpoilt = this.#stage === 'spoilt';
      this.#giveBack(isSpoilt);
      if (isSpoilt) throw nothingDone();
      return;
    }
    this.#stopClock(); // whether a COMMIT that is broken off came through, nobody would know
    const { command } = await this.#end('COMMIT');
    // PostgreSQL answers the COMMIT of a transaction in which a statement failed with a quiet ROLLBACK.
    if (command !== 'COMMIT') throw nothingDone();
  }

  /** Never throws: where PostgreSQL does not answer, it takes the transaction back with the connection. */
  async rollback(): Promise<void> {
    if (this.#stage === 'begun') await this.#end('ROLLBACK').catch(() => undefined);
    else if (this.#stage !== 'over') this.#giveBack(this.#stage === 'spoilt');
  }

  async #end(text: 'COMMIT' | 'ROLLBACK'): Promise<pg.QueryResult> {
    this.#stage = 'over';
    let isAnswered = false;
    try {
      const result = await this.#client.query({ text });
      isAnswered = true;
      return result;
    } finally {
      this.#giveBack(!isAnswered);
    }
  }

  #runOut(): void {
    this.#isLate = true;
    this.#giveBack(true); // a statement that still waits for a row fails with the connection
  }

  #giveBack(isLost: boolean): void {
    this.#stopClock();
    this.#stage = 'over';
    if (this.#isGivenBack) return;
    this.#isGivenBack = true;
    this.#client.release(isLost);
    this.#client.removeListener('error', toldElsewhere);
  }

  /** It may have ended while a statement was under way. */
  #isOver(): boolean {
    return this.#stage === 'over';
  }
}

/** A connection that is lost fails the statement that is under way, and all later ones: who asks hears of it. */
function toldElsewhere(): void {}

function nothingDone(): Error {
  return new Error('nothing was committed: a statement of the transaction had failed');
}
