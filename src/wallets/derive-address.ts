import type { Descriptor } from './descriptor.ts';
import { createHmac } from 'node:crypto';
import { ripemd160 } from '@noble/hashes/legacy.js';
import { isPrivate, pointFromScalar } from 'tiny-secp256k1';
import { sha256 } from '../lib/bytes.ts';
import { Secret } from '../lib/secret.ts';
import { confidentialAddress, unconfidentialAddress } from '../liquid/address.ts';
import { liquidNetwork } from '../liquid/network.ts';
import { childPublicKey } from './extended-key.ts';

export type DerivedAddress = Readonly<{
  index: number;
  scriptPubKey: Uint8Array;
  /** Opens what arrives at this one address. */
  blindingPrivateKey: Secret<Uint8Array>;
  blindingPublicKey: Uint8Array;
  confidential: string;
  unconfidential: string;
}>;

/** The merchant's receiving address number `index`. About 0.5 ms. @throws RangeError on an index outside 0 … 2^31-1. */
export function deriveAddress(descriptor: Descriptor, index: number): DerivedAddress {
  const network = liquidNetwork(descriptor.network);
  const scriptPubKey = deriveScript(descriptor, index);
  const blindingPrivateKey = deriveBlindingKey(descriptor.masterBlindingKey, scriptPubKey);
  const point = pointFromScalar(blindingPrivateKey.reveal(), true);
  if (!point) throw new Error('a private key has a public key');
  const blindingPublicKey = Uint8Array.from(point);
  return {
    index,
    scriptPubKey,
    blindingPrivateKey,
    blindingPublicKey,
    confidential: confidentialAddress(network, scriptPubKey, blindingPublicKey),
    unconfidential: unconfidentialAddress(network, scriptPubKey),
  };
}

/** The script alone: what a chain is searched for. About 0.2 ms. */
export function deriveScript({ branch, scriptType }: Descriptor, index: number): Uint8Array {
  const program = Uint8Array.from([0x00, 0x14, ...hash160(childPublicKey(branch, index))]);
  return scriptType === 'wpkh' ? program : Uint8Array.from([0xa9, 0x14, ...hash160(program), 0x87]);
}

/** SLIP-77: HMAC-SHA-256 of the outer script under the master blinding key. */
export function deriveBlindingKey(master: Secret<Uint8Array>, scriptPubKey: Uint8Array): Secret<Uint8Array> {
  const key = new Uint8Array(createHmac('sha256', master.reveal()).update(scriptPubKey).digest());
  if (!isPrivate(key)) throw new Error('this script has no blinding key'); // once in 2^127 scripts
  return new Secret(key);
}

function hash160(bytes: Uint8Array): Uint8Array {
  return ripemd160(sha256(bytes));
}
