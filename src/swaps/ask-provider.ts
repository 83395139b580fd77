import type { Result } from '../lib/result.ts';
import type { Provider, ProviderRefusal } from './provider-client.ts';
import type { CreateRequest } from './provider-wire.ts';
import { refuse } from '../lib/result.ts';

/** The answer to a create may be lost: the same bytes are sent once more. A third try would outlast the caller's patience. */
const CREATE_TRIES_MAX = 2;

/**
 * Asks for a swap so that asking twice makes one: the hash is the key. "Exists already" means that an earlier answer was lost, and what
 * was made then is fetched by its public key.
 */
export async function askProvider(provider: Provider, request: CreateRequest): Promise<Result<unknown, ProviderRefusal>> {
  let answer = await provider.create(request);
  for (let tries = 1; tries < CREATE_TRIES_MAX && !answer.ok && answer.error.kind === 'no_answer'; tries++) {
    answer = await provider.create(request);
  }
  if (answer.ok || answer.error.kind !== 'exists') return answer;
  const restored = await provider.restore(request);
  if (!restored.ok) return refuse({ ...restored.error, kind: 'no_answer' }); // the swap is there: another look may find it
  return restored.value === null ? refuse({ kind: 'exists', reason: 'the hash is taken by a swap that cannot be restored' }) : restored;
}
