import type { Database } from '../lib/database.ts';
import type { Sealer } from '../lib/sealed.ts';
import type { NetworkName } from '../liquid/network.ts';
import type { WalletWarning } from './connect-wallet.ts';
import type { ConnectedVia } from './wallet-store.ts';
import { unusedAhead } from './address-gap.ts';
import { deriveAddress } from './derive-address.ts';
import { findChains } from './script-chain-store.ts';
import { openDescriptor } from './sealed-descriptor.ts';
import { findWallet } from './wallet-store.ts';

/** What a merchant sees of the wallet that is connected. Of its descriptors nothing is ever shown again. */
export type ConnectedWallet = Readonly<{
  id: string;
  connectedAt: Date;
  via: ConnectedVia;
  fingerprint: string | null;
  firstAddress: string;
  /** Addresses given out since the last one that was seen used, on the chain of direct payments. */
  unusedAddresses: number;
  warnings: readonly WalletWarning[];
}>;

export async function readWallet(
  deps: { readonly database: Database; readonly sealer: Sealer; readonly network: NetworkName },
  accountId: string,
): Promise<ConnectedWallet | null> {
  const wallet = await findWallet(deps, accountId);
  if (!wallet) return null;
  const { id, connectedAt, via, directChainId, claimChainId } = wallet;
  const chains = await findChains(deps, [...new Set([directChainId, claimChainId])]);
  const direct = chains.find((chain) => chain.id === directChainId);
  if (!direct) throw new Error('a connected wallet has a chain of its account');
  const descriptor = openDescriptor(deps, direct);
  const warnings = chains.flatMap((chain) => openDescriptor(deps, chain).warnings);
  return {
    ...{ id, connectedAt, via, fingerprint: direct.fingerprint },
    firstAddress: deriveAddress(descriptor, 0).confidential,
    unusedAddresses: unusedAhead(direct),
    warnings: [...new Set(warnings)],
  };
}
