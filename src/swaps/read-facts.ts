import type { Log } from '../lib/log.ts';
import type { Sats } from '../lib/money.ts';
import type { LiquidNetwork } from '../liquid/network.ts';
import type { Policy } from './choose-lockup.ts';
import type { Decision, Facts } from './decide-next.ts';
import type { Provider } from './provider-client.ts';
import type { ProviderStatus } from './provider-wire.ts';
import type { ChainDeps } from './read-chain.ts';
import type { Swap, SwapOffer } from './swap.ts';
import { asksProvider, isAnnounced, waitsForBlocks } from './decide-next.ts';
import { isDoubleSpent, readChain } from './read-chain.ts';

export type FactsDeps = ChainDeps & {
  readonly now: () => Date;
  readonly log: Log;
  readonly network: LiquidNetwork;
  readonly zeroConfMaxSats: Sats;
  readonly provider: (name: string) => Pick<Provider, 'status'> | null;
};

/** The terms that every decision of this server is made on. */
export function policyOf({ network, zeroConfMaxSats }: Pick<FactsDeps, 'network' | 'zeroConfMaxSats'>): Policy {
  return { lbtcAsset: network.lbtcAsset, zeroConfMaxSats };
}

/** What a decision about this swap rests on, as it is now. `mayAsk`: false leaves the provider in peace, as if it had not answered. */
export async function readFacts(deps: FactsDeps, swap: Swap, { mayAsk = true } = {}): Promise<Facts> {
  const offer = 'offer' in swap ? swap.offer : null;
  const chain = offer && (await readChain(deps, offer, (listed) => waitsForBlocks(swap, listed)));
  const said = offer && mayAsk && asksProvider(policyOf(deps), swap, chain) ? await readProvider(deps, swap, offer) : null;
  const provider = said?.status ?? null;
  const hex = chain?.heights.size === 0 && isAnnounced(provider) ? said?.transaction?.hex : undefined;
  const announcedDead = hex !== undefined && (await isDoubleSpent(deps.chains, hex));
  return { at: deps.now(), chain, provider, announcedDead, broadcastTried: false, broadcastTaken: false };
}

/** Why a swap waits, where that is worth a line. */
export function sayWhy(
  { log }: Pick<FactsDeps, 'log'>,
  { id: swapId, subjectId, status }: Swap,
  { concern, alarm }: Extract<Decision, { do: 'look_again' }>,
): void {
  if (concern) log.warn({ swapId, status, concern }, 'swap waits');
  if (alarm) log.error({ swapId, subjectId, status, alarm }, 'a lockup is gone after the preimage had left');
}

async function readProvider(deps: FactsDeps, swap: Swap, offer: SwapOffer): Promise<ProviderStatus | null> {
  const status = await deps.provider(swap.provider)?.status(offer.providerSwapId);
  return status?.ok ? status.value : null;
}
