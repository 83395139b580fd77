import type { Prisma, PrismaClient } from '../../prisma/generated/client.ts';
import type { Gate } from './gate.ts';
import type { Ask, Asked } from './row-statements.ts';
import type { AskAll, Commit } from './shared-messages.ts';
import { makeGate } from './gate.ts';
import { shareCommits, shareReads } from './shared-messages.ts';

/** The database as stores see it. Only files named `*-store.ts`, `outbox.ts` and `idempotency.ts` look inside. */
export type Database = {
  readonly client: PrismaClient;
  /**
   * Runs `work` in one transaction (read committed). Its writes become visible together, or not at all. `turn` names a row that all
   * transactions of that name lock, as an account: they wait for one another here instead of each keeping a connection while it waits.
   * @throws DatabaseBusy when too many wait
   */
  readonly transact: <T>(work: (tx: Tx) => Promise<T>, turn?: string) => Promise<T>;
  /**
   * The same for work that only asks (`askIn`): Prisma has no part in it, and its BEGIN goes out with the first statement (docs/adr/0009). For hot
   * work of which every statement is known to be asked: `inTx` throws, and takes the work back.
   */
  readonly transactAsked: <T>(work: (tx: Tx) => Promise<T>, turn?: string) => Promise<T>;
  /** A hot statement past Prisma, by itself (docs/adr/0009). */
  readonly ask: Ask;
  /** A short read that much else asks for too: together with all that is read so meanwhile (docs/adr/0011). */
  readonly read: Ask;
  /**
   * Hot statements in one transaction, of which none needs the answer of another; and in the same one all that others commit in this `lane` while
   * an earlier one is under way (docs/adr/0011). Whoever asks hears when their own are committed; what fails for another's sake is done again
   * alone. A lane is for statements that wait for no row, or all for the same one.
   */
  readonly commit: Commit;
};

/** Where statements go past Prisma: `DirectPool`, which Prisma has its connections from. */
export type StatementDoor = {
  readonly ask: Ask;
  readonly askAll: AskAll;
  /** Runs `begin`, which starts one transaction of Prisma's: `ask` then speaks inside that one, from its beginning to its end. */
  readonly hold: <T>(begin: (ask: Ask) => Promise<T>) => Promise<T>;
  /**
   * Runs `work` in a transaction without Prisma, on a connection that nobody else has until it is over there.
   * @throws DatabaseBusy when no connection comes free in time; TransactionOver when the work took too long
   */
  readonly transact: <T>(work: (ask: Ask) => Promise<T>, limits: TransactionLimits) => Promise<T>;
};

/** How long a transaction may wait for its connection, and have it. */
export type TransactionLimits = { readonly waitMs: number; readonly runMs: number };

/** A running transaction, opaque to use cases: they hand it from store to store so that slices commit together. */
export type Tx = { readonly __brand: 'Tx' };

/** How long a transaction may wait for a connection, and run. Row locks are held for milliseconds; more means something is stuck. */
const TX_WAIT_MS = 10_000;
const TX_RUN_MS = 15_000;

/** One that writes and one that comes up to the lock meanwhile. */
const TURN_AT_ONCE = 2;
/** A busy shop's minute; beyond it the last in line would wait longer than its caller does. */
const TURN_WAITING_MAX = 200;

/** Nothing was written: the same request succeeds when there is less to do. */
export class DatabaseBusy extends Error {
  constructor(message = 'too many transactions wait for one row') {
    super(message);
    this.name = 'DatabaseBusy';
  }
}

/** A statement came when its transaction had ended: committed, taken back, or out of time. It was not sent. */
export class TransactionOver extends Error {
  constructor() {
    super('the transaction is over');
    this.name = 'TransactionOver';
  }
}

/** Prisma's code for a transaction that got no connection in time, or ran for too long; both are rolled back. */
const PRISMA_TOO_LATE = 'P2028';

export function isBusy(error: unknown): boolean {
  if (error instanceof DatabaseBusy || error instanceof TransactionOver) return true;
  return error instanceof Error && 'code' in error && error.code === PRISMA_TOO_LATE;
}

/** `committed` is told after each commit: of the transaction that it ended, or of each statement that it shared. */
export function makeDatabase(client: PrismaClient, door: StatementDoor, committed: (what: Tx | Asked) => void = () => {}): Database {
  const run = async <T>(work: (tx: Tx) => Promise<T>): Promise<T> => {
    let done: Tx | undefined;
    const value = await door.hold((ask) =>
      client.$transaction(
        (prisma) => {
          done = makeTx(prisma, ask);
          return work(done);
        },
        { maxWait: TX_WAIT_MS, timeout: TX_RUN_MS },
      ),
    );
    if (done) committed(done);
    return value;
  };
  const runAsked = async <T>(work: (tx: Tx) => Promise<T>): Promise<T> => {
    let done: Tx | undefined;
    const value = await door.transact(
      (ask) => {
        done = makeTx(null, ask);
        return work(done);
      },
      { waitMs: TX_WAIT_MS, runMs: TX_RUN_MS },
    );
    if (done) committed(done);
    return value;
  };
  const inTurn = takeTurns();
  const share = shareCommits(door.askAll);
  const commit: Commit = async (lane, asked) => {
    const answers = await share(lane, asked);
    asked.forEach(committed);
    return answers;
  };
  const read = shareReads(door.askAll);
  return {
    client,
    ask: door.ask,
    read,
    commit,
    transact: (work, turn) => (turn === undefined ? run(work) : inTurn(turn, () => run(work))),
    transactAsked: (work, turn) => (turn === undefined ? runAsked(work) : inTurn(turn, () => runAsked(work))),
  };
}

/** What stores give out to be committed with something else, opaque to use cases. */
export type Write = Asked;

/** For stores: asks single statements that share their commits in this lane. */
export function sharing({ commit }: Pick<Database, 'commit'>, lane: string): Ask {
  return async (asked) => {
    const [answer] = await commit(lane, [asked]);
    if (!answer) throw new Error('a statement without its answer');
    return answer;
  };
}

/** A gate for each name, for as long as somebody stands at it. */
function takeTurns() {
  const gates = new Map<string, { readonly pass: Gate; users: number }>();
  const make = () => ({ pass: makeGate({ atOnce: TURN_AT_ONCE, waitingMax: TURN_WAITING_MAX, full: () => new DatabaseBusy() }), users: 0 });
  return async <T>(turn: string, work: () => Promise<T>): Promise<T> => {
    const gate = gates.get(turn) ?? make();
    gates.set(turn, gate);
    gate.users += 1;
    try {
      return await gate.pass(work);
    } finally {
      gate.users -= 1;
      if (gate.users === 0) gates.delete(turn);
    }
  };
}

/** For stores: the Prisma client of a running transaction. @throws Error in one that only asks: its caller chose the wrong kind. */
export function inTx(tx: Tx): Prisma.TransactionClient {
  const { prisma } = waysOf(tx);
  if (!prisma) throw new Error('this transaction only asks: what needs Prisma belongs in `Database.transact`');
  return prisma;
}

/** For stores: asks hot statements inside a running transaction, past Prisma. */
export function askIn(tx: Tx): Ask {
  return waysOf(tx).ask;
}

type Ways = { readonly prisma: Prisma.TransactionClient | null; readonly ask: Ask };

/** The two ways into one running transaction, as use cases carry them. Without Prisma's: it only asks. */
export function makeTx(prisma: Prisma.TransactionClient | null, ask: Ask): Tx {
  const ways: Ways = { prisma, ask };
  return ways as unknown as Tx; // the brand hides both from use cases
}

function waysOf(tx: Tx): Ways {
  return tx as unknown as Ways; // only makeTx makes one
}
