import type { Database } from '../lib/database.ts';
import type { Sealer } from '../lib/sealed.ts';
import type { NetworkName } from '../liquid/network.ts';
import type { LeasedPlace } from './direct-lease-store.ts';
import { sameBytes } from '../lib/bytes.ts';
import { deriveAddress } from './derive-address.ts';
import { findLeasedPlaces } from './direct-lease-store.ts';
import { openDescriptor } from './sealed-descriptor.ts';

/** Addresses remembered, the oldest forgotten first: a payment is looked at for minutes. Some 500 bytes each; only what payers are shown. */
const REMEMBERED_MAX = 10_000;

type Deps = { readonly database: Database; readonly sealer: Sealer; readonly network: NetworkName };
export type DirectAddresses = {
  /** By payment. */
  readonly read: (paymentIds: readonly string[]) => Promise<ReadonlyMap<string, string>>;
  /** The address of a place that was read already. */
  readonly addressOf: (place: LeasedPlace) => string;
};
type Remembered = { readonly descriptorSealed: Uint8Array; readonly address: string };

/**
 * Reads the confidential address of each payment that has one: made from descriptor and index when it is first shown, stored nowhere as text.
 * An address never changes, but a chain may come back under another blinding key: what is remembered holds for the same sealed bytes alone.
 */
export function directAddressReader(deps: Deps): DirectAddresses {
  const remembered = new Map<string, Remembered>();
  const addressOf = ({ chainId, index, descriptorSealed }: LeasedPlace): string => {
    const place = `${chainId} ${index}`;
    const known = remembered.get(place);
    if (known && sameBytes(known.descriptorSealed, descriptorSealed)) return known.address;
    const address = deriveAddress(openDescriptor(deps, { id: chainId, descriptorSealed }), index).confidential;
    for (const oldest of remembered.keys()) {
      if (remembered.size < REMEMBERED_MAX) break;
      remembered.delete(oldest);
    }
    remembered.set(place, { descriptorSealed, address });
    return address;
  };
  const read = async (paymentIds: readonly string[]) => {
    const places = await findLeasedPlaces(deps.database, paymentIds);
    return new Map(places.map((place) => [place.paymentId, addressOf(place)]));
  };
  return { read, addressOf };
}
