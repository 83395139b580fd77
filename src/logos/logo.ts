import type { Refusal } from '../lib/refusal.ts';
import type { Result } from '../lib/result.ts';
import { sha256, toHex } from '../lib/bytes.ts';
import { ok, refuse } from '../lib/result.ts';
import { readPictureSize } from './picture-size.ts';

/** A logo as we drew it: WebP without anything else that the picture came with. */
export type Logo = { readonly hash: string; readonly bytes: Uint8Array<ArrayBuffer> };

/** As base64 in a GraphQL request of 64 KiB, with room for the operation. The dashboard makes pictures smaller before it sends them. */
export const LOGO_BYTES_MAX = 45_000;
/** Four times what is shown on the largest page; 2048² pixels take 16 MiB to draw, 32 MiB with 16 bits a colour. */
export const LOGO_SIDE_MAX = 2_048;
/** What is kept: seven pixels for each that a page shows, for dense screens and for print. */
export const LOGO_SIDE = 256;
/** No WebP of that size comes near; the database holds rows to it. */
export const LOGO_DRAWN_BYTES_MAX = 262_144;
/** 128 bits: nobody makes another picture of the same name. */
const HASH_BYTES = 16;
const HASH = /^[0-9a-f]{32}$/;
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/** Where a logo is found below our own address. */
export function logoPath(hash: string): string {
  return `/logos/${hash}.webp`;
}

/** The hash in the last part of such a path; null when it is none. */
export function readLogoName(name: string): string | null {
  const [hash = '', ending, ...rest] = name.split('.');
  return ending === 'webp' && rest.length === 0 && HASH.test(hash) ? hash : null;
}

export function nameLogo(bytes: Uint8Array<ArrayBuffer>): Logo {
  return { bytes, hash: toHex(sha256(bytes).subarray(0, HASH_BYTES)) };
}

/** What was sent as a logo, judged by its length and its first bytes alone: nothing of it is decoded yet. Pure. */
export function parseLogoUpload(text: string): Result<Uint8Array, Refusal> {
  if (text.length > Math.ceil(LOGO_BYTES_MAX / 3) * 4) return refuse(TOO_LARGE);
  if (!BASE64.test(text)) return refuse(NOT_BASE64);
  const bytes = Buffer.from(text, 'base64');
  if (bytes.length > LOGO_BYTES_MAX) return refuse(TOO_LARGE);
  const size = readPictureSize(bytes);
  if (!size) return refuse(LOGO_UNREADABLE);
  const isDrawable = Math.max(size.width, size.height) <= LOGO_SIDE_MAX && Math.min(size.width, size.height) > 0;
  return isDrawable ? ok(bytes) : refuse(TOO_WIDE);
}

const TOO_LARGE: Refusal = {
  kind: 'invalid',
  code: 'logo_too_large',
  message: `The logo must have at most ${LOGO_BYTES_MAX} bytes — make the picture smaller`,
  field: 'image',
};
const TOO_WIDE: Refusal = {
  kind: 'invalid',
  code: 'logo_too_wide',
  message: `The logo must be at most ${LOGO_SIDE_MAX} pixels wide and high`,
  field: 'image',
};
const NOT_BASE64: Refusal = { kind: 'invalid', code: 'invalid_logo', message: 'image must be the file in base64', field: 'image' };
export const LOGO_UNREADABLE: Refusal = {
  kind: 'invalid',
  code: 'logo_unreadable',
  message: 'The logo must be a whole PNG, JPEG or WebP picture',
  field: 'image',
};
