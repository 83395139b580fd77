import type { NetworkName } from '../liquid/network.ts';
import type { Sealer, SealedPlace } from '../lib/sealed.ts';
import type { Descriptor } from './descriptor.ts';
import { parseDescriptor } from './descriptor.ts';

/** A descriptor at rest is sealed whole: its blinding key shows the merchant's whole wallet. */
export function sealDescriptor(sealer: Sealer, descriptor: Descriptor): Uint8Array {
  return sealer.seal(placeOf(descriptor.chainId), new TextEncoder().encode(descriptor.text.reveal()));
}

/** @throws Error when the stored bytes are not the descriptor of this chain: nothing may be derived from them. */
export function openDescriptor(
  deps: { sealer: Sealer; network: NetworkName },
  chain: { id: string; descriptorSealed: Uint8Array },
): Descriptor {
  const text = new TextDecoder().decode(deps.sealer.open(placeOf(chain.id), chain.descriptorSealed));
  const descriptor = parseDescriptor(text, deps.network);
  if (!descriptor.ok) throw new Error('a stored descriptor does not parse on this network');
  if (descriptor.value.chainId !== chain.id) throw new Error('a stored descriptor belongs to another chain');
  return descriptor.value;
}

function placeOf(chainId: string): SealedPlace {
  return { table: 'ScriptChain', row: chainId, column: 'descriptorSealed' };
}
