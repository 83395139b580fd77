import type { Secp256k1ZKP } from '@vulpemventures/secp256k1-zkp';
import type { Secp256k1Interface } from 'liquidjs-lib/src/secp256k1-zkp.js';
import { createRequire } from 'node:module';

/** As liquidjs-lib wants it, and MuSig2 beside it. */
type Zkp = Secp256k1Interface & Pick<Secp256k1ZKP, 'musig'>;

/**
 * Range proofs, surjection proofs, commitments and MuSig2 of libsecp256k1-zkp, as WebAssembly. Code and not state: it is loaded once per
 * thread (about 20 ms) and then never changes.
 */
let loaded: Zkp | undefined;

/** Loads them for this thread. Await it once before swap trees, `unblindOutput` or `buildClaim`; later calls cost nothing. */
export async function readyLiquid(): Promise<void> {
  loaded ??= await load();
}

/** @throws Error before `readyLiquid()` has resolved in this thread. */
export function zkp(): Zkp {
  if (!loaded) throw new Error('readyLiquid() has not been awaited in this thread');
  return loaded;
}

/** The package is CommonJS with a `default` property, which module loaders unwrap differently: `require` sees it as it is. */
async function load(): Promise<Zkp> {
  const required: { default: () => Promise<Zkp> } = createRequire(import.meta.url)('@vulpemventures/secp256k1-zkp');
  return await required.default();
}
