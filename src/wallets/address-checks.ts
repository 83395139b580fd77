import type { Database } from '../lib/database.ts';
import type { Sealer } from '../lib/sealed.ts';
import type { Clock } from '../lib/time.ts';
import type { ChainSource } from '../liquid/chain-source.ts';
import type { NetworkName } from '../liquid/network.ts';
import type { Descriptor } from './descriptor.ts';
import type { StoredAddress } from './direct-lease-store.ts';
import type { ScriptChain } from './script-chain-store.ts';
import { HOUR_MS, MINUTE_MS, pause, SECOND_MS } from '../lib/time.ts';
import { nextFresh, recycledBefore, UNUSED_AHEAD_MAX, unusedAhead } from './address-gap.ts';
import { deriveScript } from './derive-address.ts';
import { glanceAtRecyclables } from './direct-lease-store.ts';
import { historyOf } from './scan-chain.ts';
import { openDescriptor } from './sealed-descriptor.ts';

/** Whether the chain has seen an address. `unknown`: no source said so in time, or it was not asked. */
export type AddressVerdict = 'free' | 'used' | 'unknown';
/** What was found out for one payment. Call `done` when its commit has ended, however it ended. */
export type AddressTicket = {
  readonly verdict: (chainId: string, index: number) => AddressVerdict;
  /** Whether any address of an ended payment had rested enough by then. */
  readonly hasRested: boolean;
  /** None could be taken by then: none had rested, and as many lie unused ahead as may. */
  readonly hasNone: boolean;
  readonly done: () => void;
};

export type AddressCheckDeps = {
  readonly database: Database;
  readonly sealer: Sealer;
  readonly network: NetworkName;
  readonly now: Clock;
  readonly chains: readonly ChainSource[];
  /** Writes down what lies on an address of ours; repeat-safe. What it cannot read it says in the log: it does not throw. */
  readonly see: (txid: string) => Promise<unknown>;
};

/** A payer waits for the page meanwhile: a source that is slower than this is not waited for. */
export const ADDRESS_LOOK_MS = 1_500;
/** So long a verdict is good for the next payment: a burst asks about each address once, and a source that is away is not asked by everybody. */
const KEPT_MS: { readonly [Verdict in AddressVerdict]: number } = { free: 10 * SECOND_MS, unknown: 5 * SECOND_MS, used: HOUR_MS };
/** Between the look and the commit that relies on it a provider may be asked for an invoice; an older verdict is none. */
const FREE_MAX_MS = MINUTE_MS;
/** Used addresses that are passed over at once, in steps: a wallet app hands out a few, not hundreds. */
const ROUNDS_MAX = 4;
/** More are never free at once. */
const FREE_MAX = 2 * UNUSED_AHEAD_MAX;
/** Verdicts kept; the older half goes beyond it. */
const KEPT_MAX = 10_000;

type Entry = { verdict: AddressVerdict; readonly asked: Promise<AddressVerdict>; readonly at: number };

/**
 * Asks the chain about the next addresses before they are promised to payers: the merchant's wallet hands out addresses of the same
 * account (conformance D-7). It is asked outside every transaction. Among `n` payments that are being made at once the first `n` free
 * addresses were asked about, so whichever of them a payment gets in the end, somebody has looked at it.
 */
export class AddressChecks {
  readonly #deps: AddressCheckDeps;
  readonly #verdicts = new Map<string, Entry>();
  readonly #inFlight = new Map<string, number>();

  constructor(deps: AddressCheckDeps) {
    this.#deps = deps;
  }

  /** Looks ahead for one more payment on this chain. */
  async lookAhead(chain: ScriptChain): Promise<AddressTicket> {
    const wanted = this.#count(chain.id, 1);
    const done = () => void this.#count(chain.id, -1);
    try {
      const hasRested = await this.#look(chain, wanted);
      const hasNone = !hasRested && nextFresh(chain, (index) => this.#verdictOf(chain.id, index)).index === null;
      return { verdict: (chainId, index) => this.#verdictOf(chainId, index), hasRested, hasNone, done };
    } catch (error) {
      done();
      throw error;
    }
  }

  #count(chainId: string, change: number): number {
    const count = (this.#inFlight.get(chainId) ?? 0) + change;
    if (count > 0) this.#inFlight.set(chainId, count);
    else this.#inFlight.delete(chainId);
    return count;
  }

  /** Answers whether any address had rested enough. */
  async #look(chain: ScriptChain, wanted: number): Promise<boolean> {
    const descriptor = openDescriptor(this.#deps, chain);
    const most = Math.min(wanted, FREE_MAX);
    const rested = (await this.#rested(chain.id)).slice(0, most);
    let free = await this.#countUnused(
      descriptor,
      rested.map(({ index }) => ({ index, wasOurs: true })),
    );
    let { nextIndex, lastUsedIndex } = chain;
    for (let round = 0; round < ROUNDS_MAX && free < most; round++) {
      const room = UNUSED_AHEAD_MAX - unusedAhead({ nextIndex, lastUsedIndex });
      // The very next one also when there is no room: if the app has used it, there is.
      const indices = Array.from({ length: Math.max(1, Math.min(room, most - free)) }, (_, offset) => nextIndex + offset);
      const unused = await this.#countUnused(
        descriptor,
        indices.map((index) => ({ index, wasOurs: false })),
      );
      if (unused === indices.length) break;
      free += unused;
      lastUsedIndex = Math.max(lastUsedIndex, ...indices.filter((index) => this.#verdictOf(chain.id, index) === 'used'));
      nextIndex += indices.length;
    }
    return rested.length > 0;
  }

  /** The same words from all who look in the same second: asked once for all of them (`Database.read`). */
  #rested(chainId: string): Promise<readonly StoredAddress[]> {
    const at = this.#deps.now().getTime();
    const before = recycledBefore(new Date(at - (at % SECOND_MS)));
    return glanceAtRecyclables(this.#deps.database, { chainId, before, limit: FREE_MAX });
  }

  /** How many of these the chain has not seen, as far as anybody says. */
  async #countUnused(descriptor: Descriptor, addresses: readonly { index: number; wasOurs: boolean }[]): Promise<number> {
    const verdicts = await Promise.all(addresses.map((address) => this.#ask(descriptor, address)));
    return verdicts.filter((verdict) => verdict !== 'used').length;
  }

  #verdictOf(chainId: string, index: number): AddressVerdict {
    const known = this.#verdicts.get(nameOf(chainId, index));
    if (!known) return 'unknown';
    const isOld = Math.abs(this.#deps.now().getTime() - known.at) > FREE_MAX_MS;
    return known.verdict === 'free' && isOld ? 'unknown' : known.verdict;
  }

  #ask(descriptor: Descriptor, { index, wasOurs }: { index: number; wasOurs: boolean }): Promise<AddressVerdict> {
    const name = nameOf(descriptor.chainId, index);
    const at = this.#deps.now().getTime();
    const known = this.#verdicts.get(name);
    if (known && Math.abs(at - known.at) < KEPT_MS[known.verdict]) return known.asked;
    const asked = askSources(this.#deps, deriveScript(descriptor, index), wasOurs);
    const entry: Entry = { verdict: 'unknown', asked, at };
    this.#forgetOld();
    this.#verdicts.set(name, entry);
    asked.then(
      (verdict) => {
        entry.verdict = verdict;
      },
      () => this.#verdicts.delete(name), // whoever asked hears of it
    );
    return asked;
  }

  #forgetOld(): void {
    if (this.#verdicts.size < KEPT_MAX) return;
    for (const name of [...this.#verdicts.keys()].slice(0, KEPT_MAX / 2)) this.#verdicts.delete(name);
  }
}

function nameOf(chainId: string, index: number): string {
  return `${chainId}/${index}`;
}

/** Every source is asked: one that lags must not make a used address look free. Never rejects with a source's fault. */
async function askSources(deps: AddressCheckDeps, script: Uint8Array, wasOurs: boolean): Promise<AddressVerdict> {
  const over = new AbortController();
  const late = pause(ADDRESS_LOOK_MS, over.signal).then(
    () => null,
    () => null,
  );
  const histories = await Promise.all(deps.chains.map((chain) => Promise.race([historyOf(chain, script), late])));
  over.abort();
  const answers = histories.filter((history) => history !== null);
  const found = answers.flat();
  if (found.length === 0) return answers.length > 0 ? 'free' : 'unknown';
  // Late money on an address that was promised before: it is written down as if the follower had seen it.
  if (wasOurs) for (const { txid } of found) await deps.see(txid);
  return 'used';
}
