import type { ChainSource } from '../liquid/chain-source.ts';
import type { ProofPool } from '../liquid/proof-pool.ts';
import type { LiquidTransaction } from '../liquid/transaction.ts';
import type { SwapOffer } from './swap.ts';
import type { SeenOutput } from './verify-lockup.ts';
import { fromHex, sameBytes } from '../lib/bytes.ts';
import { parseTransaction } from '../liquid/transaction.ts';

/** What our own chain sources say about one swap's lockup script. */
export type ChainView = Readonly<{
  tipHeight: number;
  /** Every output to the script, unblinded where it can be. */
  outputs: readonly SeenOutput[];
  /** Who spends them, by `txid:vout`. */
  spends: ReadonlyMap<string, Readonly<{ txid: string; height: number | null }>>;
  /** Every transaction known; null = in the mempool. */
  heights: ReadonlyMap<string, number | null>;
}>;

export type ChainDeps = { readonly chains: readonly ChainSource[]; readonly proofs: Pick<ProofPool, 'unblind'> };

/** A lockup and its spend are two; the rest is someone's dust. A script with more than this is being played with. */
const TRANSACTIONS_MAX = 40;
/** Unblinding costs 20 ms each. */
const OUTPUTS_MAX = 20;
/** Looked up one by one; a lockup spends a coin or two. */
const INPUTS_MAX = 10;

/** What the sources list, before any of it is read. */
export type Listed = Pick<ChainView, 'tipHeight' | 'heights'>;

type Sighting = { readonly heights: Map<string, number | null>; readonly tipHeight: number };

/**
 * A fresh look through every source that answers. A transaction counts as known when one source has it, and as mined only when every
 * source that knows it says so: a single one cannot hurry us. Null: no source answered, nothing is known.
 * `isEnough`: whether the list alone says what the caller must know; then nothing is read, and the view has neither outputs nor spends.
 */
export async function readChain(
  deps: ChainDeps,
  offer: SwapOffer,
  isEnough: (listed: Listed) => boolean = () => false,
): Promise<ChainView | null> {
  const answers = await Promise.allSettled(deps.chains.map((source) => sight(source, offer.lockupScript)));
  const sightings = answers.flatMap((answer) => (answer.status === 'fulfilled' ? [answer.value] : []));
  if (sightings.length === 0) return null;
  const heights = mergeHeights(sightings);
  const tipHeight = Math.max(...sightings.map((sighting) => sighting.tipHeight));
  if (isEnough({ tipHeight, heights })) return { tipHeight, heights, outputs: [], spends: new Map() };
  const transactions = await readTransactions(deps.chains, [...heights.keys()]);
  if (transactions === null) return null;
  const outputs = await readOutputs(deps, offer, { transactions, heights });
  return { tipHeight, heights, outputs, spends: spendsOf(transactions, heights) };
}

type TipDeps = { readonly chains: readonly Pick<ChainSource, 'tipHeight'>[] };

/** The tip as the highest of the sources that answer; null when none does. */
export async function readTipHeight(deps: TipDeps): Promise<number | null> {
  const answers = await Promise.allSettled(deps.chains.map((source) => source.tipHeight()));
  const tips = answers.flatMap((answer) => (answer.status === 'fulfilled' ? [answer.value] : []));
  return tips.length === 0 ? null : Math.max(...tips);
}

/** The transaction with this very id, from any source; null when none has it (or none answers). */
export async function readTransaction(
  chains: readonly Pick<ChainSource, 'transaction'>[],
  txid: string,
): Promise<LiquidTransaction | null> {
  for (const source of chains) {
    const transaction = await source.transaction(txid).catch(() => null); // the next source may answer
    if (transaction?.txid === txid) return transaction;
  }
  return null;
}

/** Does a source know another transaction that spends one of these inputs? False when nothing is known of them. */
export async function isDoubleSpent(chains: readonly ChainSource[], hex: string): Promise<boolean> {
  const transaction = tryParse(hex);
  if (!transaction) return false;
  const looks = chains.flatMap((source) =>
    transaction.inputs.slice(0, INPUTS_MAX).map(async ({ txid, vout }) => {
      const spend = await source.outspend(txid, vout).catch(() => null); // a parent that this source does not know
      return spend?.spent === true && spend.txid !== transaction.txid;
    }),
  );
  return (await Promise.all(looks)).includes(true);
}

async function sight(source: ChainSource, script: Uint8Array): Promise<Sighting> {
  const [tipHeight, listed] = await Promise.all([source.tipHeight(), source.scriptTransactions(script)]);
  return { tipHeight, heights: new Map(listed.slice(0, TRANSACTIONS_MAX).map(({ txid, height }) => [txid, height])) };
}

function mergeHeights(sightings: readonly Sighting[]): Map<string, number | null> {
  const merged = new Map<string, number | null>();
  for (const { heights } of sightings) {
    for (const [txid, height] of heights) {
      const known = merged.get(txid);
      merged.set(txid, known === undefined ? height : known === null || height === null ? null : Math.max(known, height));
    }
  }
  return merged;
}

/** All of them or null: a view with holes would look like a lockup that has gone. */
async function readTransactions(chains: readonly ChainSource[], txids: readonly string[]): Promise<LiquidTransaction[] | null> {
  const read = await Promise.all(txids.map((txid) => readTransaction(chains, txid)));
  const whole = read.filter((transaction) => transaction !== null);
  return whole.length === txids.length ? whole : null;
}

type Known = { readonly transactions: readonly LiquidTransaction[]; readonly heights: ReadonlyMap<string, number | null> };

async function readOutputs(deps: ChainDeps, offer: SwapOffer, { transactions, heights }: Known): Promise<SeenOutput[]> {
  const ours = transactions.flatMap(({ txid, hex, outputs, signalsReplacement }) =>
    outputs.flatMap((output, vout) =>
      sameBytes(output.script, offer.lockupScript) ? [{ txid, hex, vout, output, signalsReplacement }] : [],
    ),
  );
  const blindingKey = fromHex(offer.answer.reveal().blindingKey);
  return Promise.all(
    ours.slice(0, OUTPUTS_MAX).map(async ({ txid, hex, vout, output, signalsReplacement }) => {
      const unblinded = await deps.proofs.unblind(output, blindingKey);
      return { txid, hex, vout, script: output.script, unblinded, height: heights.get(txid) ?? null, signalsReplacement };
    }),
  );
}

function spendsOf(transactions: readonly LiquidTransaction[], heights: ReadonlyMap<string, number | null>): ChainView['spends'] {
  const spends = new Map<string, { txid: string; height: number | null }>();
  for (const { txid, inputs } of transactions) {
    for (const input of inputs) spends.set(`${input.txid}:${input.vout}`, { txid, height: heights.get(txid) ?? null });
  }
  return spends;
}

function tryParse(hex: string): LiquidTransaction | null {
  try {
    return parseTransaction(hex);
  } catch {
    return null; // a provider that says something else
  }
}
