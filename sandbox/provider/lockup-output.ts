import type { Swap } from './swap.ts';
import { sameBytes, toHex } from '../../src/lib/bytes.ts';
import { makeAddress } from '../elements/address.ts';
import { REGTEST } from '../elements/network.ts';
import { parseTransaction } from '../elements/transaction.ts';
import { publicKeyOf } from './swap-tree.ts';

const PREIMAGE_BYTES = 32;
/** Witness of the claim leaf: signature, preimage, leaf, control block. */
const CLAIM_WITNESS_ITEMS = 4;

/** Where a swap locks its coins, as it is stored: the script, and the blinded address of it. */
export function lockTo(script: Uint8Array, blindingKey: Uint8Array): Pick<Swap, 'lockupScript' | 'lockupAddress'> {
  const lockupAddress = makeAddress(REGTEST, { script, blindingPublicKey: publicKeyOf(blindingKey) });
  return { lockupScript: toHex(script), lockupAddress };
}

/** The index of the output that pays `script`; null when there is none. */
export function findOutput(hex: string, script: Uint8Array): number | null {
  const vout = parseTransaction(hex).outputs.findIndex((output) => sameBytes(output.script, script));
  return vout < 0 ? null : vout;
}

/** The preimage that a script-path claim shows in its input `vin`; null for any other spend. */
export function revealedPreimage(hex: string, vin: number): Uint8Array | null {
  const witness = parseTransaction(hex).inputs[vin]?.witness ?? [];
  const preimage = witness[1];
  return witness.length === CLAIM_WITNESS_ITEMS && preimage?.length === PREIMAGE_BYTES ? preimage : null;
}
