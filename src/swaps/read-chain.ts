import type { ChainSource } from '../liquid/chain-source.ts';
import type { ProofPool } from '../liquid/proof-pool.ts';
import type { LiquidOutput, LiquidTransaction } from '../liquid/transaction.ts';
import type { SwapOffer } from './swap.ts';
import type { SeenOutput } from './verify-lockup.ts';
import { fromHex, sameBytes } from '../lib/bytes.ts';
import { tryParseTransaction } from '../liquid/transaction.ts';

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

/** What is in the transaction with this very id, from any source; null when none shows it (or none answers). Not whether it exists. */
export async function readContents(
  chains: readonly Pick<ChainSource, 'transactionContents'>[],
  txid: string,
): Promise<LiquidTransaction | null> {
  for (const source of chains) {
    const transaction = await source.transactionContents(txid).catch(() => null); // the next source may answer
    if (transaction?.txid === txid) return transaction;
  }
  return null;
}

/** Does a source know another transaction that spends one of these inputs? False when nothing is known of them. */
export async function isDoubleSpent(chains: readonly ChainSource[], hex: string): Promise<boolean> {
  const transaction = tryParseTransaction(hex); // a provider may say something else
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
  const read = await Promise.all(txids.map((txid) => readContents(chains, txid)));
  const whole = read.filter((transaction) => transaction !== null);
  return whole.length === txids.length ? whole : null;
}

type Known = { readonly transactions: readonly LiquidTransaction[]; readonly heights: ReadonlyMap<string, number | null> };

async function readOutputs(deps: ChainDeps, offer: SwapOffer, { transactions, heights }: Known): Promise<SeenOutput[]> {
  const ours = transactions.flatMap((transaction) =>
    transaction.outputs.flatMap((output, vout) => (sameBytes(output.script, offer.lockupScript) ? [{ transaction, output, vout }] : [])),
  );
  const blindingKey = fromHex(offer.answer.reveal().blindingKey);
  return Promise.all(
    ours.slice(0, OUTPUTS_MAX).map(async (place) => {
      const { hex, unblinded } = await openOutput(deps, place, blindingKey);
      const { txid, signalsReplacement } = place.transaction;
      const { script } = place.output;
      return { txid, hex, vout: place.vout, script, unblinded, height: heights.get(txid) ?? null, signalsReplacement };
    }),
  );
}

type Opened = Pick<SeenOutput, 'hex' | 'unblinded'>;
type Place = { readonly transaction: LiquidTransaction; readonly output: LiquidOutput; readonly vout: number };

/**
 * No txid covers the proofs, so contents that were remembered may hold a lie of the source that showed them. What does not open is read
 * afresh in the same look, which may be the one that closes the swap.
 */
async function openOutput(deps: ChainDeps, { transaction, output, vout }: Place, key: Uint8Array): Promise<Opened> {
  const { txid, hex } = transaction;
  const unblinded = await deps.proofs.unblind(output, key);
  if (unblinded) return { hex, unblinded };
  for (const source of deps.chains) source.forgetContents(txid);
  const again = await readContents(deps.chains, txid);
  const fresh = again?.outputs[vout];
  if (!again || !fresh || again.hex === hex) return { hex, unblinded };
  return { hex: again.hex, unblinded: await deps.proofs.unblind(fresh, key) };
}

function spendsOf(transactions: readonly LiquidTransaction[], heights: ReadonlyMap<string, number | null>): ChainView['spends'] {
  const spends = new Map<string, { txid: string; height: number | null }>();
  for (const { txid, inputs } of transactions) {
    for (const input of inputs) spends.set(`${input.txid}:${input.vout}`, { txid, height: heights.get(txid) ?? null });
  }
  return spends;
}
