import type { Granted } from './signer-wire.ts';
import type { SwapPublicKeys } from './signer.ts';
import type { KeyRef } from './swap.ts';
import { SWAP_KEYS_MAX } from './signer-wire.ts';
import { KEY_INDEX_MAX } from './swap-keys.ts';

/** Asks the signer for the keys of `count` indexes from this one on. */
export type AskKeys = (from: KeyRef, count: number) => Promise<Granted<'swap_keys'>>;

/** When no more than so many are left the next run is asked for: a busy server takes as many indexes in one statement, and waits for no key. */
const LEFT_MIN = 8;
/** A few runs. Of servers that share the indexes each asks for all and uses its own: what the others have used makes room here. */
const REMEMBERED_MAX = 64;

/**
 * Hands out the keys of an index, most of them asked for beforehand: an ask wakes two processes, which costs more than the keys of one swap. What is
 * known is forgotten when it is used; an index that is used again is asked for again.
 *
 * Who reads the server's memory so learns the public keys and preimage hashes of the next few swaps. Each swap shows both to its provider
 * when it is made; they tell neither key nor preimage, and nothing can be claimed with them.
 */
export function askKeysAhead(ask: AskKeys): (ref: KeyRef) => Promise<SwapPublicKeys> {
  const known = new Map<string, Promise<SwapPublicKeys>>();
  /** The lowest index of its era that nobody has asked for. */
  let next: KeyRef = { era: 0, index: 0 };
  const askFor = (from: KeyRef, most: number) => {
    const count = Math.min(most, KEY_INDEX_MAX + 1 - from.index);
    if (count < 1) return;
    const run = ask(from, count).then(({ keys }) => keysOf(keys, from, count));
    for (let nth = 0; nth < count; nth++) {
      const keys = run.then((all) => keyOf(all, nth));
      remember(known, nameOf(from, nth), keys);
    }
    next = { era: from.era, index: from.index + count };
  };
  return (ref) => {
    const isBeyond = ref.era !== next.era || ref.index >= next.index;
    if (isBeyond) askFor(ref, 1); // by itself, so that its create does not wait for all of the run behind it
    const keys = known.get(nameOf(ref)) ?? ask(ref, 1).then((granted) => keyOf(keysOf(granted.keys, ref, 1), 0));
    known.delete(nameOf(ref));
    if (isBeyond || next.index - ref.index <= LEFT_MIN) askFor(next, SWAP_KEYS_MAX);
    return keys;
  };
}

function nameOf({ era, index }: KeyRef, after = 0): string {
  return `${era} ${index + after}`;
}

/** One that could not be had is not remembered: it is asked for anew. The oldest make room. */
function remember(known: Map<string, Promise<SwapPublicKeys>>, name: string, keys: Promise<SwapPublicKeys>): void {
  known.set(name, keys);
  keys.catch(() => known.get(name) === keys && known.delete(name));
  for (const oldest of known.keys()) {
    if (known.size <= REMEMBERED_MAX) return;
    known.delete(oldest);
  }
}

type Keys = Granted<'swap_keys'>['keys'];

/** @throws Error when these are not the keys of exactly these indexes: the signer is ours, so one of the two is broken. */
function keysOf(keys: Keys, { index }: KeyRef, count: number): Keys {
  if (keys.length === count && keys.every((one, nth) => one.index === index + nth)) return keys;
  throw new Error('the signer answered the keys of other indexes');
}

function keyOf(keys: Keys, nth: number): SwapPublicKeys {
  const found = keys[nth];
  if (!found) throw new RangeError('fewer keys than were counted');
  return { claimPublicKey: found.claimPublicKey, preimageHash: found.preimageHash };
}
