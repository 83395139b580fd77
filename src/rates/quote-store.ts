import type { Rate } from './rate.ts';
import type { RateQuote } from '../../prisma/generated/client.ts';
import type { Database, Tx, Write } from '../lib/database.ts';
import type { Currency } from '../lib/money.ts';
import { askIn } from '../lib/database.ts';
import { insertInto } from '../lib/row-statements.ts';

const insertRow = insertInto<Omit<RateQuote, 'sources'> & { sources: unknown }>('RateQuote', { json: ['sources'] });

/** Stores the rate that a payment or plan was priced with: evidence that is never changed. Answers the quote's id. */
export async function insertQuote(tx: Tx, quote: Rate & { readonly id: string }): Promise<string> {
  await askIn(tx)(writeQuote(quote));
  return quote.id;
}

/** The same as a write that is committed with others. */
export function writeQuote(quote: Rate & { readonly id: string }): Write {
  const sources = quote.sources.map(({ name, price, at }) => ({ name, price, at: at.toISOString() }));
  const { id, currency, minorPerBtcE4, takenAt } = quote;
  return insertRow({ id, currency, minorPerBtcE4, sources, takenAt });
}

/** How many of the newest quotes are looked through for one that two sources agreed on. */
const AGREED_LOOK_BACK = 500;

/** The newest stored rate since `since` that two sources or more agreed on, or null. */
export async function readAgreedQuote(database: Database, currency: Currency, since: Date): Promise<Rate | null> {
  const rows = await database.client.rateQuote.findMany({
    where: { currency, takenAt: { gte: since } },
    orderBy: { takenAt: 'desc' },
    take: AGREED_LOOK_BACK,
  });
  return rows.map(rateOf).find((rate) => rate.sources.length >= 2) ?? null;
}

function rateOf(row: RateQuote): Rate {
  const sources = row.sources as { name: string; price: string; at: string }[]; // written by insertQuote in this form
  return {
    currency: row.currency as Currency, // a CHECK holds the column to the list
    minorPerBtcE4: row.minorPerBtcE4,
    sources: sources.map(({ name, price, at }) => ({ name, price, at: new Date(at) })),
    takenAt: row.takenAt,
  };
}

/** The stored rates of these ids. */
export async function readQuotes(database: Database, ids: readonly string[]): Promise<ReadonlyMap<string, Rate>> {
  const rows = await database.client.rateQuote.findMany({ where: { id: { in: [...ids] } } });
  return new Map(rows.map((row) => [row.id, rateOf(row)]));
}
