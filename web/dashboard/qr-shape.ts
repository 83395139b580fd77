import { encode } from 'uqr';

/** ISO/IEC 18004 asks for four empty modules on every side. */
const QUIET_ZONE = 4;

/** The dark modules of a code as one path, in a square of `size` modules with its quiet zone. */
export type QrShape = { readonly size: number; readonly path: string };

/** @param strength how much may be torn or dirty: L is enough on a screen, M is meant for paper */
export function qrShape(text: string, strength: 'L' | 'M'): QrShape {
  const { data, size } = encode(text, { ecc: strength, boostEcc: true, border: QUIET_ZONE });
  const runs = data.flatMap((row, y) => row.flatMap((dark, x) => (dark ? [`M${x} ${y}h1v1h-1z`] : [])));
  return { size, path: runs.join('') };
}
