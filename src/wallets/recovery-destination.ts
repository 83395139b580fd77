import type { Database } from '../lib/database.ts';
import type { Secret } from '../lib/secret.ts';
import type { Sealer } from '../lib/sealed.ts';
import type { NetworkName } from '../liquid/network.ts';
import { findClaimChain } from './script-chain-store.ts';
import { openDescriptor } from './sealed-descriptor.ts';

export type RecoveryDestinationDeps = { readonly database: Database; readonly sealer: Sealer; readonly network: NetworkName };

/** Where claims of this account pay now: what must be remembered to make its addresses again from nothing. Null without a wallet. */
export async function readRecoveryDestination(
  deps: RecoveryDestinationDeps,
  accountId: string,
): Promise<Readonly<{ descriptor: Secret<string>; nextAddressIndex: number }> | null> {
  const chain = await findClaimChain(deps, accountId);
  return chain ? { descriptor: openDescriptor(deps, chain).text, nextAddressIndex: chain.nextIndex } : null;
}
