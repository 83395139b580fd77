import type { ChainSource } from './chain-source.ts';
import type { LiquidTransaction } from './transaction.ts';
import { MINUTE_MS, monotonicMs } from '../lib/time.ts';
import { tryParseTransaction } from './transaction.ts';

/**
 * The swap's look, the chain's follower and the second ask of a signer come within seconds of each other. No longer: a txid covers neither
 * witnesses nor proofs, and one source that lies about them must not be believed for long.
 */
export const CONTENTS_KEPT_MS = MINUTE_MS;
/** Some seconds of a very busy shop at about 20 KiB each; the oldest go first. */
export const CONTENTS_MAX = 500;

/** Null: what was kept is not the transaction of that txid. */
type Contents = () => LiquidTransaction | null;
type Memory = ReturnType<typeof makeMemory>;

/**
 * The sources for those who read the same transactions within a minute: contents that one of them has shown, or that it has taken from us,
 * are answered without asking; those who ask meanwhile share one request. Faults and "not known" are never remembered, and whether a
 * transaction exists is asked each time (`transactionStatus`, lists). `nowMs` is a clock that only runs forward.
 */
export function rememberContents(sources: readonly ChainSource[], nowMs: () => number = monotonicMs): readonly ChainSource[] {
  const memory = makeMemory(nowMs);
  return sources.map((source) => remembering(source, memory));
}

function remembering(source: ChainSource, memory: Memory): ChainSource {
  const underWay = new Map<string, Promise<LiquidTransaction | null>>();
  const read = async (txid: string) => {
    const transaction = await source.transactionContents(txid);
    if (transaction?.txid === txid) memory.keep(txid, () => transaction);
    return transaction;
  };
  const ask = (txid: string) => {
    const reading = read(txid).finally(() => {
      if (underWay.get(txid) === reading) underWay.delete(txid);
    });
    underWay.set(txid, reading);
    return reading;
  };
  return {
    ...source,
    transactionContents: async (txid) => memory.find(txid) ?? (await (underWay.get(txid) ?? ask(txid))),
    forgetContents(txid) {
      memory.forget(txid);
      underWay.delete(txid); // whoever asks from now on asks afresh
      source.forgetContents(txid);
    },
    async broadcast(hex, txid) {
      const answer = await source.broadcast(hex, txid);
      if (answer.accepted && txid !== undefined) memory.keep(txid, parsedOnce(hex, txid));
      return answer;
    },
  };
}

function makeMemory(nowMs: () => number) {
  const known = new Map<string, { readonly contents: Contents; readonly keptMs: number }>();
  const isOld = (keptMs: number) => nowMs() - keptMs > CONTENTS_KEPT_MS;
  return {
    find(txid: string): LiquidTransaction | null {
      const kept = known.get(txid);
      return kept && !isOld(kept.keptMs) ? kept.contents() : null;
    },
    keep(txid: string, contents: Contents): void {
      known.delete(txid); // what is kept anew is the youngest
      known.set(txid, { contents, keptMs: nowMs() });
      for (const [oldest, { keptMs }] of known) {
        if (known.size <= CONTENTS_MAX && !isOld(keptMs)) break;
        known.delete(oldest);
      }
    },
    forget: (txid: string) => void known.delete(txid),
  };
}

/** Half a millisecond, only where somebody asks: a claim may be followed by another process. */
function parsedOnce(hex: string, txid: string): Contents {
  let parsed: LiquidTransaction | null | undefined;
  return () => {
    parsed ??= tryParseTransaction(hex);
    return parsed?.txid === txid ? parsed : null;
  };
}
