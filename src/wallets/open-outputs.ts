import type { Database } from '../lib/database.ts';
import type { Secret } from '../lib/secret.ts';
import type { Sealer } from '../lib/sealed.ts';
import type { NetworkName } from '../liquid/network.ts';
import type { ProofPool } from '../liquid/proof-pool.ts';
import type { LiquidTransaction } from '../liquid/transaction.ts';
import type { SealedAddress } from './direct-lease-store.ts';
import { toHex } from '../lib/bytes.ts';
import { deriveBlindingKey } from './derive-address.ts';
import { findAddressesByScript } from './direct-lease-store.ts';
import { openDescriptor } from './sealed-descriptor.ts';

export type OpenOutputsDeps = {
  readonly database: Database;
  readonly sealer: Sealer;
  readonly network: NetworkName;
  readonly proofs: Pick<ProofPool, 'unblind'>;
};

/** An output on an address of ours. */
export type OurOutput = Readonly<{
  accountId: string;
  addressId: string;
  vout: number;
  /** The address was leased to a claim of ours: it is never anybody else's. */
  isClaims: boolean;
  /** Null: the SLIP-77 key does not open it. */
  content: Readonly<{ assetId: string; valueSats: bigint }> | null;
}>;

/**
 * The outputs of a transaction that lie on addresses of ours, opened with their merchants' SLIP-77 keys; explicit ones are read as they
 * are. Scripts are compared here, so that no chain source learns which are ours.
 * @throws Error when the proof pool is full or closed: nothing is known then.
 */
export async function openOutputs(deps: OpenOutputsDeps, transaction: LiquidTransaction): Promise<readonly OurOutput[]> {
  const scripts = transaction.outputs.map(({ script }) => script).filter((script) => script.length > 0);
  const addresses = await findAddressesByScript(deps.database, scripts);
  if (addresses.length === 0) return [];
  const byScript = new Map(addresses.map((address) => [toHex(address.scriptPubKey), address]));
  const ours = transaction.outputs.flatMap((output, vout) => {
    const address = byScript.get(toHex(output.script));
    return address ? [{ output, vout, address, master: masterOf(deps, address) }] : [];
  });
  return Promise.all(
    ours.map(async ({ output, vout, address: { accountId, addressId, isClaims }, master }) => {
      const opened = await deps.proofs.unblind(output, deriveBlindingKey(master, output.script).reveal());
      const content = opened && { assetId: opened.assetId, valueSats: opened.valueSats };
      return { accountId, addressId, vout, isClaims, content };
    }),
  );
}

function masterOf(deps: OpenOutputsDeps, { chainId, descriptorSealed }: SealedAddress): Secret<Uint8Array> {
  return openDescriptor(deps, { id: chainId, descriptorSealed }).masterBlindingKey;
}
