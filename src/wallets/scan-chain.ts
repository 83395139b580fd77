import type { ChainSource } from '../liquid/chain-source.ts';
import type { Descriptor } from './descriptor.ts';
import { backoffMs } from '../lib/backoff.ts';
import { HttpFault } from '../lib/http-client.ts';
import { ChainSourceFault } from '../liquid/chain-source.ts';
import { deriveScript } from './derive-address.ts';

export type ScanChainDeps = {
  readonly chains: readonly ChainSource[];
  /** Pacing between tries; `pause` of lib/time. */
  readonly wait: (ms: number) => Promise<void>;
};

/** Wallets look 20 addresses past the last used one (BIP-44). */
export const GAP_LIMIT = 20;
/** With so many unused in a row nothing of theirs can lie behind. */
export const UNUSED_IN_A_ROW = GAP_LIMIT + 1;
/** Addresses asked for at once: public sources allow about five requests a second. */
const SCAN_BATCH = 3;
/** A merchant with more used addresses than this is connected by hand: a scan of minutes does not fit a request. */
export const SCANNED_MAX = 3_000;
/** Each source is tried this often for one address; a busy one asks us to come back (429). */
const TRIES = 3;
const WAIT_BASE_MS = 400;
const WAIT_CAP_MS = 2_000;

/**
 * The highest index of the descriptor that the chain or the mempool has seen, whoever used it, or -1: the merchant's wallet hands out
 * addresses of the same chain.
 * @throws ChainSourceFault when no source could say, or the wallet is larger than we scan.
 */
export async function usedUpTo(deps: ScanChainDeps, descriptor: Descriptor): Promise<number> {
  let lastUsed = -1;
  for (let index = 0; index <= lastUsed + UNUSED_IN_A_ROW; index += SCAN_BATCH) {
    if (index > SCANNED_MAX) throw new ChainSourceFault('all', `the wallet has used more than ${SCANNED_MAX} addresses`);
    const batch = Array.from({ length: SCAN_BATCH }, (_, offset) => index + offset);
    const used = await Promise.all(batch.map((candidate) => isUsed(deps, deriveScript(descriptor, candidate))));
    for (const [offset, wasUsed] of used.entries()) if (wasUsed) lastUsed = index + offset;
  }
  return lastUsed;
}

async function isUsed(deps: ScanChainDeps, script: Uint8Array): Promise<boolean> {
  for (let attempt = 0; attempt < TRIES; attempt++) {
    if (attempt > 0) await deps.wait(backoffMs(attempt - 1, WAIT_BASE_MS, WAIT_CAP_MS, 0));
    for (const chain of deps.chains) {
      const transactions = await historyOf(chain, script);
      if (transactions) return transactions.length > 0;
    }
  }
  throw new ChainSourceFault('all', 'no source could say whether an address was used');
}

/** Null = this source cannot say now. */
export async function historyOf(
  chain: Pick<ChainSource, 'scriptTransactions'>,
  script: Uint8Array,
): Promise<readonly { txid: string }[] | null> {
  try {
    return await chain.scriptTransactions(script);
  } catch (error) {
    if (error instanceof HttpFault || error instanceof ChainSourceFault) return null;
    throw error;
  }
}
