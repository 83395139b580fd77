import type { RecordDeps } from '../../src/swaps/claim-record.ts';
import type { Secret } from '../../src/lib/secret.ts';
import type { Signer } from '../../src/swaps/signer.ts';
import { systemRandom } from '../../src/lib/random.ts';
import { liquidNetwork } from '../../src/liquid/network.ts';
import { readClaimOnRecord, takeAddress } from '../../src/swaps/claim-record.ts';
import { makeSigner } from '../../src/swaps/signer.ts';
import { findSwap } from '../../src/swaps/swap-store.ts';

/** The signer without its process, for worlds of one thread: it reads by the stores of its caller, which may die under it. */
export function localSigner(deps: RecordDeps, seed: Secret<Uint8Array>): Signer {
  return makeSigner({
    seed,
    network: liquidNetwork('regtest'),
    random: systemRandom,
    readStoredClaim: (swapId) =>
      readClaimOnRecord(
        {
          chains: deps.chains,
          findSwap: (id) => findSwap(deps, id),
          destinationOf: async (swap) => (await deps.database.transact((tx) => takeAddress(deps, tx, swap))).scriptPubKey,
        },
        swapId,
      ),
  });
}
