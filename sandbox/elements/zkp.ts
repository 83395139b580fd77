import type { Secp256k1ZKP } from '@vulpemventures/secp256k1-zkp';
import * as zkpModule from '@vulpemventures/secp256k1-zkp';

/** libsecp256k1-zkp: range proofs, surjection proofs, commitments, MuSig2. */
export type Zkp = Secp256k1ZKP;

/** Loads the WebAssembly module (5-30 ms). Each call makes an instance of its own: call it once and hand it on. */
export async function loadZkp(): Promise<Zkp> {
  const load: unknown = zkpModule.default;
  const make: unknown = typeof load === 'function' ? load : (load as { default: unknown }).default; // CommonJS seen as ESM: the function is one level down
  if (typeof make !== 'function') throw new Error('secp256k1-zkp has no factory');
  return make() as Promise<Zkp>; // the package's documented default export
}
