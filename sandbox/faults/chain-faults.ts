import type { Chain } from '../chain/chain.ts';
import type { Answer } from '../chain/esplora-routes.ts';
import type { FaultSource } from './faults.ts';

/** How far a lagging source is behind; the mempool it does not see at all. */
export const LAG_BLOCKS = 2;

const DOWN: Answer = { status: 503, body: 'Service Unavailable' };
/** What a node says whose own floor has risen. */
const REJECTED: Answer = {
  status: 400,
  body: `sendrawtransaction RPC error: ${JSON.stringify({ code: -26, message: 'min relay fee not met, 25 < 2500' })}`,
};

/** What is sent instead of the chain's answer; null when it may answer. */
export function chainFault(faults: FaultSource, method: string, path: string): Answer | null {
  const { chain } = faults.current();
  if (chain === 'down') return DOWN;
  if (chain === 'rejects_broadcast' && method === 'POST' && path === '/tx') return REJECTED;
  return null;
}

/** The chain as a source shows it whose node is behind while the fault `lagging` is on. It takes broadcasts as ever. */
export function withLag(chain: Chain, faults: FaultSource): Chain {
  const lags = () => faults.current().chain === 'lagging';
  const height = () => (lags() ? Math.max(0, chain.height() - LAG_BLOCKS) : chain.height());
  const isSeen = (found: { readonly height: number | null } | null) => !lags() || (found?.height ?? Number.POSITIVE_INFINITY) <= height();
  const seen = <T extends { readonly height: number | null }>(found: T | null): T | null => (isSeen(found) ? found : null);
  return {
    ...chain,
    height,
    tipHash: () => chain.block(height())?.hash ?? chain.tipHash(),
    transaction: (txid) => seen(chain.transaction(txid)),
    spender: (txid, vout) => seen(chain.spender(txid, vout)),
    transactionsOfScript: (script) => chain.transactionsOfScript(script).filter(isSeen),
    block: (at) => (at > height() ? null : chain.block(at)),
    blockHeight: (hash) => {
      const at = chain.blockHeight(hash);
      return at === null || at > height() ? null : at;
    },
    mempool: () => (lags() ? [] : chain.mempool()),
  };
}
