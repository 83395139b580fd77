import { ResizeFilterType, ResizeFit, Transformer } from '@napi-rs/image';
import { LOGO_BYTES_MAX, LOGO_SIDE } from './logos/logo.ts';
import { UNREADABLE_EXIT } from './logos/draw-logo.ts';

/** Of lossy WebP: no eye sees the loss at the size of a logo. */
const QUALITY = 90;

/** Entry of the process that draws one logo: a picture comes in, its first frame goes out as WebP, upright, and nothing else of it. */
async function main(): Promise<void> {
  const picture = await readInput();
  const drawn = await redraw(picture);
  if (drawn) process.stdout.write(drawn);
  else process.exitCode = UNREADABLE_EXIT;
}

async function redraw(picture: Buffer): Promise<Buffer | null> {
  try {
    const { width, height } = await new Transformer(picture).metadata();
    const upright = new Transformer(picture).rotate();
    const isSmall = Math.max(width, height) <= LOGO_SIDE;
    if (!isSmall) upright.resize({ width: LOGO_SIDE, height: LOGO_SIDE, filter: ResizeFilterType.Lanczos3, fit: ResizeFit.Inside });
    return await upright.webp(QUALITY);
  } catch {
    return null; // the decoder throws for nothing else than what it was given
  }
}

async function readInput(): Promise<Buffer> {
  const parts: Buffer[] = [];
  let length = 0;
  for await (const part of process.stdin as AsyncIterable<Buffer>) {
    length += part.length;
    if (length > LOGO_BYTES_MAX) throw new Error('more than a logo');
    parts.push(part);
  }
  return Buffer.concat(parts);
}

await main();
