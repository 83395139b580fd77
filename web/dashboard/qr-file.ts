import { qrShape } from './qr-shape.ts';

/** Ten centimetres on paper at 300 dots to the inch, in whole dots for each module: printed smaller it stays as sharp. */
const SIDE_DOTS_MIN = 1_200;
/** A hand's distance; whoever prints it chooses another size without loss. */
const SIDE_MM = 50;
/** Windows counts the whole path, 260 characters. */
const NAME_CHARS_MAX = 60;

/** A picture of the code for print, black on white. Null when this browser cannot draw. */
export function qrPng(text: string): Promise<Blob | null> {
  const { size, path } = qrShape(text, 'M');
  const dots = Math.ceil(SIDE_DOTS_MIN / size);
  const canvas = document.createElement('canvas');
  canvas.width = canvas.height = size * dots;
  const pen = canvas.getContext('2d');
  if (!pen) return Promise.resolve(null);
  pen.fillStyle = '#fff';
  pen.fillRect(0, 0, canvas.width, canvas.height);
  pen.scale(dots, dots);
  pen.fillStyle = '#000';
  pen.fill(new Path2D(path));
  return new Promise((resolve) => canvas.toBlob(resolve, 'image/png'));
}

export function qrSvg(text: string): Blob {
  const { size, path } = qrShape(text, 'M');
  const drawn =
    `<svg xmlns="http://www.w3.org/2000/svg" width="${SIDE_MM}mm" height="${SIDE_MM}mm" viewBox="0 0 ${size} ${size}" shape-rendering="crispEdges">` +
    `<path fill="#fff" d="M0 0h${size}v${size}H0z"/><path fill="#000" d="${path}"/></svg>\n`;
  return new Blob([drawn], { type: 'image/svg+xml' });
}

/** `Coffee-mug-qr.png`: letters and digits of any script; everything that a system takes for more than a name becomes a dash. */
export function qrFileName(title: string, ending: 'png' | 'svg'): string {
  const words = title.normalize('NFC').match(/[\p{L}\p{M}\p{N}]+/gu) ?? [];
  const name = Array.from(words.join('-')).slice(0, NAME_CHARS_MAX).join('').replace(/-+$/, '');
  return `${name === '' ? 'payment-link' : name}-qr.${ending}`;
}

/** Hands a file to the browser's downloads. */
export function download(file: Blob, name: string): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(file);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href)); // the download has begun by then
}
