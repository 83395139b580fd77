import type { Secp256k1Interface } from 'liquidjs-lib/src/secp256k1-zkp.js';
import { createRequire } from 'node:module';

/**
 * Range proofs, surjection proofs and commitments of libsecp256k1-zkp, as WebAssembly. Code and not state: it is loaded once per
 * thread (about 200 ms) and then never changes.
 */
let loaded: Secp256k1Interface | undefined;

/** Loads the proofs of this thread. Await it once before `unblindOutput` or `buildClaim`; later calls cost nothing. */
export async function readyLiquid(): Promise<void> {
  loaded ??= await load();
}

/** @throws Error before `readyLiquid()` has resolved in this thread. */
export function zkp(): Secp256k1Interface {
  if (!loaded) throw new Error('readyLiquid() has not been awaited in this thread');
  return loaded;
}

/** The package is CommonJS with a `default` property, which module loaders unwrap differently: `require` sees it as it is. */
async function load(): Promise<Secp256k1Interface> {
  const required: { default: () => Promise<Secp256k1Interface> } = createRequire(import.meta.url)('@vulpemventures/secp256k1-zkp');
  return await required.default();
}
