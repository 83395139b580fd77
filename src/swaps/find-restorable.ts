import type { HttpCall } from '../lib/http-client.ts';
import type { Secret } from '../lib/secret.ts';
import type { ProviderEndpoint } from './provider-client.ts';
import type { CreateAnswer } from './provider-wire.ts';
import type { RecoveryRecord } from './recovery-record.ts';
import type { KeyRef } from './swap.ts';
import { toHex } from '../lib/bytes.ts';
import { openRecord, recoveryKey } from './recovery-record.ts';
import { restoreByXpub } from './restore-client.ts';
import { FIRST_ERA } from './key-index-store.ts';
import { deriveSwapKeys, eraXpub } from './swap-keys.ts';

export type RestorableDeps = {
  readonly http: HttpCall;
  readonly seed: Secret<Uint8Array>;
  readonly providers: readonly ProviderEndpoint[];
};

/** A swap of ours as a provider gives it back: its keys are ours by derivation, everything else is the provider's word. */
export type Restorable = Readonly<{
  provider: string;
  key: KeyRef;
  claimPublicKey: Uint8Array;
  preimageHash: Uint8Array;
  /** Null: the provider gave no record back, or none that opens. */
  record: RecoveryRecord | null;
  answer: CreateAnswer;
}>;

export type Restorables = Readonly<{
  swaps: readonly Restorable[];
  /** The highest index in use by era, over all providers. */
  highest: ReadonlyMap<number, number>;
  /** Providers that did not answer whole, with what they said. */
  silent: readonly string[];
}>;

/** An era begins with each restore: so many without a single swap in a row were never lived through. */
const EMPTY_ERAS_MAX = 5;

/** Asks every provider for the swaps of every era of the seed. @param knownEra the highest era on record: up to it none is left out */
export async function findRestorable(deps: RestorableDeps, knownEra: number): Promise<Restorables> {
  const swaps: Restorable[] = [];
  const highest = new Map<number, number>();
  const silent = new Set<string>();
  for (let era = FIRST_ERA, lastUsed = knownEra; era <= lastUsed + EMPTY_ERAS_MAX; era++) {
    for (const provider of deps.providers) {
      const restored = await restoreByXpub(deps, provider, eraXpub(deps.seed, era));
      if (!restored.ok) silent.add(`${provider.name}: ${restored.error.reason}`);
      for (const { keyIndex, preimageHash, metadata, answer } of restored.ok ? restored.value : []) {
        if (keyIndex === null) continue;
        const found = restorable(deps, { provider: provider.name, key: { era, index: keyIndex }, metadata, answer });
        if (toHex(found.preimageHash) !== preimageHash) continue; // not made with our preimage: nothing that we could claim
        swaps.push(found);
        highest.set(era, Math.max(highest.get(era) ?? -1, keyIndex));
        lastUsed = Math.max(lastUsed, era);
      }
    }
  }
  return { swaps, highest, silent: [...silent] };
}

type Given = Pick<Restorable, 'provider' | 'key' | 'answer'> & { readonly metadata: string | null };

function restorable(deps: RestorableDeps, { provider, key, metadata, answer }: Given): Restorable {
  const keys = deriveSwapKeys(deps.seed, key);
  keys.privateKey.fill(0);
  keys.preimage.fill(0);
  const place = { claimPublicKey: keys.publicKey, preimageHash: keys.preimageHash };
  const record = metadata === null ? null : openRecord(recoveryKey(deps.seed), place, metadata);
  const isOfKey = record?.key.era === key.era && record.key.index === key.index;
  return { provider, key, ...place, record: isOfKey ? record : null, answer };
}
