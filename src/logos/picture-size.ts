/** What a picture says of its size in its first bytes: enough to refuse a bomb before a decoder reserves memory for it. */
export type PictureSize = { readonly width: number; readonly height: number };

/** Null when it is neither PNG, nor JPEG, nor WebP, or ends before it has told its size. SVG is a program and no picture. Pure. */
export function readPictureSize(bytes: Uint8Array): PictureSize | null {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  try {
    return pngSize(view) ?? jpegSize(view) ?? webpSize(view);
  } catch (error) {
    if (error instanceof RangeError) return null; // it ended
    throw error;
  }
}

const PNG_SIGNATURE = 0x89504e470d0a1a0an;
const IHDR = 0x49484452;

/** https://www.w3.org/TR/png-3/#11IHDR: always the first chunk. */
function pngSize(view: DataView): PictureSize | null {
  if (view.getBigUint64(0) !== PNG_SIGNATURE || view.getUint32(12) !== IHDR) return null;
  return { width: view.getUint32(16), height: view.getUint32(20) };
}

const START_OF_IMAGE = 0xffd8;
/** Of frames; C4, C8 and CC between them are something else. */
const isFrame = (marker: number) => marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);
/** Markers that stand alone. */
const isBare = (marker: number) => marker === 0x01 || (marker >= 0xd0 && marker <= 0xd7);
const [END_OF_IMAGE, START_OF_SCAN, FILL] = [0xd9, 0xda, 0xff];

/** ITU T.81, annex B: segments up to the first frame. */
function jpegSize(view: DataView): PictureSize | null {
  if (view.getUint16(0) !== START_OF_IMAGE) return null;
  for (let at = 2; ; ) {
    if (view.getUint8(at) !== FILL) return null;
    const marker = view.getUint8(at + 1);
    if (marker === FILL) at += 1;
    else if (isBare(marker)) at += 2;
    else if (marker === END_OF_IMAGE || marker === START_OF_SCAN) return null;
    else if (isFrame(marker)) return { height: view.getUint16(at + 5), width: view.getUint16(at + 7) };
    else at += 2 + view.getUint16(at + 2);
  }
}

const [RIFF, WEBP] = [0x52494646, 0x57454250];
const [VP8, VP8L, VP8X] = [0x56503820, 0x5650384c, 0x56503858];
/** The upper two bits of a lossy frame's sides say how it is scaled. */
const SIDE_14_BITS = 0x3fff;

/** https://www.rfc-editor.org/rfc/rfc9649: the size of the canvas, or of the one frame. */
function webpSize(view: DataView): PictureSize | null {
  if (view.getUint32(0) !== RIFF || view.getUint32(8) !== WEBP) return null;
  const chunk = view.getUint32(12);
  if (chunk === VP8) return { width: view.getUint16(26, true) & SIDE_14_BITS, height: view.getUint16(28, true) & SIDE_14_BITS };
  if (chunk === VP8L) {
    const bits = view.getUint32(21, true);
    return { width: (bits & SIDE_14_BITS) + 1, height: ((bits >>> 14) & SIDE_14_BITS) + 1 };
  }
  if (chunk !== VP8X) return null;
  const side = (at: number) => view.getUint16(at, true) + (view.getUint8(at + 2) << 16) + 1;
  return { width: side(24), height: side(27) };
}
