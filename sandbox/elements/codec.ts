import { fromHex, toHex } from '../../src/lib/bytes.ts';

/** Reads Bitcoin's wire format from the front of `bytes`. Every method throws RangeError at the end of the bytes. */
export type Reader = {
  bytes(size: number): Uint8Array;
  u8(): number;
  u32(): number;
  /** CompactSize, shortest form only. */
  count(): number;
  /** CompactSize length, then that many bytes. */
  chunk(): Uint8Array;
  chunks(): Uint8Array[];
  atEnd(): boolean;
};

export function makeReader(source: Uint8Array): Reader {
  let offset = 0;
  const view = new DataView(source.buffer, source.byteOffset, source.byteLength);
  const advance = (size: number) => {
    const from = offset;
    if (from + size > source.length) throw new RangeError('the bytes end too early');
    offset = from + size;
    return from;
  };
  const count = () => {
    const first = view.getUint8(advance(1));
    if (first < 0xfd) return first;
    if (first === 0xff) throw new RangeError('a count that no transaction has');
    const value = first === 0xfd ? view.getUint16(advance(2), true) : view.getUint32(advance(4), true);
    if (value < (first === 0xfd ? 0xfd : 0x1_0000)) throw new RangeError('a count is not in its shortest form');
    return value;
  };
  const bytes = (size: number) => {
    const from = advance(size);
    return source.slice(from, from + size);
  };
  const chunk = () => bytes(count());
  return {
    bytes,
    u8: () => view.getUint8(advance(1)),
    u32: () => view.getUint32(advance(4), true),
    count,
    chunk,
    chunks: () => Array.from({ length: bounded(count(), source.length - offset) }, chunk),
    atEnd: () => offset === source.length,
  };
}

/** Each item takes at least one byte: a larger count is a lie, and must not reserve memory. */
export function bounded(count: number, bytesLeft: number): number {
  if (count > bytesLeft) throw new RangeError('the bytes end too early');
  return count;
}

export function u32(value: number): Uint8Array {
  const out = new Uint8Array(4);
  new DataView(out.buffer).setUint32(0, value, true);
  return out;
}

export function u64BigEndian(value: bigint): Uint8Array {
  const out = new Uint8Array(8);
  new DataView(out.buffer).setBigUint64(0, value, false);
  return out;
}

/** CompactSize. */
export function count(value: number): Uint8Array {
  if (value < 0xfd) return Uint8Array.of(value);
  if (value <= 0xffff) return Uint8Array.of(0xfd, value & 0xff, value >> 8);
  return join(Uint8Array.of(0xfe), u32(value));
}

/** CompactSize length, then the bytes. */
export function chunk(bytes: Uint8Array): Uint8Array {
  return join(count(bytes.length), bytes);
}

export function chunks(list: readonly Uint8Array[]): Uint8Array {
  return join(count(list.length), ...list.map(chunk));
}

export function join(...parts: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts));
}

/** Txids, block hashes and asset ids are shown in the reverse of their byte order. */
export function toDisplay(bytes: Uint8Array): string {
  return toHex(bytes.toReversed());
}

export function fromDisplay(text: string): Uint8Array {
  return fromHex(text).reverse();
}
