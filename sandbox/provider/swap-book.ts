import type { Random } from '../../src/lib/random.ts';
import type { Journal } from '../journal.ts';
import type { Swap } from './swap.ts';
import { fromHex, toHex } from '../../src/lib/bytes.ts';
import { openJournal } from '../journal.ts';
import { isSettledForGood } from './swap.ts';

/** A journal line: the node's key once, then whole swaps; the last line of an id is how the swap stands. */
type Line = { readonly kind: 'node_key'; readonly key: string } | { readonly kind: 'swap'; readonly swap: StoredSwap };
type StoredSwap = Omit<Swap, 'invoiceSats' | 'onchainSats' | 'lie' | 'takeBackMs'> & {
  readonly invoiceSats: string;
  readonly onchainSats: string;
  /** Absent in lines from before there were lies. */
  readonly lie?: Swap['lie'];
  readonly takeBackMs?: Swap['takeBackMs'];
};

/** A swap was made (`before` null) or changed; it is durable already. */
export type SwapListener = (swap: Swap, before: Swap | null) => void;

/** Every swap of the provider, in memory and in its journal. Nobody sees a change before it is on the disk. */
export class SwapBook {
  /** Signs invoices; its public key is the node's id. */
  readonly nodeKey: Uint8Array;
  readonly #journal: Journal<Line>;
  readonly #swaps = new Map<string, Swap>();
  readonly #idByHash = new Map<string, string>();
  readonly #idByClaimKey = new Map<string, string>();
  readonly #unsettled = new Set<string>();
  readonly #listeners = new Set<SwapListener>();

  private constructor(journal: Journal<Line>, nodeKey: Uint8Array) {
    this.#journal = journal;
    this.nodeKey = nodeKey;
    for (const line of journal.entries) if (line.kind === 'swap') this.#remember(revive(line.swap));
  }

  static async open(path: string, random: Random): Promise<SwapBook> {
    const journal = await openJournal<Line>(path);
    const first = journal.entries[0];
    if (first?.kind === 'node_key') return new SwapBook(journal, fromHex(first.key));
    const nodeKey = random(32); // a key out of range has a chance of 2^-128
    await journal.append({ kind: 'node_key', key: toHex(nodeKey) });
    return new SwapBook(journal, nodeKey);
  }

  byId(id: string): Swap | null {
    return this.#swaps.get(id) ?? null;
  }

  byPreimageHash(hash: string): Swap | null {
    return this.byId(this.#idByHash.get(hash) ?? '');
  }

  byClaimPublicKey(key: string): Swap | null {
    return this.byId(this.#idByClaimKey.get(key) ?? '');
  }

  /** Swaps that can still change. */
  unsettled(): readonly Swap[] {
    return [...this.#unsettled].flatMap((id) => this.byId(id) ?? []);
  }

  /** Resolves once the swap is durable; then it is seen, and the listeners are told. */
  async save(swap: Swap): Promise<Swap> {
    await this.#journal.append({ kind: 'swap', swap: { ...swap, invoiceSats: `${swap.invoiceSats}`, onchainSats: `${swap.onchainSats}` } });
    const before = this.byId(swap.id);
    this.#remember(swap);
    for (const listener of this.#listeners) listener(swap, before);
    return swap;
  }

  onSwap(listener: SwapListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async close(): Promise<void> {
    await this.#journal.close();
  }

  #remember(swap: Swap): void {
    this.#swaps.set(swap.id, swap);
    this.#idByHash.set(swap.preimageHash, swap.id);
    this.#idByClaimKey.set(swap.claimPublicKey, swap.id);
    if (isSettledForGood(swap)) this.#unsettled.delete(swap.id);
    else this.#unsettled.add(swap.id);
  }
}

function revive(stored: StoredSwap): Swap {
  const { lie = null, takeBackMs = null } = stored;
  return { ...stored, lie, takeBackMs, invoiceSats: BigInt(stored.invoiceSats), onchainSats: BigInt(stored.onchainSats) };
}
