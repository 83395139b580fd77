import type { Log } from '../lib/log.ts';
import type { ChainSource } from './chain-source.ts';
import type { FollowedBlock } from './chain-follower-store.ts';
import { BLOCKS_KEPT } from './chain-follower-store.ts';
import { ChainSourceFault } from './chain-source.ts';
import { isSourceFault } from './read-sources.ts';

export type FollowBlocksDeps = {
  readonly sources: readonly ChainSource[];
  readonly log: Log;
  /** Newest first. */
  readonly readBlocks: () => Promise<readonly FollowedBlock[]>;
  /** Everything of this block is looked through and written down; only then it is kept. */
  readonly takeBlock: (block: FollowedBlock, txids: readonly string[]) => Promise<void>;
  /** The blocks above this height were replaced by others. */
  readonly takeBackAbove: (height: number) => Promise<void>;
  /** More blocks were missed than are worth reading: look the addresses up instead. */
  readonly catchUp: (source: ChainSource) => Promise<void>;
};

/** After a gap, or at the very first start, following begins this many blocks below the tip. */
const START_DEPTH = 2;
/** Replacements of blocks are looked for this deep under an unchanged one: one can fall into the middle of our own reading. Liquid is final at two. */
const CHECKED_DEEP = 3;

/**
 * Reads the blocks that came since the last round, each once and in order, from the first source that answers.
 * @returns the tip, and how many blocks were new
 */
export async function followBlocks(deps: FollowBlocksDeps): Promise<{ tip: number; blocks: number }> {
  const { source, tip } = await firstTip(deps.sources);
  const stored = await deps.readBlocks();
  const base = await findBase(deps, { source, stored, tip });
  const isGap = base === null || tip - base > BLOCKS_KEPT;
  if (isGap) await deps.catchUp(source);
  let blocks = 0;
  for (let height = isGap ? Math.max(0, tip - START_DEPTH) : base + 1; height <= tip; height++) {
    const hash = await source.blockHash(height);
    const txids = hash === null ? null : await source.blockTxids(hash);
    if (hash === null || txids === null) break; // replaced while we read: the next round sees what it became
    await deps.takeBlock({ height, hash }, txids);
    blocks++;
  }
  return { tip, blocks };
}

async function firstTip(sources: readonly ChainSource[]): Promise<{ source: ChainSource; tip: number }> {
  let fault: unknown = new ChainSourceFault('all', 'there is no source');
  for (const source of sources) {
    try {
      return { source, tip: await source.tipHeight() };
    } catch (error) {
      if (!isSourceFault(error)) throw error;
      fault = error;
    }
  }
  throw fault;
}

type Stand = { readonly source: ChainSource; readonly stored: readonly FollowedBlock[]; readonly tip: number };

/** The height from which to go on: the newest block on record, unless blocks were replaced. Null: nothing on record is of use. */
async function findBase(deps: FollowBlocksDeps, { source, stored, tip }: Stand): Promise<number | null> {
  const newest = stored[0];
  if (!newest) return null;
  const same = await newestSame(source, stored, tip);
  if (same === 'all') return newest.height;
  const oldest = stored.at(-1)?.height ?? newest.height;
  const fork = same ?? oldest - 1;
  deps.log.warn({ source: source.name, from: newest.height, fork }, 'blocks were replaced');
  await deps.takeBackAbove(fork);
  return same;
}

/**
 * The newest height whose block, and those just below it, are the source's too; 'all' when nothing differs; null when everything does.
 * A source whose tip lies below ours only lags.
 */
async function newestSame(source: ChainSource, stored: readonly FollowedBlock[], tip: number): Promise<number | null | 'all'> {
  let top: number | null = null;
  let run = 0;
  let differs = false;
  for (const block of stored) {
    if (block.height > tip) continue;
    if ((await source.blockHash(block.height)) === block.hash) {
      top ??= block.height;
      run++;
      // Nothing new: the newest block alone tells.
      if (run >= CHECKED_DEEP || (!differs && tip <= block.height)) return differs ? top : 'all';
    } else {
      differs = true;
      top = null;
      run = 0;
    }
  }
  return differs ? top : 'all';
}
