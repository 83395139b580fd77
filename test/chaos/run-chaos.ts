import type { Figures } from './figures.ts';
import type { Order } from './play.ts';
import type { ChaosWorld } from './chaos-world.ts';
import type { Told } from './payers.ts';
import pg from 'pg';
import { readBooks } from '../support/books.ts';
import { eventually } from '../support/avopay.ts';
import { redisMissing } from '../support/redis.ts';
import { openChaosWorld } from './chaos-world.ts';
import { countFigures, isClean, readDoubles, readInvented, readOpen, readPaymentRows, readUnannounced } from './figures.ts';
import { makePayers } from './payers.ts';
import { play } from './play.ts';
import { hearWitness, placeWitness } from './witness.ts';

export type ChaosOrder = Order & { readonly isEmbedded: boolean };

/** Nothing may be open for longer once the last process runs again. */
const SETTLED_WITHIN_MS = 60_000;

/**
 * Plays payments under kills, stops, pauses and a bad network, and counts what came of it. `interrupt` ends it early, with everything stopped.
 * @returns the figures, whether everything held, and each fault as a sentence.
 */
export async function runChaos(order: ChaosOrder, interrupt: AbortSignal) {
  const world = await openChaosWorld({ isEmbedded: order.isEmbedded, hasRedis: !order.isEmbedded && redisMissing() === null });
  const interrupted = new Promise<never>((_, reject) => {
    const end = () => reject(new Error('interrupted'));
    if (interrupt.aborted) end();
    interrupt.addEventListener('abort', end, { once: true });
  });
  try {
    return await Promise.race([interrupted, runIn(world, order, interrupt)]);
  } finally {
    await world.stop();
  }
}

async function runIn(world: ChaosWorld, order: ChaosOrder, interrupt: AbortSignal) {
  if (!order.isEmbedded) await ask(world, placeWitness);
  const payers = makePayers(world);
  const played = await play(world, payers, order, interrupt);
  const open = () => ask(world, (db) => readOpen(db, payers.told.paid));
  await eventually(async () => (await open()).length === 0, SETTLED_WITHIN_MS).catch(() => undefined); // counted below
  const stuck = await open();
  for (const id of payers.told.statuses.keys()) await payers.read(id);
  const judged = await judge(world, { kills: played.kills, told: payers.told, stuck, isWatched: !order.isEmbedded });
  const ownEnds = world.nodes.flatMap(({ name, ownEnds: ends }) => ends.map((words) => `${name}: ${words}`));
  return { ...judged, played, ownEnds };
}

type Judged = { readonly figures: Figures; readonly words: readonly string[]; readonly takeovers: number; readonly isClean: boolean };
type Past = { readonly kills: number; readonly told: Told; readonly stuck: readonly string[]; readonly isWatched: boolean };

async function judge(world: ChaosWorld, { kills, told, stuck, isWatched }: Past): Promise<Judged> {
  const rows = await ask(world, readPaymentRows);
  const wallet = await world.sandbox('GET', `/wallet?account_id=${world.demo.account_id}`);
  const books = await readBooks(world.connectionString, world.demo.account_id, wallet);
  const testimony = isWatched ? await ask(world, hearWitness) : { stale: [], takeovers: 0 };
  const { figures, words } = countFigures({
    ...{ kills, told, rows, stuck, testimony },
    doubles: await ask(world, readDoubles),
    unannounced: await ask(world, readUnannounced),
    invented: await ask(world, readInvented),
    unknownTxids: await unknownOf(world, rows),
    wallet: { missingSats: books.owedSats - books.walletSats, invisibleSats: BigInt(books.invisibleSats) },
  });
  const faults = [...words, ...books.faults.map((fault) => `books: ${fault}`)];
  return { figures, words: faults, takeovers: testimony.takeovers, isClean: isClean(figures) && books.faults.length === 0 };
}

async function unknownOf({ chainUrl }: ChaosWorld, rows: Awaited<ReturnType<typeof readPaymentRows>>): Promise<string[]> {
  const unknown: string[] = [];
  for (const { id, status, txid } of rows) {
    if (status === 'paid' && !(await fetch(`${chainUrl}/tx/${txid}/status`)).ok) unknown.push(id);
  }
  return unknown;
}

/** A connection for one question: the server it came from may have been stopped meanwhile. */
async function ask<T>({ connectionString }: ChaosWorld, question: (db: pg.Client) => Promise<T>): Promise<T> {
  const db = new pg.Client(connectionString);
  db.on('error', () => void 0); // the question fails, and says so
  await db.connect();
  return question(db).finally(() => db.end());
}
