import type { Clock } from '../../src/lib/time.ts';
import type { Opened } from '../elements/confidential.ts';
import type { Journal } from '../journal.ts';
import type { OpenedChain } from './chain.ts';
import type { ChainEntry, GenesisEntry } from './history.ts';
import { join as joinPath } from 'node:path';
import { sha256, toHex } from '../../src/lib/bytes.ts';
import { systemRandom } from '../../src/lib/random.ts';
import { explicitOutput } from '../elements/confidential.ts';
import { REGTEST } from '../elements/network.ts';
import { encodeNumber, pushBytes } from '../elements/script.ts';
import { COINBASE_VOUT, EMPTY, parseTransaction, transactionHex, transactionId } from '../elements/transaction.ts';
import { loadZkp } from '../elements/zkp.ts';
import { openJournal } from '../journal.ts';
import { applyEntry, applyGenesis, BLOCK_INTERVAL_MS } from './history.ts';
import { makeLedger } from './ledger.ts';
import { readNote } from './purse.ts';
import { runChain } from './run-chain.ts';
import { makeWallet, walletKeys, walletScript } from './wallet.ts';

export type ChainOptions = {
  /** The journal lies here as `chain.jsonl`. */
  readonly folder: string;
  readonly now: Clock;
  /** Mine by the clock, once a minute of it. Default true; false leaves every block to `mine` and `mineDue`. */
  readonly mineByClock?: boolean;
  /** Height of a new chain. Swap time-outs count from here; large enough that no lock time is a one-byte opcode. */
  readonly initialHeight?: number;
  /** Transactions that a new chain holds in its first block, unjudged: recorded ones can be spent in tests. */
  readonly seedTransactions?: readonly string[];
};

const INITIAL_HEIGHT = 1_000;
/** How often the clock is looked at, in real time: it may jump. */
const CLOCK_LOOK_MS = 500;
/** Coins of a new chain. Many, so that hundreds of sends between two blocks need no unconfirmed change; large enough for any one lockup. */
const LBTC_COINS = 500;
const OTHER_COINS = 50;
const COIN_SATS = 100_000_000n;

/** Opens the chain in `folder`, or starts a new one there. */
export async function openChain(options: ChainOptions): Promise<OpenedChain> {
  const zkp = await loadZkp();
  const journal = await openJournal<ChainEntry>(joinPath(options.folder, 'chain.jsonl'));
  const { genesis, later } = await readHistory(journal, options);
  const ledger = makeLedger(new Date(genesis.at - genesis.height * BLOCK_INTERVAL_MS));
  applyGenesis(ledger, genesis);
  for (const entry of later) applyEntry(ledger, entry);
  const { chain, submit } = runChain({ zkp, now: options.now, ledger, journal, genesisHeight: genesis.height });
  const otherAsset = otherAssetOf(genesis.seed);
  const notes = readNotes(later);
  const wallet = (name: string) =>
    makeWallet({ zkp, random: systemRandom, view: ledger, submit, otherAsset }, walletKeys(genesis.seed, name), notes);
  const stop = options.mineByClock === false ? () => undefined : mineByClock(chain.mineDue);
  const close = async () => {
    stop();
    await chain.close();
  };
  return { chain: { ...chain, close }, providerWallet: wallet('provider'), shopperWallet: wallet('shopper'), otherAsset };
}

type History = { readonly genesis: GenesisEntry; readonly later: readonly Exclude<ChainEntry, GenesisEntry>[] };

async function readHistory(journal: Journal<ChainEntry>, options: ChainOptions): Promise<History> {
  const [first, ...rest] = journal.entries;
  if (first && first.kind !== 'genesis') throw new Error("the chain's journal does not begin with its genesis");
  const genesis = first ?? makeGenesis(options);
  if (!first) await journal.append(genesis);
  return { genesis, later: rest.filter((entry) => entry.kind !== 'genesis') };
}

function makeGenesis({ now, initialHeight = INITIAL_HEIGHT, seedTransactions = [] }: ChainOptions): GenesisEntry {
  const seed = toHex(systemRandom(32));
  return { kind: 'genesis', seed, height: initialHeight, at: now().getTime(), transactions: [fundingHex(seed), ...seedTransactions] };
}

/** The first coins come from nowhere, explicit, to both wallets. */
function fundingHex(seed: string): string {
  const scripts = ['provider', 'shopper'].map((name) => walletScript(walletKeys(seed, name)));
  const coins = (assetId: string, count: number) =>
    scripts.flatMap((script) => Array.from({ length: count }, () => explicitOutput({ script, assetId, valueSats: COIN_SATS })));
  const outputs = [...coins(REGTEST.lbtcAsset, LBTC_COINS), ...coins(otherAssetOf(seed), OTHER_COINS)];
  const script = pushBytes(encodeNumber(1n));
  const input = {
    txid: '00'.repeat(32),
    vout: COINBASE_VOUT,
    script,
    sequence: 0xffff_ffff,
    isPegin: false,
    issuance: null,
    issuanceProofs: [EMPTY, EMPTY],
    witness: [],
    peginWitness: [],
  } as const;
  return transactionHex({ version: 2, locktime: 0, inputs: [input], outputs });
}

function otherAssetOf(seed: string): string {
  return toHex(sha256(`worthless asset ${seed}`));
}

function readNotes(entries: readonly ChainEntry[]): ReadonlyMap<string, Opened> {
  const notes = new Map<string, Opened>();
  for (const entry of entries) {
    if (entry.kind !== 'transaction' || entry.change.length === 0) continue;
    const txid = transactionId(parseTransaction(entry.hex));
    for (const note of entry.change) notes.set(`${txid}:${note.vout}`, readNote(note));
  }
  return notes;
}

function mineByClock(mineDue: () => Promise<number>): () => void {
  let running = false;
  const timer = setInterval(() => {
    if (running) return;
    running = true;
    void mineDue().finally(() => {
      running = false;
    });
  }, CLOCK_LOOK_MS);
  timer.unref();
  return () => clearInterval(timer);
}
