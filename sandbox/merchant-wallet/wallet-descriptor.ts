import type { BIP32Interface } from 'bip32';
import { hmac } from '@noble/hashes/hmac.js';
import { sha256, sha512 } from '@noble/hashes/sha2.js';
import { BIP32Factory } from 'bip32';
import * as ecc from 'tiny-secp256k1';
import { fromHex, toHex } from '../../src/lib/bytes.ts';
import { nestedP2wpkhScript, p2wpkhScript } from '../elements/script.ts';
import { descriptorChecksum } from './descriptor-checksum.ts';

/** A descriptor as a wallet uses it: scripts and blinding keys by index. */
export type WalletDescriptor = {
  scriptAt(index: number): Uint8Array;
  /** SLIP-77: a key per script. */
  blindingKeyOf(script: Uint8Array): Uint8Array;
};

const TESTNET = {
  messagePrefix: '',
  bech32: 'ert',
  bip32: { public: 0x043587cf, private: 0x04358394 },
  pubKeyHash: 235,
  scriptHash: 75,
  wif: 0xef,
};
/** The first Liquid account of a nested-segwit wallet on a test network (BIP-49). */
const ACCOUNT_PATH = "49'/1'/0'";
const DESCRIPTOR =
  /^ct\(slip77\(([0-9a-f]{64})\),(elsh\(wpkh|elwpkh)\((?:\[[0-9a-f]{8}(?:\/\d+['hH]?)*\])?([1-9A-HJ-NP-Za-km-z]{100,120})\/(?:0|<0;1>)\/\*\)\)?\)(?:#([0-9a-z]{8}))?$/;

/** What a wallet such as AQUA exports of `seed`: `ct(slip77(..),elsh(wpkh([fp/49'/1'/0']tpub../0/*)))#checksum`. */
export function makeDescriptor(seed: Uint8Array): string {
  const root = BIP32Factory(ecc).fromSeed(seed, TESTNET);
  const account = root.derivePath(`m/${ACCOUNT_PATH}`).neutered().toBase58();
  const key = `[${toHex(root.fingerprint)}/${ACCOUNT_PATH}]${account}/0/*`;
  const body = `ct(slip77(${toHex(masterBlindingKey(seed))}),elsh(wpkh(${key})))`;
  return `${body}#${descriptorChecksum(body)}`;
}

/** Null for what this wallet cannot hold. Looser than the product's parser: here only a scan is at stake. */
export function readDescriptor(text: string): WalletDescriptor | null {
  const [, blinding, form, xpub, checksum] = DESCRIPTOR.exec(text) ?? [];
  if (!blinding || !xpub || (checksum !== undefined && descriptorChecksum(text.slice(0, -9)) !== checksum)) return null;
  const branch = readBranch(xpub);
  if (!branch) return null;
  const scriptOf = form === 'elwpkh' ? p2wpkhScript : nestedP2wpkhScript;
  return {
    scriptAt: (index) => scriptOf(branch.derive(index).publicKey),
    blindingKeyOf: (script) => hmac(sha256, fromHex(blinding), script),
  };
}

function readBranch(xpub: string): BIP32Interface | null {
  try {
    return BIP32Factory(ecc).fromBase58(xpub, TESTNET).derive(0);
  } catch {
    return null; // a wrong checksum, version or point
  }
}

/** SLIP-77 by SLIP-21: the node "SLIP-0077" under the root of symmetric keys; its second half is the key. */
function masterBlindingKey(seed: Uint8Array): Uint8Array {
  const root = hmac(sha512, Buffer.from('Symmetric key seed'), seed);
  return hmac(sha512, root.slice(0, 32), Buffer.from('\0SLIP-0077')).slice(32);
}
