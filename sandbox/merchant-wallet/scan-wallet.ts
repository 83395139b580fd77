import type { Chain } from '../chain/chain.ts';
import type { Zkp } from '../elements/zkp.ts';
import type { WalletDescriptor } from './wallet-descriptor.ts';
import { setImmediate } from 'node:timers/promises';
import { sameBytes } from '../../src/lib/bytes.ts';
import { openOutput } from '../elements/confidential.ts';
import { REGTEST } from '../elements/network.ts';
import { parseTransaction } from '../elements/transaction.ts';

/** As wallets do: this many unused addresses in a row end the search. */
export const GAP_LIMIT = 20;
/** How far money is looked for that such a wallet would never see. */
const LOOK_FAR_INDEXES = 2_000;
/** Derivation blocks: other work gets its turn after this many. */
const TURN_INDEXES = 50;

export type WalletCoin = {
  readonly txid: string;
  readonly vout: number;
  readonly valueSats: bigint;
  readonly index: number;
  readonly confirmed: boolean;
};

export type WalletScan = {
  readonly balanceSats: bigint;
  /** Unspent L-BTC beyond the gap: lost to a wallet that scans. */
  readonly invisibleSats: bigint;
  readonly coins: readonly WalletCoin[];
  /** Null: nothing was ever received. */
  readonly lastUsedIndex: number | null;
  /** The longest run of unused addresses below the highest used one, beyond the gap included. */
  readonly longestUnusedRun: number;
};

/** A wallet that knows nothing but its descriptor and the chain. Scripts and opened outputs are kept between scans. */
export class MerchantWallet {
  readonly #deps: { readonly chain: Chain; readonly zkp: Zkp };
  readonly #descriptor: WalletDescriptor;
  readonly #scripts: Uint8Array[] = [];
  readonly #values = new Map<string, bigint>();

  constructor(deps: { readonly chain: Chain; readonly zkp: Zkp }, descriptor: WalletDescriptor) {
    this.#deps = deps;
    this.#descriptor = descriptor;
  }

  async scan(): Promise<WalletScan> {
    const used = await this.#usedIndexes();
    const lastSeen = lastBeforeGap(used);
    const coins = used.flatMap((index) => this.#coinsAt(index));
    const seen = coins.filter(({ index }) => lastSeen !== null && index <= lastSeen);
    const balanceSats = total(seen);
    return {
      balanceSats,
      invisibleSats: total(coins) - balanceSats,
      coins: seen,
      lastUsedIndex: lastSeen,
      longestUnusedRun: longestGap(used),
    };
  }

  /** In ascending order. */
  async #usedIndexes(): Promise<readonly number[]> {
    const used: number[] = [];
    for (let index = 0; index < LOOK_FAR_INDEXES || index - (used.at(-1) ?? 0) <= LOOK_FAR_INDEXES; index++) {
      if (index === this.#scripts.length && index % TURN_INDEXES === 0) await setImmediate();
      if (this.#deps.chain.transactionsOfScript(this.#scriptAt(index)).length > 0) used.push(index);
    }
    return used;
  }

  #scriptAt(index: number): Uint8Array {
    const known = this.#scripts[index];
    if (known) return known;
    const script = this.#descriptor.scriptAt(index);
    this.#scripts[index] = script;
    return script;
  }

  #coinsAt(index: number): readonly WalletCoin[] {
    const { chain } = this.#deps;
    const script = this.#scriptAt(index);
    return chain.transactionsOfScript(script).flatMap(({ txid, height }) => {
      const outputs = parseTransaction(chain.transaction(txid)?.hex ?? '').outputs;
      return outputs.flatMap((output, vout) => {
        if (!sameBytes(output.script, script) || chain.spender(txid, vout)) return [];
        const valueSats = this.#valueOf(`${txid}:${vout}`, () =>
          openOutput(this.#deps.zkp, output, this.#descriptor.blindingKeyOf(script)),
        );
        return valueSats === 0n ? [] : [{ txid, vout, valueSats, index, confirmed: height !== null }];
      });
    });
  }

  /** Zero for other assets and for what the key does not open. */
  #valueOf(outpoint: string, open: () => { assetId: string; valueSats: bigint } | null): bigint {
    const known = this.#values.get(outpoint);
    if (known !== undefined) return known;
    const opened = open();
    const valueSats = opened?.assetId === REGTEST.lbtcAsset ? opened.valueSats : 0n;
    this.#values.set(outpoint, valueSats);
    return valueSats;
  }
}

/** The last used index that a scan reaches before it gives up. */
export function lastBeforeGap(used: readonly number[]): number | null {
  let last: number | null = null;
  for (const index of used) {
    if (index - (last ?? -1) > GAP_LIMIT) break;
    last = index;
  }
  return last;
}

/** Unused indexes between two used ones, or before the first. */
export function longestGap(used: readonly number[]): number {
  return used.reduce((longest, index, place) => Math.max(longest, index - (used[place - 1] ?? -1) - 1), 0);
}

function total(coins: readonly WalletCoin[]): bigint {
  return coins.reduce((sum, { valueSats }) => sum + valueSats, 0n);
}
