import type { OutputKey } from './taproot.ts';
import { ripemd160 } from '@noble/hashes/legacy.js';
import { sha256 } from '../../src/lib/bytes.ts';
import { join } from './codec.ts';

/** Opcodes that AvoPay's world uses; whatever else a script holds is refused. */
export const OP = {
  SIZE: 0x82,
  EQUALVERIFY: 0x88,
  HASH160: 0xa9,
  CHECKSIG: 0xac,
  CHECKSIGVERIFY: 0xad,
  CHECKLOCKTIMEVERIFY: 0xb1,
  RETURN: 0x6a,
} as const;
export const OP_1 = 0x51;
export const OP_16 = 0x60;
/** Longest push that is its own opcode. */
export const PUSH_MAX = 75;

/** Script numbers: little endian, sign in the highest bit, no needless byte. */
export function encodeNumber(value: bigint): Uint8Array {
  const bytes: number[] = [];
  for (let rest = value < 0n ? -value : value; rest > 0n; rest >>= 8n) bytes.push(Number(rest & 0xffn));
  const last = bytes.at(-1) ?? 0;
  if (last & 0x80) bytes.push(value < 0n ? 0x80 : 0);
  else if (value < 0n) bytes[bytes.length - 1] = last | 0x80;
  return Uint8Array.from(bytes);
}

/** The shortest push of a number (a block height). */
export function pushNumber(value: number): Uint8Array {
  if (value >= 1 && value <= 16) return Uint8Array.of(OP_1 + value - 1);
  return pushBytes(encodeNumber(BigInt(value)));
}

export function pushBytes(bytes: Uint8Array): Uint8Array {
  if (bytes.length > PUSH_MAX) throw new RangeError('too long for a plain push');
  return join(Uint8Array.of(bytes.length), bytes);
}

export function hash160(bytes: Uint8Array): Uint8Array {
  return ripemd160(sha256(bytes));
}

/** Leaf that pays whoever shows the preimage and signs with the claim key. @param preimageHash sha256 of the preimage @param claimKey x-only */
export function claimLeaf(preimageHash: Uint8Array, claimKey: Uint8Array): Uint8Array {
  const { SIZE, EQUALVERIFY, HASH160, CHECKSIG } = OP;
  return join(
    Uint8Array.of(SIZE),
    pushNumber32(),
    Uint8Array.of(EQUALVERIFY, HASH160),
    pushBytes(ripemd160(preimageHash)),
    Uint8Array.of(EQUALVERIFY),
    pushBytes(claimKey),
    Uint8Array.of(CHECKSIG),
  );
}

/** Leaf that gives the coin back from block `timeout` on. @param refundKey x-only */
export function refundLeaf(refundKey: Uint8Array, timeout: number): Uint8Array {
  return join(pushBytes(refundKey), Uint8Array.of(OP.CHECKSIGVERIFY), pushNumber(timeout), Uint8Array.of(OP.CHECKLOCKTIMEVERIFY));
}

function pushNumber32(): Uint8Array {
  return pushBytes(Uint8Array.of(32));
}

export function p2trScript({ key }: Pick<OutputKey, 'key'>): Uint8Array {
  return join(Uint8Array.of(OP_1, 0x20), key);
}

export function p2wpkhScript(publicKey: Uint8Array): Uint8Array {
  return join(Uint8Array.of(0x00, 0x14), hash160(publicKey));
}

/** P2SH around P2WPKH, Elements' elsh(wpkh(key)). */
export function nestedP2wpkhScript(publicKey: Uint8Array): Uint8Array {
  return join(Uint8Array.of(OP.HASH160, 0x14), hash160(p2wpkhScript(publicKey)), Uint8Array.of(0x87));
}

export type ScriptKind = 'p2pkh' | 'p2sh' | 'v0_p2wpkh' | 'v0_p2wsh' | 'v1_p2tr' | 'op_return' | 'unknown';

export function scriptKind(script: Uint8Array): ScriptKind {
  const hex = Buffer.from(script).toString('hex');
  if (/^0014.{40}$/.test(hex)) return 'v0_p2wpkh';
  if (/^0020.{64}$/.test(hex)) return 'v0_p2wsh';
  if (/^5120.{64}$/.test(hex)) return 'v1_p2tr';
  if (/^a914.{40}87$/.test(hex)) return 'p2sh';
  if (/^76a914.{40}88ac$/.test(hex)) return 'p2pkh';
  return script[0] === OP.RETURN ? 'op_return' : 'unknown';
}
