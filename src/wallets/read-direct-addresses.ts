import type { Database } from '../lib/database.ts';
import type { Sealer } from '../lib/sealed.ts';
import type { NetworkName } from '../liquid/network.ts';
import { deriveAddress } from './derive-address.ts';
import { findDirectAddresses } from './direct-lease-store.ts';
import { findChains } from './script-chain-store.ts';
import { openDescriptor } from './sealed-descriptor.ts';

/** The confidential address of each payment that has one: made from descriptor and index when it is shown, stored nowhere as text. */
export async function readDirectAddresses(
  deps: { readonly database: Database; readonly sealer: Sealer; readonly network: NetworkName },
  paymentIds: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const leased = await findDirectAddresses(deps.database, paymentIds);
  const chains = await findChains(deps, [...new Set([...leased.values()].map(({ chainId }) => chainId))]);
  const descriptors = new Map(chains.map((chain) => [chain.id, openDescriptor(deps, chain)]));
  return new Map(
    [...leased].flatMap(([paymentId, { chainId, index }]) => {
      const descriptor = descriptors.get(chainId);
      return descriptor ? [[paymentId, deriveAddress(descriptor, index).confidential] as const] : [];
    }),
  );
}
