import type { Answer, No } from './ask.ts';

/** What the server draws; SVG is a program, and is taken nowhere. */
export const PICTURE_TYPES = ['image/png', 'image/jpeg', 'image/webp'] as const;
/** A photograph of a large camera; more is a mistake, and takes this browser's memory. */
const FILE_BYTES_MAX = 30_000_000;
/** The server keeps as much. */
const SIDE = 256;
/** The server takes 45,000 bytes. */
const SENT_BYTES_MAX = 45_000;
/** TABLE: what is tried in turn until it is small enough. Browsers that cannot write WebP write PNG for it; JPEG stands on white. */
const ATTEMPTS = [
  { type: 'image/webp', quality: 0.95, paper: null },
  { type: 'image/webp', quality: 0.75, paper: null },
  { type: 'image/jpeg', quality: 0.85, paper: '#fff' },
] as const;

const no = (message: string): { readonly ok: false; readonly no: No } => ({ ok: false, no: { code: 'picture', message } });
const TYPES_ONLY = no('Choose a PNG, JPEG or WebP picture.');
const TOO_LARGE = no('This file is too large. Choose a smaller picture.');
const UNREADABLE = no('This picture cannot be read. Choose another one.');

/** The picture as base64, upright and no larger than a logo is shown: neither its size nor where it was taken leaves this browser. */
export async function shrinkPicture(file: Blob): Promise<Answer<string>> {
  if (!PICTURE_TYPES.some((type) => type === file.type)) return TYPES_ONLY;
  if (file.size > FILE_BYTES_MAX) return TOO_LARGE;
  const picture = await createImageBitmap(file).catch(() => null); // rejects for what is no picture
  if (!picture) return UNREADABLE;
  for (const attempt of ATTEMPTS) {
    const drawn = await draw(picture, attempt);
    if (drawn && drawn.size <= SENT_BYTES_MAX) return { ok: true, value: await base64Of(drawn) };
  }
  return TOO_LARGE;
}

function draw(picture: ImageBitmap, { type, quality, paper }: (typeof ATTEMPTS)[number]): Promise<Blob | null> {
  const scale = Math.min(1, SIDE / Math.max(picture.width, picture.height));
  const canvas = document.createElement('canvas');
  canvas.width = Math.max(1, Math.round(picture.width * scale));
  canvas.height = Math.max(1, Math.round(picture.height * scale));
  const pen = canvas.getContext('2d');
  if (!pen) return Promise.resolve(null);
  if (paper) {
    pen.fillStyle = paper;
    pen.fillRect(0, 0, canvas.width, canvas.height);
  }
  pen.imageSmoothingQuality = 'high';
  pen.drawImage(picture, 0, 0, canvas.width, canvas.height);
  return new Promise((resolve) => canvas.toBlob(resolve, type, quality));
}

async function base64Of(picture: Blob): Promise<string> {
  const bytes = new Uint8Array(await picture.arrayBuffer());
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''));
}
