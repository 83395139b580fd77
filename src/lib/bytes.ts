import { createHash, timingSafeEqual } from 'node:crypto';

const HEX = /^(?:[0-9a-f]{2})*$/i;

export function toHex(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex');
}

/** @throws RangeError when `text` is not whole hex bytes (Buffer.from would cut it off silently). */
export function fromHex(text: string): Uint8Array {
  if (!HEX.test(text)) throw new RangeError('not hex');
  return new Uint8Array(Buffer.from(text, 'hex'));
}

/** Whole bytes in lower case, at least one: of a transaction it takes a few microseconds, a pattern anew after each collection some hundred. */
export function isLowerHex(text: string): boolean {
  return text.length > 0 && Buffer.from(text, 'hex').toString('hex') === text;
}

export function sha256(bytes: Uint8Array | string): Uint8Array {
  return new Uint8Array(createHash('sha256').update(bytes).digest());
}

/** Compares in time that depends on the lengths alone. */
export function sameBytes(left: Uint8Array, right: Uint8Array): boolean {
  return left.length === right.length && timingSafeEqual(left, right);
}
