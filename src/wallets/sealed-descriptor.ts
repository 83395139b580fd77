import type { NetworkName } from '../liquid/network.ts';
import type { Sealer, SealedPlace } from '../lib/sealed.ts';
import type { Descriptor } from './descriptor.ts';
import { sameBytes } from '../lib/bytes.ts';
import { parseDescriptor } from './descriptor.ts';

/** A descriptor at rest is sealed whole: its blinding key shows the merchant's whole wallet. */
export function sealDescriptor(sealer: Sealer, descriptor: Descriptor): Uint8Array {
  return sealer.seal(placeOf(descriptor.chainId), new TextEncoder().encode(descriptor.text.reveal()));
}

/** Opened descriptors that are remembered: one a merchant, some 2 KiB each. Opening one anew costs about a millisecond. */
const REMEMBERED_MAX = 2_000;

type Remembered = { readonly sealed: Uint8Array; readonly sealer: Sealer; readonly descriptor: Descriptor };
const remembered = new Map<string, Remembered>();

/** @throws Error when the stored bytes are not the descriptor of this chain: nothing may be derived from them. */
export function openDescriptor(
  deps: { sealer: Sealer; network: NetworkName },
  chain: { id: string; descriptorSealed: Uint8Array },
): Descriptor {
  const known = remembered.get(chain.id);
  const isSame =
    known?.sealer === deps.sealer && known.descriptor.network === deps.network && sameBytes(known.sealed, chain.descriptorSealed);
  if (known && isSame) return known.descriptor;
  const descriptor = openAnew(deps, chain);
  if (remembered.size >= REMEMBERED_MAX) remembered.clear();
  remembered.set(chain.id, { sealed: chain.descriptorSealed, sealer: deps.sealer, descriptor });
  return descriptor;
}

function openAnew(deps: { sealer: Sealer; network: NetworkName }, chain: { id: string; descriptorSealed: Uint8Array }): Descriptor {
  const text = new TextDecoder().decode(deps.sealer.open(placeOf(chain.id), chain.descriptorSealed));
  const descriptor = parseDescriptor(text, deps.network);
  if (!descriptor.ok) throw new Error('a stored descriptor does not parse on this network');
  if (descriptor.value.chainId !== chain.id) throw new Error('a stored descriptor belongs to another chain');
  return descriptor.value;
}

function placeOf(chainId: string): SealedPlace {
  return { table: 'ScriptChain', row: chainId, column: 'descriptorSealed' };
}
