import { crc32, deflateSync } from 'node:zlib';
import { Transformer } from '@napi-rs/image';

/** What hostile pictures carry beside their pixels; none of it may be served. */
export const MARKS = ['<script>alert(1)</script>', 'GPS-51.5007N-0.1246W', 'SECRET-THUMBNAIL', '<?php system(1)?>'] as const;
const [SCRIPT, GPS, THUMBNAIL, PHP] = MARKS;
const MARKED = Buffer.from(MARKS.join('\n'));

const PNG_SIGNATURE = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);

function pngChunk(name: string, data: Uint8Array): Buffer {
  const body = Buffer.concat([Buffer.from(name, 'latin1'), data]);
  return Buffer.concat([bigEndian(data.length), body, bigEndian(crc32(body))]);
}

type PngParts = { readonly before?: readonly Buffer[]; readonly after?: readonly Buffer[]; readonly pixels?: Buffer };

/** A PNG of one orange, with more chunks where asked; `pixels` are its raw lines when they are not those that its head announces. */
export function png(width: number, height: number, { before = [], after = [], pixels }: PngParts = {}): Buffer {
  const head = Buffer.concat([bigEndian(width), bigEndian(height), Buffer.from([8, 2, 0, 0, 0])]);
  const line = Buffer.concat([Buffer.from([0]), Buffer.alloc(width * 3, Buffer.from([0xe6, 0x5c, 0]))]);
  const data = deflateSync(pixels ?? Buffer.concat(Array.from({ length: height }, () => line)), { level: 9 });
  const end = pngChunk('IEND', Buffer.alloc(0));
  return Buffer.concat([PNG_SIGNATURE, pngChunk('IHDR', head), ...before, pngChunk('IDAT', data), ...after, end]);
}

/** Without transparency, so that a WebP of it is one frame and nothing else. */
function orange(width: number, height: number): Transformer {
  return Transformer.fromRgbaPixels(Buffer.alloc(width * height * 4, Buffer.from([0xe6, 0x5c, 0, 0xff])), width, height);
}

/** Exif in TIFF's little-endian form: orientation, and a text where the place is kept. */
function exif(orientation: number, text: string): Buffer {
  const entry = (tag: number, type: number, count: number, value: number) => {
    const bytes = Buffer.alloc(12);
    bytes.writeUInt16LE(tag, 0);
    bytes.writeUInt16LE(type, 2);
    bytes.writeUInt32LE(count, 4);
    bytes.writeUInt32LE(value, 8);
    return bytes;
  };
  const said = Buffer.from(`${text}\0`);
  const head = Buffer.from('49492a00080000000200', 'hex');
  return Buffer.concat([head, entry(0x0112, 3, 1, orientation), entry(0x8298, 2, said.length, 38), Buffer.alloc(4), said]);
}

/** A JPEG with segments after its first marker. */
export async function jpeg(width: number, height: number, orientation = 1): Promise<Buffer> {
  const plain = await orange(width, height).jpeg(80);
  const segment = (marker: number, data: Buffer) =>
    Buffer.concat([Buffer.from([0xff, marker]), bigEndian(data.length + 2).subarray(2), data]);
  const place = segment(0xe1, Buffer.concat([Buffer.from('Exif\0\0'), exif(orientation, MARKS.join(' '))]));
  return Buffer.concat([plain.subarray(0, 2), place, segment(0xfe, MARKED), plain.subarray(2)]);
}

function riff(...chunks: readonly Buffer[]): Buffer {
  const body = Buffer.concat([Buffer.from('WEBP'), ...chunks]);
  return Buffer.concat([Buffer.from('RIFF'), littleEndian(body.length), body]);
}

function riffChunk(name: string, data: Buffer): Buffer {
  return Buffer.concat([Buffer.from(name), littleEndian(data.length), data, Buffer.alloc(data.length % 2)]);
}

const WEBP_FRAME_AT = 12;
const [HAS_ANIMATION, HAS_EXIF] = [0x02, 0x08];
const side = (pixels: number) => littleEndian(pixels - 1).subarray(0, 3);
const canvas = (flags: number, width: number, height: number) =>
  riffChunk('VP8X', Buffer.concat([Buffer.from([flags, 0, 0, 0]), side(width), side(height)]));

/** A WebP whose canvas says `announced`, around a frame of `width` and `height`, with metadata. */
export async function webp(width: number, height: number, announced: readonly [number, number] = [width, height]): Promise<Buffer> {
  const frame = (await orange(width, height).webp(80)).subarray(WEBP_FRAME_AT);
  return riff(canvas(HAS_EXIF, ...announced), frame, riffChunk('EXIF', exif(1, MARKS.join(' '))));
}

export async function animatedWebp(width: number, height: number): Promise<Buffer> {
  const frame = (await orange(width, height).webp(80)).subarray(WEBP_FRAME_AT);
  const head = Buffer.concat([Buffer.alloc(6), side(width), side(height), Buffer.from([100, 0, 0, 0])]);
  const shown = riffChunk('ANMF', Buffer.concat([head, frame]));
  return riff(canvas(HAS_ANIMATION, width, height), riffChunk('ANIM', Buffer.alloc(6)), shown, shown, riffChunk('XMP ', MARKED));
}

/** TABLE: pictures that can be drawn, with something else in them. */
export async function hostilePictures(): Promise<Readonly<Record<string, Buffer>>> {
  const text = (said: string) => pngChunk('tEXt', Buffer.from(`Comment\0${said}`));
  const animation = pngChunk('acTL', Buffer.concat([bigEndian(1), bigEndian(0)]));
  return {
    'a PNG with HTML in a chunk': png(40, 30, { before: [text(SCRIPT)] }),
    'a PNG with a place in Exif': png(40, 30, { before: [pngChunk('eXIf', exif(1, GPS))] }),
    'a PNG with HTML behind its end': Buffer.concat([png(40, 30), MARKED]),
    'a PNG with a program among its pixels': png(40, 30, { after: [text(PHP)] }),
    'an animated PNG': png(40, 30, { before: [animation, text(THUMBNAIL)] }),
    'a JPEG with a place, a comment and a thumbnail': await jpeg(40, 30),
    'a JPEG with an archive behind its end': Buffer.concat([await jpeg(40, 30), Buffer.from('PK\x03\x04'), MARKED]),
    'a WebP with a place': await webp(40, 30),
    'an animated WebP': await animatedWebp(40, 30),
  };
}

/** TABLE: what is no whole picture of a size that we draw. */
export async function refusedPictures(): Promise<Readonly<Record<string, { readonly bytes: Buffer; readonly code: string }>>> {
  const tall = await webp(40, 30, [16_384, 16_384]);
  const drawing = '<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>';
  const frame = jpegFrameAt(await jpeg(40, 30));
  return {
    'a PNG of 60,000 × 60,000': { bytes: png(60_000, 60_000, { pixels: Buffer.alloc(1_000_000) }), code: 'logo_too_wide' },
    'a JPEG of 65,500 × 65,500': { bytes: frame, code: 'logo_too_wide' },
    'a WebP of 16,384 × 16,384': { bytes: tall, code: 'logo_too_wide' },
    'a WebP whose frame is larger than its canvas': { bytes: await webp(400, 300, [40, 30]), code: 'logo_unreadable' },
    'a PNG of nothing': { bytes: png(0, 0, { pixels: Buffer.alloc(1) }), code: 'logo_too_wide' },
    'half a PNG': { bytes: half(png(40, 30, { before: [pngChunk('tEXt', Buffer.alloc(200))] })), code: 'logo_unreadable' },
    'half a WebP': { bytes: half(await webp(400, 300)), code: 'logo_unreadable' },
    'an SVG': { bytes: Buffer.from(drawing), code: 'logo_unreadable' },
    'an SVG behind white space': { bytes: Buffer.from(`\n\n<?xml version="1.0"?>${drawing}`), code: 'logo_unreadable' },
    'a GIF': { bytes: Buffer.from('R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7', 'base64'), code: 'logo_unreadable' },
    'a bitmap': { bytes: await orange(8, 8).bmp(), code: 'logo_unreadable' },
    'a web page': { bytes: Buffer.from(`<!doctype html>${SCRIPT}`), code: 'logo_unreadable' },
    nothing: { bytes: Buffer.alloc(0), code: 'logo_unreadable' },
    'a file that is too large': { bytes: Buffer.concat([png(40, 30), Buffer.alloc(45_000)]), code: 'logo_too_large' },
  };
}

/** The same JPEG, which says that it is 65,500 pixels wide and high. */
function jpegFrameAt(bytes: Buffer): Buffer {
  const at = [0xc0, 0xc1, 0xc2].map((marker) => bytes.indexOf(Buffer.from([0xff, marker, 0]))).find((found) => found > 0);
  if (at === undefined) throw new Error('a JPEG without a frame');
  const huge = Buffer.from(bytes);
  huge.writeUInt16BE(65_500, at + 5);
  huge.writeUInt16BE(65_500, at + 7);
  return huge;
}

function half(bytes: Buffer): Buffer {
  return bytes.subarray(0, Math.ceil(bytes.length / 2));
}

/** Names of a WebP's chunks, in order. @throws Error when it is not one whole WebP and nothing more. */
export function webpChunks(bytes: Uint8Array): string[] {
  const all = Buffer.from(bytes);
  if (all.toString('latin1', 0, 4) !== 'RIFF' || all.toString('latin1', 8, 12) !== 'WEBP') throw new Error('not a WebP');
  if (all.readUInt32LE(4) + 8 !== all.length) throw new Error('not a WebP alone');
  const names: string[] = [];
  for (let at = WEBP_FRAME_AT; at < all.length; ) {
    names.push(all.toString('latin1', at, at + 4));
    const length = all.readUInt32LE(at + 4);
    at += 8 + length + (length % 2);
  }
  return names;
}

function bigEndian(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

function littleEndian(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}
