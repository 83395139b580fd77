import type { RawHandles } from '../rest-adapter/route.ts';
import type { SwapBackend } from './swaps/make-lightning-backend.ts';

/** What the raw routes call: hints to go and look, by the secret address of a swap or by its provider's name for it. */
export function hintHandles(lightning: Pick<SwapBackend, 'takeHint' | 'takeNamedHint'>): Pick<RawHandles, 'providerHint' | 'namedHint'> {
  return {
    providerHint: ({ provider = '', token = '' }) => lightning.takeHint(provider, token),
    namedHint: ({ id = '' }) => lightning.takeNamedHint(id),
  };
}
